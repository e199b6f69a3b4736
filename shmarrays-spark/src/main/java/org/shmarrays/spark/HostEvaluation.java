package org.shmarrays.spark;

import java.io.Serializable;

/**
 * Evaluates a model during a training, on one of the hosts.
 *
 * @param <M> type of the model
 */
@FunctionalInterface
public interface HostEvaluation<M> extends Serializable {
    /**
     * A figure of the model, such as its accuracy on test data.
     *
     * @param model a network of the class that is trained, with the common parameters; of arrays a Map as {@link
     *     HostTrainingResult#values()}. It belongs to the caller
     */
    double evaluate(M model) throws Exception;
}
