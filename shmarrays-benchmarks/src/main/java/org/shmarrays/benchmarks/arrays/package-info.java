/** Reads and updates of sets of arrays, in all modes, beside the bare loops of the machine's limit. */
package org.shmarrays.benchmarks.arrays;
