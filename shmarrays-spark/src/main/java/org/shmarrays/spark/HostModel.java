package org.shmarrays.spark;

import java.io.Serializable;
import org.shmarrays.Settings;
import org.shmarrays.worker.Worker;

/**
 * What a host trains, on its way to the hosts.
 *
 * @param <T> type of the batches
 */
interface HostModel<T> extends Serializable {
    /** What the hosts exchange. */
    ChunkTable table();

    /**
     * The values with which the training begins, on one of the hosts.
     *
     * @return float[] or double[] for each array of the table
     */
    Object[] initialValues(Settings settings);

    /**
     * The model with these values, for an evaluation.
     *
     * @param values as {@link #initialValues} returns them
     */
    Object ofValues(Object[] values);

    /**
     * Opens the segment, and creates it if there is none, in the thread of worker 0.
     *
     * @param name of the segment
     */
    Trainer<T> open(String name, Worker worker, Settings settings);

    /** The same model for a process that is no executor of Spark's. */
    HostModel<T> withoutSpark();

    /**
     * What a worker trains with. It belongs to the thread that opened it.
     *
     * @param <T> type of the batches
     */
    interface Trainer<T> extends AutoCloseable {
        /** Trains on a batch, or begins to. */
        void step(T batch) throws Exception;

        /** Waits until all steps have ended. */
        default void finish() {}

        @Override
        void close();
    }
}
