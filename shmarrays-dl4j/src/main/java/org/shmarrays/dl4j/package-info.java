/** MultiLayerNetworks whose parameters are a shared array: {@link org.shmarrays.dl4j.SharedNetwork}. */
package org.shmarrays.dl4j;
