package org.shmarrays.dl4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.worker.Worker;

/** How a {@link TrainingSegment} comes to be: created with a model's values and state, or found and checked. */
final class SegmentJoin {
    /** There is a segment already, or there will be none. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private SegmentJoin() {}

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
            TrainingSegment.leave(attached, isCreated.get(), options.settings());
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
        final String difference = seam.configuration().differenceFrom(TrainingSegment.configuration(found));
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

    private static List<ArraySpec> specs(final ModelSeam seam, final TrainingOptions options) {
        final ArraySpec params = Nd4jArrays.specs(Map.of(TrainingSegment.PARAMS, seam.parameters()))
                .get(0)
                .inMode(options.mode())
                .withRounding(options.rounding())
                .withState(seam.ranges().stateCount())
                .withAliases(seam.aliases());
        final int words = seam.configuration().encoded().length;
        final List<ArraySpec> specs = new ArrayList<>(List.of(
                params,
                ArraySpec.of(TrainingSegment.CONFIGURATION, ElementType.INT32, words)
                        .inMode(Mode.HOGWILD),
                Positions.spec(),
                Stopping.spec()));
        if (options.plan() != null) {
            specs.add(ResumePlan.spec());
        }
        return specs;
    }

    private static void write(final ModelSeam seam, final ShmArrays created, final TrainingOptions options) {
        Nd4jArrays.of(created).write(Map.of(TrainingSegment.PARAMS, seam.parameters()));
        created.write(Map.of(TrainingSegment.CONFIGURATION, seam.configuration().encoded()));
        if (options.plan() != null) {
            options.plan().store(created);
        }
        created.runControl().startAt(seam.iteration(), seam.epoch());
        // Nothing else knows the segment yet, so that the state needs no lock.
        final ChunkPush push = created.array(TrainingSegment.PARAMS).chunkPush();
        final ChunkArrays memory = options.memory(created.array(TrainingSegment.PARAMS), push);
        final StateLayout layout = new StateLayout(seam.ranges());
        final INDArray state = seam.updaterState();
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            final int first = push.first(chunk);
            memory.load(chunk);
            layout.toParts(state, first, first + push.elementCount(chunk), memory.states(chunk));
            memory.store(chunk);
        }
    }
}
