/**
 * Handwritten digits: the MNIST data, an endless stream of minibatches for a worker, and three networks whose gradients
 * are written on ND4J's operations. A network reads its parameters where they lie, also while others write to them, and
 * leaves each gradient in an array made once; it knows nothing of shared memory or of how a gradient is applied.
 */
package org.shmarrays.examples.mnist;
