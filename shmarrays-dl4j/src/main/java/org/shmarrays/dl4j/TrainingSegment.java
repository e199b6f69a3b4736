package org.shmarrays.dl4j;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ChunkPush;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.ChunkViews;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.worker.Worker;

/**
 * The segment of a training: the flat array of parameters with its state arrays, and what the training began with. For
 * the thread that trains.
 */
final class TrainingSegment implements AutoCloseable {
    /** INT64 {@code [2]}: the iterations and the epochs that the model had been trained for before. */
    private static final String BEGINNING = "beginning";

    private final Worker worker;
    private final Nd4jArrays arrays;
    private final ChunkPush push;
    private final ChunkViews views;
    private final long[] beginning = new long[2];

    private TrainingSegment(final Worker worker, final ShmArrays attached) {
        this.worker = worker;
        this.arrays = Nd4jArrays.of(attached);
        this.push = attached.array(NetworkLayout.PARAMS).chunkPush();
        this.views = ChunkViews.of(attached.array(NetworkLayout.PARAMS), push);
        attached.array(BEGINNING).readInto(beginning);
    }

    /**
     * Attaches to the segment, or creates it with the model's values and state.
     *
     * @throws IllegalArgumentException if there is one of a model with other parameters, or in another mode
     */
    static TrainingSegment createOrAttach(final ModelSeam seam, final TrainingOptions options) {
        final Worker worker = options.worker();
        final ShmArrays attached = ShmArrays.createOrAttach(
                worker,
                options.name() == null ? worker.segmentName() : options.name(),
                specs(seam, options.mode()),
                created -> write(seam, created),
                options.settings());
        try {
            NetworkLayout.check(seam.aliases(), params(attached), attached.name());
            return new TrainingSegment(worker, attached);
        } catch (final RuntimeException e) {
            attached.close();
            throw e;
        }
    }

    private static ArraySpec params(final ShmArrays attached) {
        return attached.specs().stream()
                .filter(spec -> spec.name().equals(NetworkLayout.PARAMS))
                .findFirst()
                .orElseThrow();
    }

    private static List<ArraySpec> specs(final ModelSeam seam, final Mode mode) {
        final ArraySpec params = Nd4jArrays.specs(Map.of(NetworkLayout.PARAMS, seam.parameters()))
                .get(0)
                .inMode(mode)
                .withState(seam.ranges().stateCount())
                .withAliases(seam.aliases());
        return List.of(params, ArraySpec.of(BEGINNING, ElementType.INT64, 2).inMode(Mode.HOGWILD));
    }

    private static void write(final ModelSeam seam, final ShmArrays created) {
        Nd4jArrays.of(created).write(Map.of(NetworkLayout.PARAMS, seam.parameters()));
        created.write(Map.of(BEGINNING, new long[] {seam.iteration(), seam.epoch()}));
        // Nothing else knows the segment yet, so that the state needs no lock.
        final ChunkViews views = ChunkViews.of(
                created.array(NetworkLayout.PARAMS),
                created.array(NetworkLayout.PARAMS).chunkPush());
        new StateLayout(seam.ranges()).toArrays(seam.updaterState(), views.states());
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

    /** The memory of the parameters and their state. */
    ChunkViews views() {
        return views;
    }

    /** Iterations of all workers, and those that the model had been trained for before the training. */
    int iteration() {
        return Math.toIntExact(beginning[0] + arrays.arrays().runControl().globalStep());
    }

    /** Epochs that the model had been trained for before the training. */
    int firstEpoch() {
        return Math.toIntExact(beginning[1]);
    }

    /** Copies the parameters into a vector. */
    void readInto(final INDArray vector) {
        arrays.readInto(Map.of(NetworkLayout.PARAMS, vector));
    }

    /** Does something while no push to the segment is under way. */
    void whilePaused(final Runnable work) {
        arrays.arrays().partitions().whilePaused(work);
    }

    @Override
    public void close() {
        arrays.close();
    }
}
