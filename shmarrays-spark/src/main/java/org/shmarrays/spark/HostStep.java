package org.shmarrays.spark;

import java.io.Serializable;
import org.shmarrays.ShmArrays;
import org.shmarrays.worker.Worker;

/**
 * A step of a worker on a batch: reads parameters, computes a gradient and pushes it. Workers that are threads of an
 * executor share the object; each process has its own copy.
 *
 * @param <T> type of the batches
 */
@FunctionalInterface
public interface HostStep<T> extends Serializable {
    /**
     * Trains on a batch.
     *
     * @param params the host's arrays, by the worker's own handle
     * @param worker to count the step's samples and loss by {@link Worker#countStep}; a step that is not counted counts
     *     as one of one sample, without a loss
     * @throws Exception ends the training
     */
    void step(ShmArrays params, T batch, Worker worker) throws Exception;
}
