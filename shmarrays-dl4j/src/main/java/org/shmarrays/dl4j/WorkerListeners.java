package org.shmarrays.dl4j;

import java.io.Serializable;
import java.util.Collection;
import org.deeplearning4j.optimize.api.TrainingListener;

/**
 * Makes the listeners of a worker's network. {@code SharedTraining.spawn} calls it in each worker, once the network has
 * joined the training. Serializable, because it travels to the workers: a lambda may use only what is serializable
 * itself.
 */
@FunctionalInterface
public interface WorkerListeners extends Serializable {
    /** The listeners of one worker, for example those of rank 0 only. */
    Collection<? extends TrainingListener> ofRank(int rank);
}
