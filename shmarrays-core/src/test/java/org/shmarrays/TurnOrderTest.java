package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Background;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.worker.Worker;

/**
 * Workers that hold their turn for a whole step make the steps of one loop over the same batches, to the last bit: the
 * update depends on what was read, so any other order, or an older value, would show.
 */
@Timeout(120)
class TurnOrderTest {
    private static final int ELEMENTS = 700; // three partitions
    private static final int BATCHES = 60;

    private SmallPartitions segments;
    private ShmArrays base;

    @BeforeEach
    void create(@TempDir final Path directory) {
        segments = new SmallPartitions(directory);
        base = ShmArrays.create(
                "s",
                List.of(
                        ArraySpec.of("w", FLOAT32, ELEMENTS)
                                .inMode(Mode.ORDERED)
                                .withState(1),
                        ArraySpec.of("v", FLOAT64, 2).inMode(Mode.ORDERED)),
                segments.settings().withSlots(6).withWorkerTimeout(Duration.ofSeconds(30)));
    }

    @AfterEach
    void remove() {
        base.close();
        segments.remove();
    }

    /** The model: w with a momentum, and v, which sums up what w has been. */
    private static final class Model {
        private final float[] w = new float[ELEMENTS];
        private final float[] m = new float[ELEMENTS];
        private final double[] v = new double[2];

        void step(final int batch) {
            final float[] gradient = gradient(w, v, batch);
            for (int i = 0; i < ELEMENTS; i++) {
                m[i] = momentum(m[i], gradient[i]);
                w[i] -= m[i];
            }
            v[batch % 2] = 0.5 * v[batch % 2] + w[batch];
        }
    }

    private static float[] gradient(final float[] w, final double[] v, final int batch) {
        final float[] gradient = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            gradient[i] = 0.1f * w[i] * w[(i + batch) % ELEMENTS] + (float) Math.sin(i * batch + v[0] - v[1]);
        }
        return gradient;
    }

    private static float momentum(final float m, final float gradient) {
        return 0.9f * m + 0.01f * gradient;
    }

    /** Makes a step as {@link Model#step} does, in a turn. */
    private static final class Trainer {
        private final ShmArrays arrays;
        private final Worker worker;
        private final ChunkPush pushW;
        private final ChunkPush pushV;
        private final FloatBuffer sharedW;
        private final FloatBuffer sharedM;
        private final DoubleBuffer sharedV;
        private final float[] w = new float[ELEMENTS];
        private final double[] v = new double[2];

        Trainer(final ShmArrays arrays, final Worker worker) {
            this.arrays = arrays;
            this.worker = worker;
            this.pushW = arrays.array("w").chunkPush();
            this.pushV = arrays.array("v").chunkPush();
            this.sharedW = (FloatBuffer) pushW.typedView();
            this.sharedM = (FloatBuffer) pushW.typedStateView(0);
            this.sharedV = (DoubleBuffer) pushV.typedView();
        }

        @SuppressWarnings("try") // the turn is only held
        void step(final int batch) {
            try (Turn turn = arrays.takeTurn()) {
                arrays.array("w").readInto(w);
                arrays.array("v").readInto(v);
                final float[] gradient = gradient(w, v, batch);
                pushW.run((chunk, first, count) -> {
                    for (int i = first; i < first + count; i++) {
                        sharedM.put(i, momentum(sharedM.get(i), gradient[i]));
                        sharedW.put(i, sharedW.get(i) - sharedM.get(i));
                    }
                });
                arrays.array("w").readInto(w);
                pushV.run(new ChunkFunction() {
                    @Override
                    public void update(final int chunk, final int first, final int count) {
                        final int i = batch % 2;
                        sharedV.put(i, 0.5 * sharedV.get(i) + w[batch]);
                    }

                    @Override
                    public void pushed() {
                        worker.countStep(1, 0);
                    }
                });
            }
        }
    }

    private void assertEquals(final Model expected, final ShmArrays arrays) {
        final float[] w = new float[ELEMENTS];
        final float[] m = new float[ELEMENTS];
        final double[] v = new double[2];
        arrays.array("w").readInto(w);
        arrays.array("w").readStateInto(0, m);
        arrays.array("v").readInto(v);
        assertThat(w).isEqualTo(expected.w);
        assertThat(m).isEqualTo(expected.m);
        assertThat(v).isEqualTo(expected.v);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldMakeTheStepsOfOneLoop(final int workers) throws Exception {
        final Model expected = new Model();
        for (int batch = 0; batch < BATCHES; batch++) {
            expected.step(batch);
        }

        train(workers, BATCHES);

        assertEquals(expected, base);
        assertThat(base.runControl().globalStep()).isEqualTo(BATCHES);
    }

    /** The worker that has fewer batches waits in the barrier at the end, and its turns are passed on. */
    @Test
    void shouldMakeTheStepsOfOneLoopWithBatchesLeftOver() throws Exception {
        final int batches = 20; // 7, 7 and 6
        final Model expected = new Model();
        for (int batch = 0; batch < batches; batch++) {
            expected.step(batch);
        }

        train(3, batches);

        assertEquals(expected, base);
    }

    private void train(final int workers, final int batches) throws Exception {
        final List<CompletableFuture<Void>> runs = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            final Worker worker = Worker.of(rank, workers);
            runs.add(Background.run(() -> {
                try (ShmArrays arrays = base.newHandle(worker)) {
                    final Trainer trainer = new Trainer(arrays, worker);
                    for (int batch = worker.rank(); batch < batches; batch += workers) {
                        trainer.step(batch);
                    }
                    worker.barrier();
                }
            }));
        }
        for (final CompletableFuture<Void> run : runs) {
            run.get(60, TimeUnit.SECONDS);
        }
    }
}
