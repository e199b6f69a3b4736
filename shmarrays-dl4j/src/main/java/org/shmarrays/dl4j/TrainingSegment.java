package org.shmarrays.dl4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.Turn;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.worker.Worker;

// Over 300 lines: one segment, from its creation to its end.
/**
 * The segment of a training: the flat array of parameters with its state arrays, and what the training began with. For
 * the thread that trains.
 */
final class TrainingSegment implements AutoCloseable {
    /** The flat array of parameters. */
    static final String PARAMS = "params";

    /** What model it is: {@link ModelConfiguration#encoded()}. */
    static final String CONFIGURATION = "configuration";

    /** There is a segment already, or there will be none. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final Worker worker;
    private final Nd4jArrays arrays;
    private final ChunkPush push;
    private final ChunkArrays memory;
    private final RunControl control;
    private final Positions positions;
    private final Stopping stopping;
    private final boolean isCreated;
    private final boolean isOrdered;
    private final Settings settings;
    private final Consumer<UUID> creation;

    private TrainingSegment(
            final Worker worker, final ShmArrays attached, final boolean isCreated, final TrainingOptions options) {
        this.worker = worker;
        this.arrays = Nd4jArrays.of(attached);
        final ArrayHandle params = attached.array(PARAMS);
        this.push = params.chunkPush();
        this.memory = options.memory(params, push);
        this.isOrdered = params.mode().takesTurns();
        this.control = attached.runControl();
        this.positions = new Positions(attached, worker, options.resumes());
        this.stopping = new Stopping(attached, worker, positions.claims()::firstPass);
        this.isCreated = isCreated;
        this.settings = options.settings();
        this.creation = options.creation();
    }

    /**
     * Attaches to the segment, or creates it with the model's values and state.
     *
     * @throws IllegalArgumentException if there is one of another model, or of this one in another mode
     */
    static TrainingSegment createOrAttach(final ModelSeam seam, final TrainingOptions options) {
        final Worker worker = options.worker();
        final String name = options.name() == null ? worker.segmentName() : options.name();
        final List<ArraySpec> specs = specs(seam, options);
        final AtomicBoolean isCreated = new AtomicBoolean();
        final ShmArrays attached = createOrAttach(
                seam,
                created -> {
                    options.creation().accept(created.uid());
                    write(seam, created, options);
                    isCreated.set(true);
                },
                specs,
                worker,
                name,
                options.settings());
        try {
            check(seam, attached);
            check(options.plan(), attached);
            return new TrainingSegment(worker, attached, isCreated.get(), options);
        } catch (final RuntimeException | Error e) {
            leave(attached, isCreated.get(), options.settings());
            throw e;
        }
    }

    /** Says how the models differ where the arrays do. */
    private static ShmArrays createOrAttach(
            final ModelSeam seam,
            final Consumer<ShmArrays> initializer,
            final List<ArraySpec> specs,
            final Worker worker,
            final String name,
            final Settings settings) {
        try {
            return ShmArrays.createOrAttach(worker, name, specs, initializer, settings);
        } catch (final IllegalArgumentException e) {
            try (ShmArrays found = ShmArrays.attachReadOnly(name, settings.withAttachTimeout(AT_ONCE))) {
                check(seam, found);
            } catch (final SegmentNotFoundException | SegmentRemovedException gone) {
                e.addSuppressed(gone);
            }
            throw e;
        }
    }

    /**
     * Throws unless a segment is of this model.
     *
     * @throws IllegalArgumentException naming the first difference
     */
    private static void check(final ModelSeam seam, final ShmArrays found) {
        final String difference = seam.configuration().differenceFrom(configuration(found));
        if (difference != null) {
            throw new IllegalArgumentException("another model trains in the segment: segment=" + found.name()
                    + ", first difference (this model's, the segment's): " + Names.printable(difference)
                    + "; give the same configuration in all workers, or use a segment of another name");
        }
    }

    /**
     * Throws unless a segment's training has the same plan.
     *
     * @throws IllegalArgumentException naming the first difference
     */
    private static void check(final ResumePlan plan, final ShmArrays found) {
        if (plan != null) {
            ResumePlan.of(found).flatMap(plan::differenceFrom).ifPresent(difference -> {
                throw new IllegalArgumentException("the training in the segment has another plan: segment="
                        + found.name() + ", " + difference
                        + "; give the same plan in all workers, or use a segment of another name");
            });
        }
    }

    /**
     * The configuration that a segment keeps.
     *
     * @throws IllegalArgumentException if it keeps none
     */
    static ModelConfiguration configuration(final ShmArrays arrays) {
        final List<String> names = arrays.specs().stream().map(ArraySpec::name).toList();
        if (!names.contains(CONFIGURATION) || !names.contains(PARAMS)) {
            throw new IllegalArgumentException("the segment is not of a training: segment=" + arrays.name()
                    + ", arrays=" + Names.printable(names.toString()));
        }
        final int[] encoded = new int[arrays.array(CONFIGURATION).elementCount()];
        arrays.array(CONFIGURATION).readInto(encoded);
        return ModelConfiguration.decoded(encoded);
    }

    /** The model's parameters, as parts of the flat array. */
    static List<AliasSpec> parameters(final ShmArrays arrays) {
        return arrays.specs().stream()
                .filter(spec -> spec.name().equals(PARAMS))
                .flatMap(spec -> spec.aliases().stream())
                .toList();
    }

    private static List<ArraySpec> specs(final ModelSeam seam, final TrainingOptions options) {
        final ArraySpec params = Nd4jArrays.specs(Map.of(PARAMS, seam.parameters()))
                .get(0)
                .inMode(options.mode())
                .withRounding(options.rounding())
                .withState(seam.ranges().stateCount())
                .withAliases(seam.aliases());
        final int words = seam.configuration().encoded().length;
        final List<ArraySpec> specs = new ArrayList<>(List.of(
                params,
                ArraySpec.of(CONFIGURATION, ElementType.INT32, words).inMode(Mode.HOGWILD),
                Positions.spec(),
                Stopping.spec()));
        if (options.plan() != null) {
            specs.add(ResumePlan.spec());
        }
        return specs;
    }

    /** Whether it is the name of an array that a training may have, and can't be that of a parameter. */
    static boolean isReserved(final String name) {
        return List.of(
                        PARAMS,
                        CONFIGURATION,
                        Positions.spec().name(),
                        Stopping.spec().name(),
                        ResumePlan.ARRAY)
                .contains(name);
    }

    private static void write(final ModelSeam seam, final ShmArrays created, final TrainingOptions options) {
        Nd4jArrays.of(created).write(Map.of(PARAMS, seam.parameters()));
        created.write(Map.of(CONFIGURATION, seam.configuration().encoded()));
        if (options.plan() != null) {
            options.plan().store(created);
        }
        created.runControl().startAt(seam.iteration(), seam.epoch());
        // Nothing else knows the segment yet, so that the state needs no lock.
        final ChunkPush push = created.array(PARAMS).chunkPush();
        final ChunkArrays memory = options.memory(created.array(PARAMS), push);
        final StateLayout layout = new StateLayout(seam.ranges());
        final INDArray state = seam.updaterState();
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            final int first = push.first(chunk);
            memory.load(chunk);
            layout.toParts(state, first, first + push.elementCount(chunk), memory.states(chunk));
            memory.store(chunk);
        }
    }

    Worker worker() {
        return worker;
    }

    Nd4jArrays arrays() {
        return arrays;
    }

    /** The push of the flat array of parameters. */
    ChunkPush push() {
        return push;
    }

    /** The parameters and their state, in which pushes compute. */
    ChunkArrays memory() {
        return memory;
    }

    /** Run control, which has the training's clock. */
    RunControl control() {
        return control;
    }

    /** How far the workers have come with their data. */
    Positions positions() {
        return positions;
    }

    Settings settings() {
        return settings;
    }

    /** To be called with the id of each segment that this worker creates. */
    Consumer<UUID> creation() {
        return creation;
    }

    /** Whether a fit that stops early is to end, and why. */
    Stopping stopping() {
        return stopping;
    }

    /** Whether no further step is to be made: the training was asked to stop, or the fit under way stops early. */
    boolean shouldStop() {
        return worker.shouldStop() || stopping.isDecided();
    }

    /** Iterations of all workers, and those that the model had been trained for before the training. */
    int iteration() {
        return Math.toIntExact(control.globalStep());
    }

    /** Epochs of the training, and those that the model had been trained for before it. */
    int epoch() {
        return Math.toIntExact(control.epoch());
    }

    /** In mode ORDERED waits for this worker's turn, in which it does a step; in other modes null. */
    Turn takeTurn() {
        return isOrdered ? arrays.arrays().takeTurn() : null;
    }

    boolean isOrdered() {
        return isOrdered;
    }

    /** Copies the parameters into a vector. */
    void readInto(final INDArray vector) {
        arrays.readInto(Map.of(PARAMS, vector));
    }

    /**
     * Copies parameters and state as they lie in the memory, in mode ORDERED too; consistent per element.
     *
     * @param parameters {@code [n]}, or null if they are not wanted
     * @param state flat as the layout has it, or null if there is none, or it is not wanted
     */
    void readMemory(final INDArray parameters, final StateLayout layout, final INDArray state) {
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            final int first = push.first(chunk);
            final int end = first + push.elementCount(chunk);
            memory.load(chunk);
            if (parameters != null) {
                parameters.get(NDArrayIndex.interval(first, end)).assign(memory.values(chunk));
            }
            if (state != null) {
                layout.ofParts(memory.states(chunk), first, end, state);
            }
        }
    }

    /** Does something while no push to the segment is under way. */
    void whilePaused(final Runnable work) {
        Doors.PARTITIONS.of(arrays.arrays()).whilePaused(work);
    }

    /** Does something short that a checkpoint of the whole segment has wholly or not at all. */
    void betweenPauses(final Runnable work) {
        Doors.PARTITIONS.of(arrays.arrays()).changeBetweenPauses(work);
    }

    /** Leaves after a join that failed: a segment that it created, and that no other has used, is removed. */
    void abandon() {
        leave(arrays.arrays(), isCreated, settings);
    }

    private static void leave(final ShmArrays attached, final boolean isCreated, final Settings settings) {
        final boolean isUnused = isCreated && attached.status().workers().size() <= 1;
        attached.close();
        if (isUnused) {
            ShmArrays.remove(attached.name(), settings);
        }
    }

    @Override
    public void close() {
        arrays.close();
    }
}
