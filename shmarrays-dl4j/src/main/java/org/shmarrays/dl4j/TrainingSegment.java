package org.shmarrays.dl4j;

import java.util.List;
import java.util.Map;
import java.util.UUID;
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
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Names;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.worker.Worker;

/**
 * The segment of a training: the flat array of parameters with its state arrays, and what the training began with. For
 * the thread that trains.
 */
final class TrainingSegment implements AutoCloseable {
    /** The flat array of parameters. */
    static final String PARAMS = "params";

    /** What model it is: {@link ModelConfiguration#encoded()}. */
    static final String CONFIGURATION = "configuration";

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

    TrainingSegment(
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

    static void leave(final ShmArrays attached, final boolean isCreated, final Settings settings) {
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
