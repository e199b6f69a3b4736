/** Trains on many hosts through Apache Spark: Hogwild within a host, averaged parameters between the hosts. */
package org.shmarrays.spark;
