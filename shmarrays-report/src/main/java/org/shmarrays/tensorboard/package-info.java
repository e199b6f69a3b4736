/** The counters of a training as scalars in event files, which TensorBoard shows while the training runs. */
package org.shmarrays.tensorboard;
