/** Bare loops over mapped memory, without locks, versions or counters: the limits to compare with. */
package org.shmarrays.benchmarks.loops;
