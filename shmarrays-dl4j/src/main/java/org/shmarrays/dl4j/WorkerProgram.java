package org.shmarrays.dl4j;

import java.io.Serializable;

/**
 * What each worker does that {@link SharedTraining#spawnWorkers(org.deeplearning4j.nn.multilayer.MultiLayerNetwork,
 * WorkerProgram, SpawnOptions) spawnWorkers} starts: fits, and what goes with them.
 *
 * <p>Serializable, because it travels to the workers: a lambda may use only what is serializable itself.
 */
@FunctionalInterface
public interface WorkerProgram extends Serializable {
    /**
     * Runs in the worker's own process. All workers run the same program, with the same fits in the same order; {@code
     * training.worker().rank()} tells them apart. A worker that is started again runs it from the begin, and its fits
     * go on where its rank was.
     *
     * @param training joined with the network, and closed after the return
     * @throws Exception and the worker has failed
     */
    void run(SharedTraining training) throws Exception;
}
