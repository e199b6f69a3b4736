package org.shmarrays.dl4j;

import java.io.PrintStream;
import java.util.function.BiFunction;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.worker.Worker;

/**
 * How a model joins a training: mode LOCKED, in the segment that the worker's launcher named, unless told otherwise.
 * Immutable.
 */
public final class TrainingOptions {
    private final String name;
    private final Mode mode;
    private final Settings settings;
    private final Worker worker;
    private final long samplesOfEpoch;
    private final boolean everyBatch;
    private final Rounding rounding;
    private final PrintStream progress;
    private final BiFunction<ArrayHandle, ChunkPush, ChunkArrays> memory;

    private TrainingOptions(
            final String name,
            final Mode mode,
            final Settings settings,
            final Worker worker,
            final long samplesOfEpoch,
            final boolean everyBatch,
            final Rounding rounding,
            final PrintStream progress,
            final BiFunction<ArrayHandle, ChunkPush, ChunkArrays> memory) {
        this.name = name;
        this.mode = mode;
        this.settings = settings;
        this.worker = worker;
        this.samplesOfEpoch = samplesOfEpoch;
        this.everyBatch = everyBatch;
        this.rounding = rounding;
        this.progress = progress;
        this.memory = memory;
    }

    /** Options of a process that was started as a worker, or of one that trains alone. */
    public static TrainingOptions defaults() {
        return new TrainingOptions(
                null, Mode.LOCKED, Settings.fromProperties(), null, 0, false, Rounding.NEAREST, null, ChunkArrays::of);
    }

    /** The segment's name, instead of that which the launcher gave. */
    public TrainingOptions withName(final String newName) {
        return new TrainingOptions(
                newName, mode, settings, worker, samplesOfEpoch, everyBatch, rounding, progress, memory);
    }

    /**
     * How updates of several workers meet: in {@link Mode#LOCKED} each partition is updated by one worker at a time,
     * and the model computes on a copy; in {@link Mode#HOGWILD} updates may overwrite each other, and the model's
     * parameters are the shared memory, except where it has 16 bits or ND4J computes on a device: there it computes on
     * a copy, too; in {@link Mode#ORDERED} workers take turns, step by step, which can be reproduced.
     *
     * @throws IllegalArgumentException if it is {@link Mode#ATOMIC}
     */
    public TrainingOptions inMode(final Mode newMode) {
        if (newMode == Mode.ATOMIC) {
            throw new IllegalArgumentException(
                    "models can't train in this mode: mode=" + newMode + "; use LOCKED, HOGWILD or ORDERED");
        }
        return new TrainingOptions(
                name, newMode, settings, worker, samplesOfEpoch, everyBatch, rounding, progress, memory);
    }

    /** Settings instead of those of the system properties. */
    public TrainingOptions withSettings(final Settings newSettings) {
        return new TrainingOptions(
                name, mode, newSettings, worker, samplesOfEpoch, everyBatch, rounding, progress, memory);
    }

    /** The worker that trains, instead of {@link Worker#join()}. */
    public TrainingOptions withWorker(final Worker newWorker) {
        return new TrainingOptions(
                name, mode, settings, newWorker, samplesOfEpoch, everyBatch, rounding, progress, memory);
    }

    /**
     * How many samples an epoch has, for schedules by epoch: then the epoch goes up with the samples that all workers
     * push, and not with the passes that they end. All workers give the same number.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public TrainingOptions withSamplesOfEpoch(final long samples) {
        if (samples < 1) {
            throw new IllegalArgumentException("samples of an epoch are 1 or more: samples=" + samples);
        }
        return new TrainingOptions(name, mode, settings, worker, samples, everyBatch, rounding, progress, memory);
    }

    /**
     * Each worker trains on every batch of the iterator that it gives to {@code fit}: it goes through all data itself,
     * in its own order. Otherwise the workers share the batches. An epoch ends when as many passes have ended as there
     * are workers.
     */
    public TrainingOptions withEveryBatch() {
        return new TrainingOptions(name, mode, settings, worker, samplesOfEpoch, true, rounding, progress, memory);
    }

    /**
     * How the parameters of a 16-bit network are rounded when a push stores them, instead of to nearest. All workers
     * give the same.
     */
    public TrainingOptions withRounding(final Rounding newRounding) {
        return new TrainingOptions(
                name, mode, settings, worker, samplesOfEpoch, everyBatch, newRounding, progress, memory);
    }

    /**
     * {@code training.fit} of worker 0 prints about once a second how far the training of all workers is, and when it
     * will end: {@code epoch 2 of 10, 45 %, 12,345 samples/s, loss 0.1234, 1:23 left}. Other workers print nothing, so
     * that all may have this option. What an epoch is, is known after the first one, or by {@link
     * #withSamplesOfEpoch}; before that there is neither a percentage nor an end.
     */
    public TrainingOptions withProgress(final PrintStream out) {
        return new TrainingOptions(name, mode, settings, worker, samplesOfEpoch, everyBatch, rounding, out, memory);
    }

    /** How pushes get at the shared memory, instead of {@link ChunkArrays#of}. */
    TrainingOptions withMemory(final BiFunction<ArrayHandle, ChunkPush, ChunkArrays> newMemory) {
        return new TrainingOptions(
                name, mode, settings, worker, samplesOfEpoch, everyBatch, rounding, progress, newMemory);
    }

    /** The chunks of the flat array of parameters, for a push that it has made. */
    ChunkArrays memory(final ArrayHandle parameters, final ChunkPush push) {
        return memory.apply(parameters, push);
    }

    /** Samples of an epoch, or 0 if that is unknown. */
    long samplesOfEpoch() {
        return samplesOfEpoch;
    }

    /** Where the progress is printed, or null. */
    PrintStream progress() {
        return progress;
    }

    Rounding rounding() {
        return rounding;
    }

    boolean takesEveryBatch() {
        return everyBatch;
    }

    /** The segment's name, or null for that which the launcher gave. */
    String name() {
        return name;
    }

    Mode mode() {
        return mode;
    }

    Settings settings() {
        return settings;
    }

    Worker worker() {
        return worker == null ? Worker.join() : worker;
    }
}
