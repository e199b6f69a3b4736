/** Small programs that train models of DL4J and SameDiff in several workers. */
package org.shmarrays.examples.dl4j;
