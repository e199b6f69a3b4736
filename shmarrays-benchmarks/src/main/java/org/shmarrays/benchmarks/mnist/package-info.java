/** The example that trains MNIST, as a user starts it. */
package org.shmarrays.benchmarks.mnist;
