package org.shmarrays.status;

/**
 * What steers the run.
 *
 * @param isStopped whether the workers are asked to stop
 * @param learningRate set for all workers, or 0 if none is set; {@link StatusSnapshot#learningRate()} is the one in
 *     force
 * @param turn the present turn of mode ORDERED, counted from 0
 * @param turnWorkers number of workers that take turns, 0 before the first turn
 * @param pausedBy slot whose owner holds pushes back for a snapshot or a restore, or -1
 * @param supervisedRunId the run that a supervisor watches, or 0
 * @param supervisedWorkers number of workers that the supervisor is set to
 * @param wantedWorkers number of workers that an operator wants that run to have, or 0
 * @param earlierSteps steps made before the values were restored, or the model was imported; may be negative where
 *     values were put back
 * @param earlierSamples samples seen before the values were restored
 * @param countsEpochs whether the training counts epochs
 * @param epoch the present epoch of the training, from 0; 0 where none are counted
 * @param endedPasses passes of the present epoch that have ended; they don't count where samples do
 * @param samplesOfEpoch 0 where epochs are counted by passes
 */
public record RunStatus(
        boolean isStopped,
        double learningRate,
        long turn,
        long turnWorkers,
        int pausedBy,
        long supervisedRunId,
        long supervisedWorkers,
        long wantedWorkers,
        long earlierSteps,
        long earlierSamples,
        boolean countsEpochs,
        long epoch,
        long endedPasses,
        long samplesOfEpoch) {}
