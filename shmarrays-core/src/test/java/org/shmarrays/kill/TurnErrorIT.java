package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.Turn;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.StepError;
import org.shmarrays.worker.Worker;

/**
 * An Error is thrown at each numbered step of a turn that is held over several calls, once, twice, or at every further
 * step. Each time the turn comes to the other worker, and the thrower takes its next one, unless its slot had to be
 * abandoned.
 */
@Timeout(600)
@Tag("shared")
class TurnErrorIT {
    private static final EnumSet<Step> STEPS = EnumSet.of(Step.B6, Step.B7, Step.G1, Step.G2, Step.G4);

    static {
        STEPS.addAll(EnumSet.range(Step.L1, Step.L21));
        STEPS.addAll(EnumSet.range(Step.U1, Step.U15));
    }

    @TempDir
    private Path directory;

    @Test
    void shouldPassTheTurnOnAfterAnErrorAtEachStep() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + StepError.class.getName());
        try (Jvm jvm = Jvm.start(flags, 0, 1, Program.class, directory)) {
            assertThat(jvm.awaitExit()).as("%s", jvm.output()).isZero();
            final String[] counts = jvm.output()
                    .replaceAll("(?s).*errors=(\\d+) abandoned=(\\d+).*", "$1 $2")
                    .split(" ");
            assertThat(Integer.parseInt(counts[0])).isGreaterThan(60);
            assertThat(Integer.parseInt(counts[1])).isGreaterThan(15);
        }
    }

    /** Goes through all steps in one JVM. */
    static final class Program {
        private static final int ELEMENTS = 700; // three chunks
        private static final int LATER = 3;
        private static final String NAME = "turns";

        private final Settings settings = Settings.fromProperties().withSlots(3).withPartitionBytes(1024);
        private int errors;
        private int abandoned;

        public static void main(final String... arguments) {
            final Program program = new Program();
            for (final Step step : STEPS) {
                if (program.tryAt(KillSpot.at(step), 0)) {
                    program.tryAt(KillSpot.at(step), 1);
                    program.tryAt(KillSpot.at(step), StepError.ALL);
                    program.tryAt(new KillSpot(step, LATER), 0);
                }
            }
            System.out.println("errors=" + program.errors + " abandoned=" + program.abandoned);
            System.exit(0);
        }

        private static void step(final ShmArrays arrays) {
            final Turn turn = arrays.takeTurn();
            try {
                final ChunkPush push = arrays.array("w").chunkPush();
                final FloatBuffer values = (FloatBuffer) push.typedView();
                push.run((chunk, first, count) -> {
                    for (int i = first; i < first + count; i++) {
                        values.put(i, values.get(i) + 1);
                    }
                });
            } finally {
                turn.close();
            }
        }

        /** False if the step is not come to. */
        private boolean tryAt(final KillSpot spot, final int further) {
            final String what = spot + " and " + further + " after";
            final List<ArraySpec> specs =
                    List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(Mode.ORDERED));
            try (ShmArrays base = ShmArrays.create(NAME, specs, settings);
                    ShmArrays second = base.newHandle(Worker.of(1, 2))) {
                final ShmArrays first = base.newHandle(Worker.of(0, 2));
                final CompletableFuture<Void> other = Background.run(() -> step(second));
                StepError.arm(spot, further);
                boolean thrown = false;
                try {
                    step(first);
                } catch (final StepError.Thrown | IllegalStateException e) {
                    thrown = true; // the latter where the Error came first, and the handle is broken
                } finally {
                    thrown &= StepError.disarm();
                }
                other.join();
                if (thrown) {
                    errors++;
                    check(what, base, first, second);
                }
                first.close();
                return thrown;
            } finally {
                ShmArrays.remove(NAME, settings);
            }
        }

        private void check(final String what, final ShmArrays base, final ShmArrays first, final ShmArrays second) {
            assertWhole(what, base, 1, 2);
            Doors.PARTITIONS.of(base).whilePaused(() -> {});
            int more = 1;
            final CompletableFuture<Void> other = Background.run(() -> step(second));
            try {
                step(first);
                more++;
            } catch (final IllegalStateException e) {
                abandoned++;
                assertThat(e).as(what).hasMessageContaining("the handle is broken");
            }
            other.join();
            assertWhole(what, base, 1 + more, 2 + more);
        }

        /** Each chunk has the push of the Error or not. */
        private static void assertWhole(
                final String what, final ShmArrays arrays, final float without, final float with) {
            final float[] values = arrays.read().get("w");
            final ChunkPush chunks = arrays.array("w").chunkPush();
            for (int chunk = 0; chunk < chunks.chunkCount(); chunk++) {
                final int first = chunks.first(chunk);
                final float[] ofChunk = Arrays.copyOfRange(values, first, first + chunks.elementCount(chunk));
                assertThat(ofChunk).as(what).containsOnly(ofChunk[0]);
                assertThat(ofChunk[0]).as(what).isIn(without, with);
            }
        }
    }
}
