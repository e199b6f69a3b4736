package org.shmarrays.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.EpochCount;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.update.Updates;

/**
 * Run control, as a checkpoint keeps it.
 *
 * @param steps of all workers
 * @param samples of all workers
 * @param learningRate 0 if none was set
 * @param epochs as of then: its epoch is that of the checkpoint
 * @param bound -1 for none
 */
record SavedRun(long steps, long samples, EpochCount epochs, double learningRate, long bound, boolean isStopped) {
    private static final long FIRST_VERSION_WITH_EPOCHS = 3;

    static SavedRun of(final ShmArrays arrays) {
        final Segment segment = Doors.SEGMENT.of(arrays);
        final long samples = arrays.runControl().samples();
        return new SavedRun(
                arrays.runControl().globalStep(),
                samples,
                segment.runControl().epochCountAcquire().at(samples),
                arrays.runControl().learningRate(),
                segment.runControl().boundAcquire(),
                arrays.runControl().isStopped());
    }

    /**
     * Puts it into a segment; what its workers have counted themselves is taken off. The stop flag is not taken over:
     * what is restored is to go on. Nor is a number that is no learning rate.
     *
     * @param isWhole whether the checkpoint is of one moment
     */
    void restoreTo(final ShmArrays arrays, final boolean isWhole) {
        final RunControlBlock runControl = Doors.SEGMENT.of(arrays).runControl();
        runControl.earlierRelease(
                runControl.earlierSteps() + steps - arrays.runControl().globalStep(),
                runControl.earlierSamples() + samples - arrays.runControl().samples());
        runControl.epochCountRelease(epochs);
        runControl.learningRateRelease(Updates.isLearningRate(learningRate) ? learningRate : 0);
        runControl.boundRelease(bound);
        runControl.countRestore(isWhole);
    }

    Map<String, Object> toMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("steps", steps);
        map.put("samples", samples);
        map.put("epoch", epochs.epoch());
        map.put("endedPasses", epochs.endedPasses());
        map.put("samplesOfEpoch", epochs.samplesOfEpoch());
        map.put("firstSampleOfEpoch", epochs.firstSample());
        map.put("learningRate", learningRate);
        map.put("bound", bound);
        map.put("stopped", isStopped);
        return map;
    }

    static SavedRun of(final Map<?, ?> map, final long version) {
        return new SavedRun(
                (Long) map.get("steps"),
                (Long) map.get("samples"),
                version < FIRST_VERSION_WITH_EPOCHS ? EpochCount.NONE : epochs(map),
                ((Number) map.get("learningRate")).doubleValue(),
                (Long) map.get("bound"),
                (Boolean) map.get("stopped"));
    }

    private static EpochCount epochs(final Map<?, ?> map) {
        return new EpochCount(
                (Long) map.get("epoch"), (Long) map.get("endedPasses"), (Long) map.get("samplesOfEpoch"), (Long)
                        map.get("firstSampleOfEpoch"));
    }
}
