/**
 * Checkpoints: a segment's arrays, the state of its optimizers and its run control in an {@code .npz} file, and back into
 * shared memory.
 */
package org.shmarrays.checkpoint;
