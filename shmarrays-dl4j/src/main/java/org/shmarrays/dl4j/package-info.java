/** Placeholder. */
package org.shmarrays.dl4j;
