/** {@code bin/shmarrays bench}: how fast shmarrays is, beside the limits of the machine. */
package org.shmarrays.benchmarks;
