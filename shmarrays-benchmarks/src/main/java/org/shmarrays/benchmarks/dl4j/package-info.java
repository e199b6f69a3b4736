/** Models of DL4J and SameDiff: by SharedTraining, by their own fit, and by DL4J's ParallelWrapper. */
package org.shmarrays.benchmarks.dl4j;
