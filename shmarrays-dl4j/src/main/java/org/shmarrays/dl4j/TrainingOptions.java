package org.shmarrays.dl4j;

import java.io.PrintStream;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.UpdaterKernels;
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
    private final long randomStream;
    private final boolean resumes;
    private final ResumePlan plan;
    private final boolean usesHelpers;
    private final PrintStream progress;
    private final BiFunction<ArrayHandle, ChunkPush, ChunkArrays> memory;
    private final Consumer<UUID> creation;

    private TrainingOptions(final Draft draft) {
        name = draft.name;
        mode = draft.mode;
        settings = draft.settings;
        worker = draft.worker;
        samplesOfEpoch = draft.samplesOfEpoch;
        everyBatch = draft.everyBatch;
        rounding = draft.rounding;
        randomStream = draft.randomStream;
        resumes = draft.resumes;
        plan = draft.plan;
        usesHelpers = draft.usesHelpers;
        progress = draft.progress;
        memory = draft.memory;
        creation = draft.creation;
    }

    /** Options on their way to be changed. */
    private static final class Draft {
        private String name;
        private Mode mode = Mode.LOCKED;
        private Settings settings;
        private Worker worker;
        private long samplesOfEpoch;
        private boolean everyBatch;
        private Rounding rounding = Rounding.NEAREST;
        private long randomStream;
        private boolean resumes;
        private ResumePlan plan;
        private boolean usesHelpers = true;
        private PrintStream progress;
        private BiFunction<ArrayHandle, ChunkPush, ChunkArrays> memory = ChunkArrays::of;
        private Consumer<UUID> creation = uid -> {};
    }

    private TrainingOptions with(final Consumer<Draft> change) {
        final Draft draft = new Draft();
        draft.name = name;
        draft.mode = mode;
        draft.settings = settings;
        draft.worker = worker;
        draft.samplesOfEpoch = samplesOfEpoch;
        draft.everyBatch = everyBatch;
        draft.rounding = rounding;
        draft.randomStream = randomStream;
        draft.resumes = resumes;
        draft.plan = plan;
        draft.usesHelpers = usesHelpers;
        draft.progress = progress;
        draft.memory = memory;
        draft.creation = creation;
        change.accept(draft);
        return new TrainingOptions(draft);
    }

    /** Options of a process that was started as a worker, or of one that trains alone. */
    public static TrainingOptions defaults() {
        final Draft draft = new Draft();
        draft.settings = Settings.fromProperties();
        return new TrainingOptions(draft);
    }

    /** The segment's name, instead of that which the launcher gave. */
    public TrainingOptions withName(final String newName) {
        return with(draft -> draft.name = newName);
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
        if (newMode.comparesAndSets()) {
            throw new IllegalArgumentException(
                    "models can't train in this mode: mode=" + newMode + "; use LOCKED, HOGWILD or ORDERED");
        }
        return with(draft -> draft.mode = newMode);
    }

    /** Settings instead of those of the system properties. */
    public TrainingOptions withSettings(final Settings newSettings) {
        return with(draft -> draft.settings = newSettings);
    }

    /** The worker that trains, instead of {@link Worker#join()}. */
    public TrainingOptions withWorker(final Worker newWorker) {
        return with(draft -> draft.worker = newWorker);
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
        return with(draft -> draft.samplesOfEpoch = samples);
    }

    /**
     * Each worker trains on every batch of the iterator that it gives to {@code fit}: it goes through all data itself,
     * in its own order. Otherwise the workers share the batches. An epoch ends when as many passes have ended as there
     * are workers.
     */
    public TrainingOptions withEveryBatch() {
        return with(draft -> draft.everyBatch = true);
    }

    /**
     * How the parameters of a 16-bit network are rounded when a push stores them, instead of to nearest. All workers
     * give the same.
     */
    public TrainingOptions withRounding(final Rounding newRounding) {
        return with(draft -> draft.rounding = newRounding);
    }

    /**
     * Steps draw their random numbers, such as those of dropout, from this stream: by the model's seed, the stream, the
     * rank and the iteration alone, also where one worker trains. For copies of one model that train in several
     * segments, whose masks would be the same otherwise.
     *
     * @param stream any number but 0, which is no stream
     */
    public TrainingOptions withRandomStream(final long stream) {
        return with(draft -> draft.randomStream = stream);
    }

    /**
     * The first run in a segment that was restored from a checkpoint goes on where the run that wrote it was, also with
     * another number of workers: fits and passes that were over are skipped, and so are the batches of the present pass
     * that were pushed. A fit that was interrupted by a stop goes on. So the program is the same as before, with the
     * same data in the same order, and all of its workers join with this option. The checkpoint is one of {@code
     * WHOLE_SEGMENT}. In a segment that was not restored the option changes nothing.
     *
     * <p>Without this option a training in a restored segment begins with the first batch of its first fit, with the
     * restored parameters, updater state, iteration and epoch.
     */
    public TrainingOptions resuming() {
        return with(draft -> draft.resumes = true);
    }

    /**
     * Keeps with the training, and in its checkpoints, what all workers and a later resumption must have in common,
     * such as the batch size and the seed of the data. A worker with other fixed values than those of the segment is
     * refused when it joins.
     */
    public TrainingOptions withPlan(final ResumePlan newPlan) {
        return with(draft -> draft.plan = Objects.requireNonNull(newPlan, "plan"));
    }

    /**
     * The layers of the network, and the updates of a push, compute as DL4J has them. Otherwise, while the network is
     * joined, convolutions and batch normalisations in float32 compute by DL4J's helpers of oneDNN, if ND4J computes on
     * the CPU and its backend has oneDNN: several times faster, and equal to DL4J's own way but for rounding. Dense
     * layers make fewer matrix products, and pushes update by {@linkplain org.shmarrays.nd4j.UpdaterKernels kernels},
     * both with the same numbers to the last bit. The system property {@code
     * org.eclipse.deeplearning4j.helpers.disable=true} turns off the helpers of oneDNN alone.
     */
    public TrainingOptions withoutHelpers() {
        return with(draft -> draft.usesHelpers = false);
    }

    /**
     * {@code training.fit} of worker 0 prints about once a second how far the training of all workers is, and when it
     * will end: {@code epoch 2 of 10, 45 %, 12,345 samples/s, loss 0.1234, 1:23 left}. Other workers print nothing, so
     * that all may have this option. What an epoch is, is known after the first one, or by {@link
     * #withSamplesOfEpoch}; before that there is neither a percentage nor an end.
     */
    public TrainingOptions withProgress(final PrintStream out) {
        return with(draft -> draft.progress = out);
    }

    /** How pushes get at the shared memory, instead of {@link ChunkArrays#of}. */
    TrainingOptions withMemory(final BiFunction<ArrayHandle, ChunkPush, ChunkArrays> newMemory) {
        return with(draft -> draft.memory = newMemory);
    }

    /** Calls this with the id of each segment that this worker creates, before other processes can see the segment. */
    TrainingOptions withCreation(final Consumer<UUID> newCreation) {
        return with(draft -> draft.creation = newCreation);
    }

    Consumer<UUID> creation() {
        return creation;
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

    /** Of the random numbers of steps; 0 if there is none. */
    long randomStream() {
        return randomStream;
    }

    /** Whether the training goes on where a checkpoint was. */
    boolean resumes() {
        return resumes;
    }

    /** What the training keeps for its resumption, or null. */
    ResumePlan plan() {
        return plan;
    }

    Rounding rounding() {
        return rounding;
    }

    boolean usesHelpers() {
        return usesHelpers;
    }

    /** The kernels that compute updates of a type. */
    UpdaterKernels kernels(final DataType type) {
        return usesHelpers ? UpdaterKernels.of(type) : UpdaterKernels.none();
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
