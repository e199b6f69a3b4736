package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint.Consistency;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.segment.DamagedPartitionException;
import org.shmarrays.segment.InsufficientSpaceException;
import org.shmarrays.segment.Overwriting;
import org.shmarrays.segment.SegmentExistsException;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

class CheckpointTest {
    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void chooseFile() {
        file = directory.resolve("c.npz");
    }

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4)
                .withLockTimeout(Duration.ofSeconds(60));
    }

    private static List<ArraySpec> allKinds() {
        return List.of(
                ArraySpec.of("dense/W", FLOAT32, 300, 20)
                        .withState(2)
                        .withAlias(new AliasSpec("0_W", 100, ArrayOrder.F, 10, 30)),
                ArraySpec.of("f", FLOAT64, 7, 11).inOrder(ArrayOrder.F).inMode(Mode.HOGWILD),
                ArraySpec.of("../i", INT32, 5).inMode(Mode.ATOMIC),
                ArraySpec.of("größe \"x\\", INT64, 2, 3, 4),
                ArraySpec.of("half", FLOAT16, 9).withState(1),
                ArraySpec.of("brain", BFLOAT16, 3, 3),
                ArraySpec.of("scalar", FLOAT32),
                ArraySpec.of("turns", FLOAT32, 6).inMode(Mode.ORDERED));
    }

    /** Values that are exact in each type. */
    private static Map<String, Object> values(final List<ArraySpec> specs, final int from) {
        final Map<String, Object> values = new LinkedHashMap<>();
        for (final ArraySpec spec : specs) {
            final Object array = java.lang.reflect.Array.newInstance(
                    spec.elementType().carrier().getComponentType(), spec.elementCount());
            for (int i = 0; i < spec.elementCount(); i++) {
                final int value = (from + i) % 97;
                if (array instanceof float[] floats) {
                    floats[i] = value;
                } else if (array instanceof double[] doubles) {
                    doubles[i] = value + 0.1;
                } else if (array instanceof int[] ints) {
                    ints[i] = -value;
                } else {
                    ((long[]) array)[i] = (1L << 40) + value;
                }
            }
            values.put(spec.name(), array);
        }
        return values;
    }

    private static float[] state(final ShmArrays arrays, final String name, final int k) {
        final float[] state = new float[arrays.array(name).elementCount()];
        arrays.array(name).readStateInto(k, state);
        return state;
    }

    private static void assertSameValues(final ShmArrays restored, final ShmArrays original) {
        final Map<String, Object> expected = original.read(Object.class);
        restored.read(Object.class)
                .forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
        for (final ArraySpec spec : original.specs()) {
            for (int k = 0; k < spec.stateCount(); k++) {
                assertThat(state(restored, spec.name(), k)).isEqualTo(state(original, spec.name(), k));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Consistency.class)
    void shouldRestoreAllKindsOfArrays(final Consistency consistency) {
        try (ShmArrays arrays = ShmArrays.create("all", allKinds(), settings())) {
            arrays.write(values(allKinds(), 3));
            arrays.update(Map.of("dense/W", new float[6000]), Updates.adam(0.1));
            arrays.update(Map.of("half", filled(9, 1)), Updates.momentum(0.5, 0.5));
            arrays.runControl().learningRate(1e-4);
            arrays.runControl().stop();

            Checkpoint.write(arrays, file, consistency);

            for (final int partitionBytes : new int[] {0, 64, 4096, 256 * 1024}) {
                final Settings other =
                        settings().withPartitionBytes(partitionBytes).withSlots(2);
                try (ShmArrays restored = Checkpoint.restore(file, "new" + partitionBytes, other)) {
                    assertThat(restored.specs()).isEqualTo(allKinds());
                    assertSameValues(restored, arrays);
                    assertThat(restored.array("0_W").shape()).containsExactly(10, 30);
                    assertThat(restored.runControl().learningRate()).isEqualTo(1e-4);
                    // It is to go on.
                    assertThat(restored.runControl().isStopped()).isFalse();
                }
            }
            assertThat(Checkpoint.describe(file).segment()).isEqualTo("all");
            assertThat(Checkpoint.describe(file).consistency()).isEqualTo(consistency);
        }
    }

    private static float[] filled(final int length, final float value) {
        final float[] array = new float[length];
        java.util.Arrays.fill(array, value);
        return array;
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 1024, 64 * 1024})
    void shouldGoOnWithAdamAsIfUninterrupted(final int partitionBytes) {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("w", FLOAT32, 40, 25).withState(2),
                ArraySpec.of("b", FLOAT32, 25).withState(2));
        final Random random = new Random(4711);
        try (ShmArrays arrays = ShmArrays.create("adam", specs, settings().withPartitionBytes(1000))) {
            train(arrays, random, 7);
            Checkpoint.write(arrays, file);
            try (ShmArrays restored = Checkpoint.restore(file, "on", settings().withPartitionBytes(partitionBytes))) {
                final long seed = random.nextLong();
                train(arrays, new Random(seed), 5);
                train(restored, new Random(seed), 5);

                assertSameValues(restored, arrays);
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
    void shouldKeepStepCountsThatDifferFromPieceToPiece() {
        final StepRuns runs = StepRuns.empty();
        runs.add(0, 5);
        runs.add(100, 5);
        runs.add(200, 8);
        runs.add(300, 2);

        assertThat(runs.runs()).hasSize(3);
        assertThat(runs.of(0, 200)).isEqualTo(5);
        assertThat(runs.of(200, 300)).isEqualTo(8);
        assertThat(runs.of(300, 400)).isEqualTo(2);
        assertThat(runs.of(150, 400)).isEqualTo(8); // another partitioning: the greatest
    }

    @Test
    void shouldGoOnCountingStepsAndSamples() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays arrays = ShmArrays.createOrAttach(worker, "run", List.of(spec), a -> {}, settings())) {
            worker.countStep(32, 0.5);
            worker.countStep(32, 0.25);
            Checkpoint.write(arrays, file);
            worker.countStep(32, 0.25);

            try (ShmArrays restored = Checkpoint.restore(file, "copy", settings())) {
                assertThat(restored.runControl().globalStep()).isEqualTo(2);
                assertThat(restored.runControl().samples()).isEqualTo(64);
            }
            Checkpoint.restoreInto(arrays, file);
            assertThat(arrays.runControl().globalStep()).isEqualTo(2);
            worker.countStep(10, 0.25);
            assertThat(arrays.runControl().samples()).isEqualTo(74);
            assertThat(Checkpoint.describe(file).samples()).isEqualTo(64);
        }
    }

    @Test
    void shouldRestoreIntoASegmentThatIsThere() {
        try (ShmArrays arrays = ShmArrays.create("all", allKinds(), settings());
                ShmArrays other = arrays.newHandle()) {
            arrays.write(values(allKinds(), 3));
            final Map<String, Object> before = arrays.read(Object.class);
            Checkpoint.write(arrays, file);
            arrays.write(values(allKinds(), 50));

            Checkpoint.restoreInto(arrays, file);

            other.read(Object.class)
                    .forEach((name, values) -> assertThat(values).as(name).isEqualTo(before.get(name)));
            other.update(Map.of("dense/W", new float[6000]), Updates.adam(0.1)); // versions and locks are in order
        }
    }

    @Test
    void shouldMakeADamagedSegmentWholeAgain() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        try (ShmArrays arrays = ShmArrays.create("d", List.of(spec), settings())) {
            arrays.write(Map.of("w", new float[] {1, 2, 3, 4}));
            Checkpoint.write(arrays, file);
            Overwriting.begin(arrays.segment(), 0);
            assertThatThrownBy(arrays::read).isInstanceOf(DamagedPartitionException.class);
            assertThatThrownBy(() -> Checkpoint.write(arrays, directory.resolve("d.npz")))
                    .isInstanceOf(DamagedPartitionException.class);
            assertThat(directory.resolve("d.npz")).doesNotExist();

            Checkpoint.restoreInto(arrays, file);

            assertThat(arrays.read().get("w")).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void shouldRefuseASegmentOfOtherArrays() {
        try (ShmArrays arrays = ShmArrays.create("a", List.of(ArraySpec.of("w", FLOAT32, 4)), settings());
                ShmArrays other = ShmArrays.create(
                        "b", List.of(ArraySpec.of("w", FLOAT32, 4).withState(1)), settings())) {
            Checkpoint.write(arrays, file);

            assertThatThrownBy(() -> Checkpoint.restoreInto(other, file))
                    .isInstanceOf(InvalidCheckpointException.class)
                    .hasMessageContaining("segment has w:FLOAT32[4] LOCKED state=1, file has w:FLOAT32[4] LOCKED;");
            assertThatThrownBy(() -> Checkpoint.restore(file, "b", settings()))
                    .isInstanceOf(SegmentExistsException.class);
        }
    }

    @Test
    void shouldRefuseNamesThatCollide() {
        final List<ArraySpec> specs =
                List.of(ArraySpec.of("w", FLOAT32, 4).withState(1), ArraySpec.of("w@state0", FLOAT32, 4));
        try (ShmArrays arrays = ShmArrays.create("a", specs, settings())) {
            assertThatThrownBy(() -> Checkpoint.write(arrays, file))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("one name: w@state0");
        }
    }

    @Test
    void shouldRefuseWhatIsNoCheckpoint() throws Exception {
        assertThatThrownBy(() -> Checkpoint.restore(file, "x", settings()))
                .isInstanceOf(InvalidCheckpointException.class)
                .hasMessageContaining("no such file");
        Files.writeString(file, "hello");
        assertThatThrownBy(() -> Checkpoint.restore(file, "x", settings()))
                .isInstanceOf(InvalidCheckpointException.class)
                .hasMessageContaining("not a checkpoint");
    }

    @Test
    void shouldRefuseASnapshotOfTheWholeThatDoesNotFitIntoMemory() {
        final long length = Math.min(1L << 30, Runtime.getRuntime().maxMemory());
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, (int) (length / 4 - 1024));
        Assumptions.assumeTrue(directory.toFile().getUsableSpace() > 4L << 30, "too little room on the disk");
        try (ShmArrays arrays = ShmArrays.create("big", List.of(spec), settings())) {
            assertThatThrownBy(() -> Checkpoint.write(arrays, file, Consistency.WHOLE_SEGMENT))
                    .isInstanceOf(InsufficientSpaceException.class)
                    .hasMessageContaining("too little memory for a copy of the whole segment");
            arrays.array("w"); // nobody is held back
        }
        ShmArrays.remove("big", settings());
    }

    @Test
    void shouldLeaveNothingBesideTheFile() throws Exception {
        try (ShmArrays arrays = ShmArrays.create("a", List.of(ArraySpec.of("w", FLOAT32, 4)), settings())) {
            final Path leftover = directory.resolve(".c.npz.999999999-1.1.part");
            Files.createFile(leftover);
            Files.setLastModifiedTime(
                    leftover,
                    java.nio.file.attribute.FileTime.from(
                            java.time.Instant.now().minusSeconds(4_000)));
            Checkpoint.write(arrays, file);
            Checkpoint.write(arrays, file);
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files.map(path -> path.getFileName().toString()))
                        .containsExactlyInAnyOrder("segments", "c.npz");
            }
        }
    }

    @Test
    void shouldBeReadByNumpy() throws Exception {
        final String script = String.join(
                "\n",
                "import json, sys, numpy as np",
                "z = np.load(sys.argv[1])",
                "m = json.loads(bytes(z['__shmarrays__']))",
                "assert m['segment'] == 'all', m",
                "w = z['dense/W']",
                "assert w.dtype == np.float32 and w.shape == (300, 20) and w[1, 2] == 25, w",
                "f = z['f']",
                "assert f.flags.f_contiguous and f.shape == (7, 11) and abs(f[1, 2] - 18.1) < 1e-9, f",
                "assert list(z['../i']) == [-3, -4, -5, -6, -7]",
                "assert z['größe \"x\\\\'][0, 0, 1] == 2**40 + 4",
                "assert z['half'].dtype == np.float16 and z['half@state0'].shape == (9,)",
                "assert z['brain'].dtype == np.uint16 and z['brain'][0, 0] == 0x4040",
                "assert z['scalar'].shape == () and z['scalar'] == 3",
                "import zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None",
                "np.savez(sys.argv[2], **{k: z[k] for k in z.files})",
                "np.savez_compressed(sys.argv[3], **{k: z[k] for k in z.files})",
                "print('read by numpy')");
        try (ShmArrays arrays = ShmArrays.create("all", allKinds(), settings())) {
            arrays.write(values(allKinds(), 3));
            Checkpoint.write(arrays, file);
            final Path saved = directory.resolve("saved.npz");
            final Path packed = directory.resolve("packed.npz");

            assumeNumpy();
            assertThat(python(script, file.toString(), saved.toString(), packed.toString()))
                    .contains("read by numpy");

            for (final Path written : List.of(saved, packed)) {
                try (ShmArrays restored = Checkpoint.restore(written, ShmArrays.uniqueName(), settings())) {
                    assertSameValues(restored, arrays);
                }
            }
        }
    }

    @Test
    void shouldExportTheValuesOfAReadOnlyHandle() throws Exception {
        final String script = String.join(
                "\n",
                "import sys, numpy as np",
                "z = np.load(sys.argv[1])",
                "assert sorted(z.files) == sorted(['dense/W', 'f', '../i', 'größe \"x\\\\', 'half', 'brain', 'scalar', 'turns'])",
                "w = z['dense/W']",
                "assert w.dtype == np.float32 and w.shape == (300, 20) and w[1, 2] == 25, w",
                "assert z['f'].flags.f_contiguous and abs(z['f'][1, 2] - 18.1) < 1e-9",
                "assert z['half'].dtype == np.float16 and z['half'][1] == 4",
                "assert z['brain'].dtype == np.uint16 and z['brain'][0, 0] == 0x4040",
                "assert z['scalar'].shape == () and z['scalar'] == 3",
                "print('read by numpy')");
        // Partitions of 1 KiB: the largest array has 24 pieces.
        try (ShmArrays arrays = ShmArrays.create("all", allKinds(), settings().withPartitionBytes(1024));
                ShmArrays reader = ShmArrays.attachReadOnly("all", settings())) {
            arrays.write(values(allKinds(), 3));

            Checkpoint.export(file, reader);

            assertThatThrownBy(() -> Checkpoint.describe(file)).isInstanceOf(InvalidCheckpointException.class);
            assumeNumpy();
            assertThat(python(script, file.toString())).contains("read by numpy");
        }
    }

    private static void assumeNumpy() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "there is no /usr/bin/python3");
        Assumptions.assumeTrue(python("import numpy; print('numpy is there')").contains("is there"), "no numpy");
    }

    private static String python(final String script, final String... arguments) throws Exception {
        final List<String> command = new java.util.ArrayList<>(List.of("/usr/bin/python3", "-c", script));
        command.addAll(List.of(arguments));
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            final String output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return output;
        } catch (final IOException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
