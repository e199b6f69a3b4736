/** How the cost of attaching grows with bytes, partitions, workers and segments. */
package org.shmarrays.benchmarks.scale;
