/** The small parts, by JMH: what a push of a tiny array is made of. */
package org.shmarrays.benchmarks.jmh;
