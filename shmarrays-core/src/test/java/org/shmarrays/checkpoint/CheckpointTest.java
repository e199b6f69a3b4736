package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint.Consistency;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.PartitionOverwrite;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Rounding;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** A checkpoint keeps all that a run needs to go on. */
class CheckpointTest {
    private CheckpointPlace place;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        place = new CheckpointPlace(directory);
    }

    @ParameterizedTest
    @EnumSource(Consistency.class)
    void shouldRestoreAllKindsOfArrays(final Consistency consistency) {
        try (ShmArrays arrays = ShmArrays.create("all", AllKinds.specs(), place.settings())) {
            arrays.write(AllKinds.values(3));
            arrays.update(Map.of("dense/W", new float[6000]), Updates.adam(0.1));
            arrays.update(Map.of("half", filled(9, 1)), Updates.momentum(0.5, 0.5));
            arrays.runControl().learningRate(1e-4);
            arrays.runControl().stop();

            Checkpoint.write(arrays, place.file(), consistency);

            for (final int partitionBytes : new int[] {0, 64, 4096, 256 * 1024}) {
                final Settings other =
                        place.settings().withPartitionBytes(partitionBytes).withSlots(2);
                try (ShmArrays restored = Checkpoint.restore(place.file(), "new" + partitionBytes, other)) {
                    assertThat(restored.specs()).isEqualTo(AllKinds.specs());
                    AllKinds.assertSameValues(restored, arrays);
                    assertThat(restored.array("0_W").shape()).containsExactly(10, 30);
                    assertThat(restored.runControl().learningRate()).isEqualTo(1e-4);
                    // It is to go on.
                    assertThat(restored.runControl().isStopped()).isFalse();
                }
            }
            assertThat(Checkpoint.describe(place.file()).segment()).isEqualTo("all");
            assertThat(Checkpoint.describe(place.file()).consistency()).isEqualTo(consistency);
        }
    }

    private static float[] filled(final int length, final float value) {
        final float[] array = new float[length];
        Arrays.fill(array, value);
        return array;
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 1024, 64 * 1024})
    void shouldGoOnWithAdamAsIfUninterrupted(final int partitionBytes) {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("w", FLOAT32, 40, 25).withState(2),
                ArraySpec.of("b", FLOAT32, 25).withState(2));
        final Random random = new Random(4711);
        try (ShmArrays arrays = ShmArrays.create("adam", specs, place.settings().withPartitionBytes(1000))) {
            train(arrays, random, 7);
            Checkpoint.write(arrays, place.file());
            try (ShmArrays restored =
                    Checkpoint.restore(place.file(), "on", place.settings().withPartitionBytes(partitionBytes))) {
                final long seed = random.nextLong();
                train(arrays, new Random(seed), 5);
                train(restored, new Random(seed), 5);

                AllKinds.assertSameValues(restored, arrays);
            }
        }
    }

    private static void train(final ShmArrays arrays, final Random random, final int steps) {
        for (int step = 0; step < steps; step++) {
            final float[] w = new float[1000];
            final float[] b = new float[25];
            for (int i = 0; i < w.length; i++) {
                w[i] = random.nextFloat() - 0.5f;
                b[i % 25] = w[i];
            }
            arrays.update(Map.of("w", w, "b", b), Updates.adam(0.01));
        }
    }

    @Test
    void shouldGoOnCountingStepsAndSamples() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays arrays = ShmArrays.createOrAttach(worker, "run", List.of(spec), a -> {}, place.settings())) {
            worker.countStep(32, 0.5);
            worker.countStep(32, 0.25);
            Checkpoint.write(arrays, place.file());
            worker.countStep(32, 0.25);

            try (ShmArrays restored = Checkpoint.restore(place.file(), "copy", place.settings())) {
                assertThat(restored.runControl().globalStep()).isEqualTo(2);
                assertThat(restored.runControl().samples()).isEqualTo(64);
                assertThat(restored.runControl().restores()).isEqualTo(1);
                assertThat(restored.runControl().isRestoredWhole()).isFalse();
            }
            assertThat(arrays.runControl().restores()).isZero();
            Checkpoint.restoreInto(arrays, place.file());
            assertThat(arrays.runControl().restores()).isEqualTo(1);
            assertThat(arrays.runControl().globalStep()).isEqualTo(2);
            worker.countStep(10, 0.25);
            assertThat(arrays.runControl().samples()).isEqualTo(74);
            assertThat(Checkpoint.describe(place.file()).samples()).isEqualTo(64);
        }
    }

    @ParameterizedTest
    @EnumSource(Consistency.class)
    void shouldGoOnCountingPasses(final Consistency consistency) {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays arrays = ShmArrays.createOrAttach(
                worker, "run", List.of(spec), a -> a.runControl().startAt(10, 4), place.settings())) {
            endPasses(arrays, 4);
            worker.countStep(32, 0.5);
            Checkpoint.write(arrays, place.file(), consistency);
            endPasses(arrays, 7); // the segment counts on by itself
            worker.countStep(32, 0.5);

            assertThat(Checkpoint.describe(place.file()).epoch()).isEqualTo(5);
            try (ShmArrays restored = Checkpoint.restore(place.file(), "copy", place.settings())) {
                assertGoesOn(restored);
            }
            Checkpoint.restoreInto(arrays, place.file());
            assertGoesOn(arrays);
        }
    }

    /** Three workers share the data. */
    private static void endPasses(final ShmArrays arrays, final int count) {
        for (int pass = 0; pass < count; pass++) {
            arrays.runControl().endPass(3);
        }
    }

    private static void assertGoesOn(final ShmArrays arrays) {
        assertThat(arrays.runControl().globalStep()).isEqualTo(11);
        assertThat(arrays.runControl().epoch()).isEqualTo(5);
        assertThat(arrays.runControl().endedPasses()).isOne();
        endPasses(arrays, 2);
        assertThat(arrays.runControl().epoch()).isEqualTo(6);
        assertThat(arrays.runControl().endedPasses()).isZero();
    }

    @Test
    void shouldGoOnCountingEpochsBySamples() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        final Worker worker = Worker.of(0, 1);
        final Worker other = Worker.of(0, 1);
        try (ShmArrays arrays = ShmArrays.createOrAttach(worker, "run", List.of(spec), a -> {}, place.settings())) {
            worker.countStep(1000, 0.5);
            arrays.runControl().samplesOfEpoch(100); // from the sample 1000 on
            worker.countStep(250, 0.5); // two epochs and a half
            Checkpoint.write(arrays, place.file());
            worker.countStep(900, 0.5);
            arrays.runControl().samplesOfEpoch(7);

            assertThat(Checkpoint.describe(place.file()).epoch()).isEqualTo(2);
            Checkpoint.restore(place.file(), "copy", place.settings()).close();
            try (ShmArrays restored = ShmArrays.attach(other, "copy", place.settings())) {
                assertGoesOnBySamples(restored, other);
            }
            Checkpoint.restoreInto(arrays, place.file());
            assertGoesOnBySamples(arrays, worker);
        }
    }

    private static void assertGoesOnBySamples(final ShmArrays arrays, final Worker worker) {
        assertThat(arrays.runControl().samples()).isEqualTo(1250);
        assertThat(arrays.runControl().samplesOfEpoch()).isEqualTo(100);
        assertThat(arrays.runControl().epoch()).isEqualTo(2);
        worker.countStep(49, 0.5);
        assertThat(arrays.runControl().epoch()).isEqualTo(2);
        worker.countStep(1, 0.5);
        assertThat(arrays.runControl().epoch()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldBeginAtEpoch0WithAnOlderCheckpoint(final int version) throws IOException {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays arrays = ShmArrays.createOrAttach(worker, "run", List.of(spec), a -> {}, place.settings())) {
            worker.countStep(32, 0.5);
            endPasses(arrays, 4);
            Checkpoint.write(arrays, place.file());
            OldCheckpoint.rewrite(place.file(), version);

            assertThat(Checkpoint.describe(place.file()).epoch()).isZero();
            Checkpoint.restoreInto(arrays, place.file());
            assertThat(arrays.runControl().globalStep()).isOne();
            assertThat(arrays.runControl().epoch()).isZero();
            assertThat(arrays.runControl().endedPasses()).isZero();
        }
    }

    @Test
    void shouldRestoreIntoASegmentThatIsThere() {
        try (ShmArrays arrays = ShmArrays.create("all", AllKinds.specs(), place.settings());
                ShmArrays other = arrays.newHandle()) {
            arrays.write(AllKinds.values(3));
            final Map<String, Object> before = arrays.read(Object.class);
            Checkpoint.write(arrays, place.file());
            arrays.write(AllKinds.values(50));

            Checkpoint.restoreInto(arrays, place.file());

            other.read(Object.class)
                    .forEach((name, values) -> assertThat(values).as(name).isEqualTo(before.get(name)));
            other.update(Map.of("dense/W", new float[6000]), Updates.adam(0.1)); // versions and locks are in order
        }
    }

    @Test
    void shouldNotTakeOverWhatIsNoLearningRate() {
        try (ShmArrays arrays = ShmArrays.create("a", List.of(ArraySpec.of("w", FLOAT32, 4)), place.settings())) {
            for (final double bad : new double[] {1e39, 1e-50, -1}) {
                Doors.SEGMENT.of(arrays).runControl().learningRateRelease(bad);
                Checkpoint.write(arrays, place.file());

                Checkpoint.restoreInto(arrays, place.file());

                assertThat(arrays.runControl().learningRate()).isZero();
            }
        }
    }

    @Test
    void shouldMakeADamagedSegmentWholeAgain() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        try (ShmArrays arrays = ShmArrays.create("d", List.of(spec), place.settings())) {
            arrays.write(Map.of("w", new float[] {1, 2, 3, 4}));
            Checkpoint.write(arrays, place.file());
            PartitionOverwrite.begin(Doors.SEGMENT.of(arrays), 0);
            assertThatThrownBy(arrays::read).isInstanceOf(DamagedPartitionException.class);
            assertThatThrownBy(() -> Checkpoint.write(arrays, place.directory().resolve("d.npz")))
                    .isInstanceOf(DamagedPartitionException.class);
            assertThat(place.directory().resolve("d.npz")).doesNotExist();

            Checkpoint.restoreInto(arrays, place.file());

            assertThat(arrays.read().get("w")).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void shouldLeaveNothingBesideTheFile() throws Exception {
        try (ShmArrays arrays = ShmArrays.create("a", List.of(ArraySpec.of("w", FLOAT32, 4)), place.settings())) {
            final Path leftover = place.directory().resolve(".c.npz.999999999-1-1.1.part");
            Files.createFile(leftover);
            Files.setLastModifiedTime(leftover, FileTime.from(Instant.now().minusSeconds(4_000)));
            Checkpoint.write(arrays, place.file());
            Checkpoint.write(arrays, place.file());
            try (Stream<Path> files = Files.list(place.directory())) {
                assertThat(files.map(path -> path.getFileName().toString()))
                        .containsExactlyInAnyOrder("segments", "c.npz");
            }
        }
    }

    /** In files of version 1 the state of 16-bit arrays has 16 bits, and there is no word of rounding. */
    @ParameterizedTest
    @EnumSource(Consistency.class)
    void shouldWidenStateOfVersion1(final Consistency consistency) throws IOException {
        final float[] exact = new float[2100];
        for (int i = 0; i < exact.length; i++) {
            exact[i] = (i % 256 - 128) * 0x1p-20f;
        }
        exact[0] = Float.POSITIVE_INFINITY;
        exact[1] = Float.NEGATIVE_INFINITY;
        final float[] few = Arrays.copyOf(exact, 9);
        try (ShmArrays arrays = ShmArrays.create("old", AllKinds.specs(), place.settings())) {
            arrays.write(AllKinds.values(3));
            // The first momentum is the gradient itself.
            arrays.update(Map.of("buckwild", exact, "half", few), Updates.momentum(1e-9, 0.5));
            Checkpoint.write(arrays, place.file(), consistency);
            OldCheckpoint.rewrite(place.file(), 1);

            try (ShmArrays restored = Checkpoint.restore(place.file(), "restored", place.settings())) {
                AllKinds.assertSameValues(restored, arrays);
                assertThat(restored.specs()).allMatch(spec -> spec.rounding().equals(Rounding.NEAREST));
            }
            arrays.update(Map.of("buckwild", exact, "half", few), Updates.momentum(1e-9, 0.5));
            Checkpoint.restoreInto(arrays, place.file());
            final float[] state = new float[exact.length];
            arrays.array("buckwild").readStateInto(0, state);
            assertThat(state).isEqualTo(exact);
            assertThat(arrays.specs()).as("the segment keeps its rounding").isEqualTo(AllKinds.specs());
        }
    }
}
