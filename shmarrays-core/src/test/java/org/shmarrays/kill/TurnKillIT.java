package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.Turn;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.KilledPush;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.worker.Worker;

/**
 * A worker is killed while it holds its turn over several calls: before it pushes, in the middle, behind its pushes.
 * Each chunk has its push wholly or not at all, and the turn comes to the next worker, and to the rank that is started
 * again.
 */
class TurnKillIT {
    private static final String NAME = "turns";
    private static final long RUN = 7;
    private static final int ELEMENTS = 700;
    private static final int CHUNKS = 3;

    @TempDir
    private Path directory;

    private static Settings settings() {
        return Settings.fromProperties().withSlots(4).withPartitionBytes(1024);
    }

    /**
     * A step: in a turn 1 is added to all values and state of {@code w}, a step is counted, then 1 is added to {@code
     * v}. It comes to U11 where the turn is held and nothing is pushed, in the middle of each chunk, when the step is
     * counted, and between the pushes; and the push itself comes to it before each chunk.
     */
    private static final class Stepper {
        private final ShmArrays arrays;
        private final Worker worker;
        private final ChunkPush w;
        private final ChunkPush v;
        private final FloatBuffer valuesOfW;
        private final FloatBuffer stateOfW;
        private final FloatBuffer valuesOfV;

        Stepper(final ShmArrays arrays, final Worker worker) {
            this.arrays = arrays;
            this.worker = worker;
            this.w = arrays.array("w").chunkPush();
            this.v = arrays.array("v").chunkPush();
            this.valuesOfW = (FloatBuffer) w.typedView();
            this.stateOfW = (FloatBuffer) w.typedStateView(0);
            this.valuesOfV = (FloatBuffer) v.typedView();
        }

        @SuppressWarnings("try") // the turn is only held
        void step() {
            try (Turn turn = arrays.takeTurn()) {
                Step.U11.reached();
                w.run(new ChunkFunction() {
                    @Override
                    public void update(final int chunk, final int first, final int count) {
                        add(valuesOfW, first, count);
                        add(stateOfW, first, count);
                    }

                    @Override
                    public void pushed() {
                        worker.countStep(1, 0);
                        Step.U11.reached();
                    }
                });
                Step.U11.reached();
                v.run((chunk, first, count) -> add(valuesOfV, first, count));
            }
        }

        private static void add(final FloatBuffer values, final int first, final int count) {
            for (int i = first; i < first + count; i++) {
                if (i == first + count / 2) {
                    Step.U11.reached();
                }
                values.put(i, values.get(i) + 1);
            }
        }
    }

    /** The process that is killed: rank 1, in its first turn. */
    static final class Victim {
        public static void main(final String... arguments) {
            final Worker worker = Worker.of(1, 2, RUN);
            new Stepper(ShmArrays.attach(worker, NAME, settings()), worker).step();
        }
    }

    /**
     * Where the victim dies, how many chunks of {@code w} and of {@code v} have its push then, and how many steps it
     * has counted.
     */
    static Stream<Arguments> spots() {
        return Stream.of(
                Arguments.of(KillSpot.at(Step.B6), 0, 0, 0),
                Arguments.of(KillSpot.at(Step.U11), 0, 0, 0), // the turn is held
                Arguments.of(KillSpot.at(Step.G1), 0, 0, 0),
                Arguments.of(KillSpot.at(Step.L19), 0, 0, 0),
                Arguments.of(new KillSpot(Step.U11, 3), 0, 0, 0), // in the middle of a chunk's values
                Arguments.of(new KillSpot(Step.U12, 2), 1, 0, 0),
                Arguments.of(new KillSpot(Step.U14, 2), 2, 0, 0),
                Arguments.of(new KillSpot(Step.L21, 3), 3, 0, 0),
                Arguments.of(new KillSpot(Step.U11, 11), 3, 0, 1), // the step is counted
                Arguments.of(KillSpot.at(Step.G4), 3, 0, 1),
                Arguments.of(new KillSpot(Step.U11, 12), 3, 0, 1), // between the pushes
                Arguments.of(new KillSpot(Step.U11, 14), 3, 0, 1), // in the middle of v
                Arguments.of(new KillSpot(Step.G4, 2), 3, 1, 1), // behind the pushes
                Arguments.of(new KillSpot(Step.G1, 3), 3, 1, 1), // the turn is being closed
                Arguments.of(new KillSpot(Step.G4, 3), 3, 1, 1), // with the copy made
                Arguments.of(KillSpot.at(Step.B7), 3, 1, 1));
    }

    @ParameterizedTest
    @MethodSource("spots")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldPassOnTheTurnOfAKilledWorker(final KillSpot spot, final int ofW, final int ofV, final int steps)
            throws Exception {
        final Path segments = directory.resolve("segments");
        final Settings settings = settings().withDirectory(segments);
        try (ShmArrays base = ShmArrays.create(
                NAME,
                List.of(
                        ArraySpec.of("w", FLOAT32, ELEMENTS)
                                .inMode(Mode.ORDERED)
                                .withState(1),
                        ArraySpec.of("v", FLOAT32, 2).inMode(Mode.ORDERED)),
                settings)) {
            final Worker zero = Worker.of(0, 2, RUN);
            try (ShmArrays first = base.newHandle(zero)) {
                final Stepper stepper = new Stepper(first, zero);
                final CompletableFuture<Void> other = Background.run(() -> {
                    stepper.step();
                    stepper.step();
                });

                KilledPush.run(segments, spot, Victim.class);

                other.get(60, TimeUnit.SECONDS);
                assertThat(first.array("w").chunkPush().chunkCount()).isEqualTo(CHUNKS);
                assertThat(wholeChunks(first))
                        .as("chunks of w with the victim's push")
                        .isEqualTo(ofW);
                assertThat(first.read().get("v")).containsOnly(2 + ofV);

                final Worker again = Worker.ofRunUnderWay(1, 2, RUN);
                try (ShmArrays second = base.newHandle(again)) {
                    assertThat(again.clock()).isEqualTo(steps);
                    final CompletableFuture<Void> zeroGoesOn = Background.run(() -> {
                        stepper.step();
                        zero.barrier();
                    });
                    new Stepper(second, again).step();
                    again.barrier();
                    zeroGoesOn.get(60, TimeUnit.SECONDS);
                    assertThat(second.read().get("v")).containsOnly(4 + ofV);
                }
            }
            Doors.PARTITIONS.of(base).whilePaused(() -> {});
            assertThat(base.read().get("v")).containsOnly(4 + ofV);
        }
    }

    /** Chunks that have been pushed to three times; all others have been twice, and none in part. */
    private static int wholeChunks(final ShmArrays arrays) {
        final float[] values = arrays.read().get("w");
        final float[] state = new float[ELEMENTS];
        arrays.array("w").readStateInto(0, state);
        assertThat(state).isEqualTo(values);
        final ChunkPush chunks = arrays.array("w").chunkPush();
        int pushed = 0;
        for (int chunk = 0; chunk < chunks.chunkCount(); chunk++) {
            final int first = chunks.first(chunk);
            final float[] ofChunk = Arrays.copyOfRange(values, first, first + chunks.elementCount(chunk));
            assertThat(ofChunk).containsOnly(ofChunk[0]);
            assertThat(ofChunk[0]).isIn(2f, 3f);
            pushed += ofChunk[0] == 3 ? 1 : 0;
        }
        return pushed;
    }
}
