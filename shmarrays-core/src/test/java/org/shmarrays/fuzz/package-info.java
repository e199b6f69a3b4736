/** Files that were changed at random: whoever opens them gets an exception that is documented, or arrays that work. */
package org.shmarrays.fuzz;
