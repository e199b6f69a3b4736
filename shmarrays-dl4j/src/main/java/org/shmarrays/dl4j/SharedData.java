package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.worker.Worker;

/**
 * The data set of a run, in a segment beside the training's: one worker loads it, and all read it there. It belongs to
 * one run alone, because a worker that finds it can't tell whether its own supplier would give the same. What an
 * earlier run has left is replaced, and what belongs to another run under way is refused.
 *
 * <p>Each worker holds a slot of the segment until this is closed, which shows to others that the segment is in use.
 * Batches are copies, read by any thread. The values never change once the segment is published.
 */
final class SharedData implements AutoCloseable {
    /** Which run's data it is: the id of the training's segment in two words, and the run's. */
    private static final ArraySpec RUN =
            ArraySpec.of("run", ElementType.INT64, 3).inMode(Mode.HOGWILD);

    private static final String FEATURES = "features";
    private static final String LABELS = "labels";
    private static final String FEATURES_MASK = "features-mask";
    private static final String LABELS_MASK = "labels-mask";

    /** Workers of this process that have had the data of their run. */
    private static final Set<Taker> TAKERS = ConcurrentHashMap.newKeySet();

    private final Nd4jArrays arrays;
    private final Set<String> names;

    private SharedData(final Nd4jArrays arrays) {
        this.arrays = arrays;
        this.names =
                Set.copyOf(arrays.arrays().specs().stream().map(ArraySpec::name).toList());
    }

    /** A worker of a run: a process that is started again has a memory of its own. */
    private record Taker(UUID training, long runId, int rank) {}

    /**
     * Attaches to the data of this worker's run, or loads it: of several workers exactly one does, and the others wait.
     *
     * @param training of this worker
     * @param loading called only in the worker that creates the segment
     */
    static SharedData createOrAttach(
            final TrainingSegment training, final Supplier<? extends org.nd4j.linalg.dataset.api.DataSet> loading) {
        final ShmArrays arrays = training.arrays().arrays();
        final Worker worker = training.worker();
        final String name = Names.ofData(arrays.name());
        final Taker taker = new Taker(arrays.uid(), worker.runId(), worker.rank());
        if (TAKERS.contains(taker)) {
            throw new IllegalStateException("this worker has had the shared data of its run already, and would get the"
                    + " same again: segment=" + name + ", rank=" + taker.rank()
                    + "; use shuffled(seed) or atEpoch(n) of"
                    + " the batches that you have, and IndexedBatches.ofArrays for other data");
        }
        final SharedData data =
                new SharedData(Nd4jArrays.of(createOrAttach(name, taker, new Loaded(loading), training)));
        TAKERS.add(taker);
        return data;
    }

    private static ShmArrays createOrAttach(
            final String name, final Taker taker, final Loaded loaded, final TrainingSegment training) {
        final long[] run = {
            taker.training().getMostSignificantBits(), taker.training().getLeastSignificantBits(), taker.runId()
        };
        try {
            return ShmArrays.createOrAttach(
                    name,
                    found -> Arrays.equals(runOf(found), run),
                    loaded::specs,
                    created -> {
                        training.creation().accept(created.uid());
                        created.write(Map.of(RUN.name(), run));
                        Nd4jArrays.of(created).write(loaded.arrays());
                    },
                    training.settings());
        } catch (final SegmentExistsException e) {
            throw new IllegalStateException(
                    "another run shares data in the segment, and its workers are alive: segment=" + name
                            + "; wait until they have ended, or train in a segment of another name",
                    e);
        }
    }

    /** A user may have a segment of this name, which must stay. */
    private static long[] runOf(final ShmArrays found) {
        final List<String> names = found.specs().stream().map(ArraySpec::name).toList();
        if (!names.contains(RUN.name()) || !names.contains(FEATURES)) {
            throw new IllegalStateException("the segment for the shared data has other content: segment=" + found.name()
                    + ", arrays=" + Names.printable(names.toString())
                    + "; train in a segment of another name, or remove this one with `bin/shmarrays rm " + found.name()
                    + "`");
        }
        found.checkSpecs(List.of(RUN));
        final long[] run = new long[RUN.elementCount()];
        found.array(RUN.name()).readInto(run);
        return run;
    }

    /** The data set of the worker that loads it, as arrays by name. */
    private static final class Loaded {
        private final Supplier<? extends org.nd4j.linalg.dataset.api.DataSet> loading;
        private final Map<String, INDArray> arrays = new LinkedHashMap<>();

        Loaded(final Supplier<? extends org.nd4j.linalg.dataset.api.DataSet> loading) {
            this.loading = loading;
        }

        /** Loads the data set. */
        List<ArraySpec> specs() {
            final org.nd4j.linalg.dataset.api.DataSet data = loading.get();
            if (data == null || data.getFeatures() == null) {
                throw new IllegalArgumentException("the supplier of the shared data gave no features: data=" + data);
            }
            put(FEATURES, data.getFeatures());
            put(LABELS, data.getLabels());
            put(FEATURES_MASK, data.getFeaturesMaskArray());
            put(LABELS_MASK, data.getLabelsMaskArray());
            final List<ArraySpec> specs = new ArrayList<>(List.of(RUN));
            Nd4jArrays.specs(arrays)
                    .forEach(spec -> specs.add(spec.inOrder(ArrayOrder.C).inMode(Mode.HOGWILD)));
            return specs;
        }

        private void put(final String name, final INDArray values) {
            if (values == null) {
                return;
            }
            final long samples = arrays.getOrDefault(FEATURES, values).size(0);
            if (values.size(0) != samples) {
                throw new IllegalArgumentException("each sample has features and " + name + ": features=" + samples
                        + ", " + name + "=" + values.size(0));
            }
            arrays.put(name, values);
        }

        Map<String, INDArray> arrays() {
            return arrays;
        }
    }

    IndexedBatches batches(final int batchSize) {
        return IndexedBatches.ofSamples(arrays.arrays().array(FEATURES).shape()[0], batchSize, this::ofSamples);
    }

    /** Batches may be read by the program and by a thread that reads ahead; a handle is for one of them at a time. */
    private synchronized DataSet ofSamples(final int[] samples) {
        return new DataSet(
                rows(FEATURES, samples),
                rows(LABELS, samples),
                rows(FEATURES_MASK, samples),
                rows(LABELS_MASK, samples));
    }

    /** A copy, or null if the data has no such array. */
    private INDArray rows(final String name, final int[] samples) {
        return names.contains(name) ? arrays.gather(name, samples).castTo(arrays.dataType(name)) : null;
    }

    /** Gives the slot back; the segment stays. Twice is harmless. */
    @Override
    public void close() {
        arrays.close();
    }
}
