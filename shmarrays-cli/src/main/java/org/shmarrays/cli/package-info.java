/** The command line of {@code bin/shmarrays}: one class a command, each turning options into calls of the core. */
package org.shmarrays.cli;
