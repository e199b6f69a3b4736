package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.ArrayValues;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.StepError;
import org.shmarrays.update.Updates;

/**
 * An Error is thrown at each numbered step of what a live worker does: once; in a change twice, so that the rollback is
 * cut off too; and at every further step, so that nothing can be given back and the slot is abandoned. Each time others
 * go on, with the push wholly or not at all.
 */
@Timeout(600)
@Tag("shared")
class StepErrorIT {
    @TempDir
    private Path directory;

    @Test
    void shouldGoOnAfterAnErrorAtEachStep() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + StepError.class.getName());
        final int errors;
        final int abandoned;
        try (Jvm jvm = Jvm.start(flags, 0, 1, Program.class, directory, directory.toString())) {
            for (final Deed deed : Deed.values()) {
                jvm.awaitLine("end of " + deed); // each has the time that a test waits at most
            }
            final String[] counts = jvm.awaitSuccess()
                    .replaceAll("(?s).*errors=(\\d+) abandoned=(\\d+).*", "$1 $2")
                    .split(" ");
            errors = Integer.parseInt(counts[0]);
            abandoned = Integer.parseInt(counts[1]);
        }
        Figures.of(StepErrorIT.class).put("errorsAtSteps", errors);
        assertThat(errors).isGreaterThan(300);
        assertThat(abandoned).isGreaterThan(100);
    }

    /** What a worker does. */
    enum Deed {
        PUSH((arrays, file) -> arrays.update(Map.of("w", Scene.gradient(1)), Updates.adam(Scene.LEARNING_RATE))),
        FUNCTION((arrays, file) ->
                arrays.updateElementwise(Map.of("w", Scene.gradient(1)), (g, gOffset, w, wOffset, n) -> {
                    for (int i = 0; i < n; i++) {
                        w[wOffset + i] += g[gOffset + i];
                    }
                })),
        WHOLE(STEPS_OF_A_CHANGE, (arrays, file) -> arrays.update(Map.of("w", Scene.gradient(1)), (g, old) -> g)),
        CHUNKS(STEPS_OF_A_CHANGE, (arrays, file) -> ChunkChange.of(arrays).push(1)),
        GROUP(STEPS_OF_A_CHANGE, (arrays, file) -> changeAsGroup(arrays)),
        ROWS((arrays, file) -> arrays.scatterUpdate(
                "w", ROWS_PUSHED, new float[ROWS_PUSHED.length], Updates.adam(Scene.LEARNING_RATE))),
        PIECES(EnumSet.range(Step.L1, Step.L21), (arrays, file) -> readWhileChanged(arrays)),
        PAUSE((arrays, file) -> Checkpoint.write(arrays, file, Checkpoint.Consistency.WHOLE_SEGMENT)),
        CLAIM((arrays, file) -> arrays.newHandle().close());

        private final EnumSet<Step> steps;
        private final BiConsumer<ShmArrays, Path> code;

        Deed(final BiConsumer<ShmArrays, Path> code) {
            this(STEPS, code);
        }

        Deed(final EnumSet<Step> steps, final BiConsumer<ShmArrays, Path> code) {
            this.steps = steps;
            this.code = code;
        }
    }

    /**
     * Reads a partition that another thread changes, so under its lock: for which it waits. The other one changes
     * nothing in the end.
     */
    private static void readWhileChanged(final ShmArrays arrays) {
        final CountDownLatch changing = new CountDownLatch(1);
        final AtomicBoolean over = new AtomicBoolean();
        final CompletableFuture<Void> other = Background.run(() -> {
            try (ShmArrays changer = arrays.newHandle()) {
                final float[] zeros = new float[Scene.ELEMENTS];
                changer.updateElementwise(Map.of("w", zeros), (g, gOffset, w, wOffset, n) -> {
                    changing.countDown();
                    Await.until("a read under the lock", () -> over.get() || isWaiting(arrays));
                });
            }
        });
        try {
            Await.until("a change", () -> changing.getCount() == 0 || other.isDone());
            Doors.PIECES.of(arrays).read("w", (bytes, length) -> {});
        } finally {
            over.set(true);
            other.join();
        }
    }

    private static void changeAsGroup(final ShmArrays arrays) {
        arrays.array("w").chunkPush().withGroup(0, 1, ChunkChange.of(arrays)).run((chunk, first, count) -> {});
    }

    private static boolean isWaiting(final ShmArrays arrays) {
        final Segment segment = Doors.SEGMENT.of(arrays);
        return segment.slots().waitsForAcquire(arrays.slotId()) >= 0;
    }

    /** Each step is tried the first time that it comes, and a later time. */
    private static final int LATER = 4;

    private static final int[] ROWS_PUSHED = {3, 77, 78, 4_000, 5_999};

    /** Steps of the owner of a slot; {@link LifecycleErrorIT} has the others. */
    private static final EnumSet<Step> STEPS = EnumSet.range(Step.S1, Step.S9);

    /** Those between the beginning of a change and the end of its lock. */
    private static final EnumSet<Step> STEPS_OF_A_CHANGE = EnumSet.range(Step.U1, Step.U15);

    static {
        STEPS.addAll(EnumSet.range(Step.L1, Step.L21));
        STEPS.addAll(EnumSet.range(Step.U1, Step.U15));
        STEPS.addAll(EnumSet.range(Step.G1, Step.G4));
        STEPS.addAll(EnumSet.range(Step.P1, Step.P5));
        STEPS_OF_A_CHANGE.addAll(EnumSet.range(Step.L19, Step.L21));
    }

    /** Goes through all steps of all deeds in one JVM. */
    static final class Program {
        private final Path file;
        private final Deed deed;
        private int errors;
        private int abandoned;

        private Program(final Path file, final Deed deed) {
            this.file = file;
            this.deed = deed;
        }

        public static void main(final String... arguments) {
            int errors = 0;
            int abandoned = 0;
            for (final Deed deed : Deed.values()) {
                final Program program = new Program(Path.of(arguments[0]).resolve("c.npz"), deed);
                program.tryAll();
                System.out.println("end of " + deed);
                errors += program.errors;
                abandoned += program.abandoned;
            }
            System.out.println("errors=" + errors + " abandoned=" + abandoned);
            System.exit(0);
        }

        private void tryAll() {
            for (final Step step : deed.steps) {
                int time = 1;
                while (time <= LATER && tryAt(new KillSpot(step, time), 0)) {
                    if (time == 1 && STEPS_OF_A_CHANGE.contains(step)) {
                        tryAt(new KillSpot(step, time), 1);
                    }
                    tryAt(new KillSpot(step, time), Integer.MAX_VALUE);
                    time += LATER - 1;
                }
            }
        }

        /** False if the deed does not come there. */
        private boolean tryAt(final KillSpot spot, final int further) {
            final String what = deed + " at " + spot + " and " + further + " after";
            try (ShmArrays other = Scene.create(Scene.settings(null))) {
                final ShmArrays arrays = other.newHandle();
                final float[][] before = ArrayValues.withTwoStateArrays(other, "w", Scene.ELEMENTS);
                StepError.arm(spot, further);
                boolean thrown = false;
                try {
                    deed.code.accept(arrays, file);
                } catch (final StepError.Thrown e) {
                    thrown = true;
                } finally {
                    thrown |= StepError.disarm();
                }
                if (thrown) {
                    errors++;
                    check(what, arrays, other, before);
                }
                arrays.close();
                return thrown;
            } finally {
                ShmArrays.remove(Scene.NAME, Scene.settings(null));
            }
        }

        private void check(final String what, final ShmArrays arrays, final ShmArrays other, final float[][] before) {
            final float[] zeros = new float[Scene.ELEMENTS];
            other.update(Map.of("w", zeros), Updates.add()); // gets the lock, and repairs what was abandoned
            final float[][] after = ArrayValues.withTwoStateArrays(other, "w", Scene.ELEMENTS);
            final float[][] with = withDeed();
            assertThat(Arrays.deepEquals(after, before) || Arrays.deepEquals(after, with))
                    .as("%s: wholly or not at all", what)
                    .isTrue();
            Doors.PARTITIONS.of(other).whilePaused(() -> {});
            try {
                arrays.update(Map.of("w", zeros), Updates.add());
            } catch (final IllegalStateException e) {
                abandoned++;
                assertThat(e)
                        .as(what)
                        .hasMessageContaining("the handle is broken")
                        .hasMessageContaining("at ");
                assertThat(e.getCause()).as(what).isInstanceOf(StepError.Thrown.class);
            }
            try (ShmArrays third = other.newHandle()) {
                third.update(Map.of("w", zeros), Updates.add());
            }
        }

        /** What the array holds after the deed, where nothing is thrown; null until it is worked out. */
        private float[][] withDeed;

        private float[][] withDeed() {
            if (withDeed == null) {
                final Settings settings = Scene.settings(null).withDirectory(file.resolveSibling("reference"));
                try (ShmArrays undisturbed = Scene.create(settings)) {
                    deed.code.accept(undisturbed, file);
                    withDeed = ArrayValues.withTwoStateArrays(undisturbed, "w", Scene.ELEMENTS);
                } finally {
                    ShmArrays.remove(Scene.NAME, settings);
                }
            }
            return withDeed;
        }
    }
}
