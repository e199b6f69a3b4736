/** Placeholder. */
package org.shmarrays.cli;
