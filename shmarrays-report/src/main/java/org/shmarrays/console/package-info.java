/** Standard output of commands. */
package org.shmarrays.console;
