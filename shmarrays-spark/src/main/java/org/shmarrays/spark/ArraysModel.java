package org.shmarrays.spark;

import java.util.List;
import java.util.Set;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;

/**
 * Plain arrays, trained by a step of the user's.
 *
 * @param <T> type of the batches
 */
final class ArraysModel<T> implements HostModel<T> {
    private static final long serialVersionUID = 1L;

    private final ArraySpec[] specs;
    private final ArraysInitializer initializer;
    private final HostStep<T> step;
    private final ChunkTable table;

    ArraysModel(
            final List<ArraySpec> specs,
            final Set<String> sparse,
            final ArraysInitializer initializer,
            final HostStep<T> step) {
        this.specs = specs.toArray(new ArraySpec[0]);
        this.initializer = initializer;
        this.step = step;
        this.table = new ChunkTable(specs, sparse);
        for (final ArraySpec spec : specs) {
            if (spec.mode().takesTurns()) {
                throw new IllegalArgumentException("arrays of many hosts can't be ORDERED, which orders the pushes of"
                        + " one host: name=" + spec.name() + "; use HOGWILD, ATOMIC or LOCKED");
            }
        }
    }

    @Override
    public ChunkTable table() {
        return table;
    }

    @Override
    public Object[] initialValues(final Settings settings) {
        final String name = ShmArrays.uniqueName();
        try (ShmArrays fresh = ShmArrays.create(name, List.of(specs), initializer, settings)) {
            final Object[] values = table.newCarriers();
            for (int array = 0; array < values.length; array++) {
                fresh.array(table.name(array)).readInto(values[array]);
            }
            return values;
        } finally {
            ShmArrays.remove(name, settings);
        }
    }

    @Override
    public Object ofValues(final Object[] values) {
        return table.named(values);
    }

    @Override
    public Trainer<T> open(final String name, final Worker worker, final Settings settings) {
        final ShmArrays arrays = ShmArrays.createOrAttach(worker, name, List.of(specs), initializer, settings);
        return new Trainer<>() {
            @Override
            public void step(final T batch) throws Exception {
                final long clock = worker.clock();
                step.step(arrays, batch, worker);
                if (worker.clock() == clock) {
                    worker.countStep(1, Double.NaN);
                }
            }

            @Override
            public void close() {
                arrays.close();
            }
        };
    }

    @Override
    public HostModel<T> withoutSpark() {
        return this;
    }
}
