/** The lock of a partition beside a compare-and-set with yields, between processes. */
package org.shmarrays.benchmarks.locks;
