/** Placeholder. */
package org.shmarrays.nd4j;
