package org.shmarrays.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT64;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Carriers;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Python;
import org.shmarrays.testing.Workers;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** {@code python/shmarrays.py} beside workers in Java: what the one writes the other reads. */
@Tag("shared")
class NumpyIT {
    private static final int WORKERS = 3;
    private static final int ELEMENTS = 120_000;
    /** No multiple of a vector's length: rows of different processes meet inside cache lines. */
    private static final int ROW = 1_001;

    private static final int SNAPSHOTS = 300;
    private static final int CHANGES = 2_000;
    private static final int RETRIES = 100;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(6).withPartitionBytes(64 * 1024);
    }

    private static String script(final String name) {
        try {
            return Path.of(NumpyIT.class.getResource(name).toURI()).toString();
        } catch (final URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldPassTheTestsOfThePythonModule() {
        assertThat(Python.run("-W", "error", "-m", "unittest", "test_shmarrays"))
                .contains("\nOK");
    }

    /** Every type in every mode, large and small, of both orders, with aliases; some with state arrays. */
    private static List<ArraySpec> allKinds() {
        final List<ArraySpec> specs = new ArrayList<>();
        for (final Mode mode : Mode.values()) {
            for (final ElementType type : ElementType.values()) {
                final String name = mode + "/" + type;
                specs.add(ArraySpec.of(name, type, 150, 301)
                        .inMode(mode)
                        .withAlias(new AliasSpec(name + " head", 0, ArrayOrder.F, 7, 9))
                        .withAlias(new AliasSpec(name + " middle", 4_711, ArrayOrder.C, 3, 5, 1_000))
                        .withAlias(new AliasSpec(name + " ende ß", 45_149, ArrayOrder.C)));
                specs.add(ArraySpec.of(name + " small", type, 2, 3, 4)
                        .inMode(mode)
                        .inOrder(ArrayOrder.F));
                specs.add(ArraySpec.of(name + " scalar", type).inMode(mode));
            }
        }
        for (final ArrayOrder order : ArrayOrder.values()) {
            specs.add(ArraySpec.of("state " + order, FLOAT32, 33, 1_111)
                    .inMode(Mode.LOCKED)
                    .inOrder(order)
                    .withState(1));
            for (final ElementType type : List.of(ElementType.FLOAT16, ElementType.BFLOAT16)) {
                specs.add(ArraySpec.of("state " + type + " " + order, type, 33, 1_111)
                        .inMode(Mode.LOCKED)
                        .inOrder(order)
                        .withState(1)
                        .withRounding(Rounding.stochastic(-1)));
            }
        }
        return specs;
    }

    /** Element i is sign * (i mod 256 - 128), which every type holds exactly. */
    private static Object values(final ArraySpec spec, final int sign) {
        final Object values = Carriers.filled(spec.elementType(), spec.elementCount(), 0);
        for (int i = 0; i < spec.elementCount(); i++) {
            Carriers.set(values, i, sign * (i % 256 - 128));
        }
        return values;
    }

    @Test
    void shouldReadWhatJavaHasWrittenAndItsCheckpoint() {
        final Path checkpoint = directory.resolve("all.npz");
        final Path copy = directory.resolve("copy.npz");
        try (ShmArrays arrays = ShmArrays.create("all", allKinds(), settings())) {
            final Map<String, Object> values = new LinkedHashMap<>();
            arrays.specs().forEach(spec -> values.put(spec.name(), values(spec, 1)));
            // The first momentum is the gradient itself.
            arrays.specs().stream()
                    .filter(spec -> spec.stateCount() > 0)
                    .forEach(spec -> arrays.update(Map.of(spec.name(), values(spec, -1)), Updates.momentum(1, 0.5)));
            arrays.write(values);
            Checkpoint.write(arrays, checkpoint);

            final String output = Python.run(
                    script("compare.py"), directory.toString(), "all", checkpoint.toString(), copy.toString());

            assertThat(output).contains("arrays=" + arrays.specs().size() + " aliases=72 retries=0");
            try (ShmArrays restored = Checkpoint.restore(copy, "restored", settings())) {
                final Map<String, Object> read = restored.read(Object.class);
                values.forEach(
                        (name, expected) -> assertThat(read.get(name)).as(name).isEqualTo(expected));
            }
        }
    }

    /** Pushes gradients of -1 at a rate of 1, so that each value counts the pushes, until the run is stopped. */
    static final class Trainer {
        private Trainer() {}

        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final Map<String, Object> gradients = Map.of(
                        "w",
                        Carriers.filled(FLOAT32, ELEMENTS, -1),
                        "bias",
                        Carriers.filled(FLOAT32, 300, -1),
                        "scale",
                        Carriers.filled(FLOAT64, 200, -1));
                final Map<String, Object> row = Map.of("hogwild/" + worker.rank(), Carriers.filled(FLOAT64, ROW, 1));
                final double[] seen = new double[ROW];
                final double[] before = new double[ROW];
                long pushes = 0;
                for (; !worker.shouldStop(); pushes++) {
                    arrays.update(gradients, Updates.sgd(1));
                    arrays.add(row);
                    arrays.readInto(Map.of("hogwild/python", seen));
                    for (int i = 0; i < ROW; i++) {
                        if (seen[i] < before[i]) {
                            throw new AssertionError("went back: " + before[i] + " to " + seen[i] + " at " + i);
                        }
                        before[i] = seen[i];
                    }
                }
                arrays.add(Map.of("pushes", new long[] {pushes}));
                System.out.println("pushed " + pushes + ", seen of Python " + (long) before[0]);
            }
        }
    }

    private static List<ArraySpec> trained() {
        ArraySpec hogwild = ArraySpec.of("hogwild", FLOAT64, WORKERS + 1, ROW).inMode(Mode.HOGWILD);
        for (int rank = 0; rank <= WORKERS; rank++) {
            final String owner = rank == WORKERS ? "python" : Integer.toString(rank);
            hogwild = hogwild.withAlias(new AliasSpec("hogwild/" + owner, rank * ROW, ArrayOrder.C, ROW));
        }
        return List.of(
                ArraySpec.of("w", FLOAT32, 300, ELEMENTS / 300),
                ArraySpec.of("bias", FLOAT32, 300),
                ArraySpec.of("scale", FLOAT64, 200).inMode(Mode.LOCKED),
                ArraySpec.of("pushes", INT64).inMode(Mode.ATOMIC),
                hogwild);
    }

    @Test
    void shouldTakeConsistentSnapshotsAndAddWhileJavaTrains() {
        final Figures figures = Figures.of(NumpyIT.class);
        try (ShmArrays arrays = ShmArrays.create("trained", trained(), settings());
                Python python = Python.start(
                        script("snapshots.py"),
                        directory.toString(),
                        "trained",
                        Integer.toString(SNAPSHOTS),
                        Integer.toString(CHANGES),
                        Integer.toString(RETRIES));
                Workers workers = Workers.start(Trainer.class, WORKERS, directory, "trained")) {
            python.awaitLine("enough");
            arrays.runControl().stop();
            workers.awaitSuccess();
            python.say("all have ended");
            final String output = python.awaitSuccess();
            System.out.print("NumpyIT: " + output);
            figures.put("pythonPartitionsRead", number(output, "partitions"));
            figures.put("pythonRetries", number(output, "retries"));

            final Map<String, Object> values = arrays.read(Object.class);
            final long pushes = ((long[]) values.get("pushes"))[0];
            final double[] rows = (double[]) values.get("hogwild");
            final long added = number(output, "added");
            assertThat(number(output, "retries")).isGreaterThanOrEqualTo(RETRIES);
            assertThat(added).isGreaterThanOrEqualTo(SNAPSHOTS);
            assertThat((float[]) values.get("w")).containsOnly(pushes);
            assertThat(Arrays.copyOfRange(rows, WORKERS * ROW, rows.length)).containsOnly(added);
            final List<String> owned = new ArrayList<>();
            long sum = 0;
            for (int owner = 0; owner <= WORKERS; owner++) {
                assertThat(Arrays.copyOfRange(rows, owner * ROW, (owner + 1) * ROW))
                        .containsOnly(rows[owner * ROW]);
                owned.add(Long.toString((long) rows[owner * ROW]));
                sum += (long) rows[owner * ROW];
            }
            assertThat(sum).isEqualTo(pushes + added);
            assertThat(output)
                    .contains("locked=" + pushes + "," + pushes + "," + pushes + "\n")
                    .contains("pushes=" + pushes + "\n")
                    .contains("hogwild=" + String.join(",", owned) + "\n");
        }
    }

    private static long number(final String output, final String name) {
        final Matcher matcher = Pattern.compile("\\b" + name + "=(\\d+)").matcher(output);
        assertThat(matcher.find()).as(name + " in " + output).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    /** Takes hold of the first partition, changes half of it, and stays there. */
    static final class StuckHolder {
        private StuckHolder() {}

        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("held")) {
                final AtomicInteger blocks = new AtomicInteger();
                arrays.update(
                        Map.of("w", new float[10_000]), FloatUpdate.of(0, (g, gOffset, w, wOffset, state, n, step) -> {
                            if (blocks.incrementAndGet() == 3) {
                                System.out.println("stuck");
                                Await.until("for ever", () -> false);
                            }
                            Arrays.fill(w, wOffset, wOffset + n, 1e9f);
                        }));
            }
        }
    }

    /** Spawned processes get the view pickled. They change rows of their own, so that nothing is lost. */
    @Test
    void shouldReadTheEventsThatJavaHasWritten() {
        final Path file = directory.resolve("events.npz");
        try (ShmArrays arrays = ShmArrays.createOrAttach(
                Worker.of(1, 2, 77), "told", List.of(ArraySpec.of("w", FLOAT32, 8)), fresh -> {}, settings())) {
            arrays.runControl().learningRate(0.125);
            Checkpoint.write(arrays, file);
            arrays.runControl().note("ä".repeat(200));
            final String script = String.join(
                    "\n",
                    "import sys, shmarrays",
                    "with shmarrays.attach('told', sys.argv[1]) as segment:",
                    "    for event in segment.events():",
                    "        print(event.number, event.kind, event.slot, event.rank, event.run, event.process,",
                    "              event.value, event.text)");

            assertThat(Python.run("-c", script, directory.toString()).lines())
                    .satisfiesExactly(
                            line -> assertThat(line).matches("0 created -1 -1 0 \\d+ \\d+ told"),
                            line -> assertThat(line).matches("1 joined 0 1 77 \\d+ 2 "),
                            line -> assertThat(line).matches("2 set 0 1 77 \\d+ 0.125 learning rate"),
                            line -> assertThat(line).matches("3 checkpoint-written 0 1 77 \\d+ 0 .*events.npz"),
                            line -> assertThat(line).matches("4 note 0 1 77 \\d+ 0 ä{94}"));
        }
    }

    @Test
    void shouldShareViewsWithOtherProcesses() {
        final String script = String.join(
                "\n",
                "import multiprocessing, sys, shmarrays",
                "def add(rows):",
                "    rows += 1",
                "if __name__ == '__main__':",
                "    table = shmarrays.attach('pool', sys.argv[1]).view('table', writeable=True)",
                "    with multiprocessing.get_context('spawn').Pool(2) as pool:",
                "        pool.map(add, [table[:3], table[3:], table[::2].T, table[1::2, 1:]])",
                "    print('shared')");
        final Path file = directory.resolve("pool.py");
        try (ShmArrays arrays = ShmArrays.create(
                "pool", List.of(ArraySpec.of("table", FLOAT32, 5, 2).inMode(Mode.HOGWILD)), settings())) {
            Files.writeString(file, script);

            assertThat(Python.run(file.toString(), directory.toString())).contains("shared");

            // Each row is added to once, then the even rows once more, and the second column of the odd ones.
            assertThat(arrays.read().get("table")).containsExactly(2, 2, 1, 2, 2, 2, 1, 2, 2, 2);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldWaitUntilAWorkerHasRepairedWhatAKilledOneLeft() {
        try (ShmArrays arrays = ShmArrays.create("held", List.of(ArraySpec.of("w", FLOAT32, 10_000)), settings());
                Jvm holder = Jvm.start(StuckHolder.class, directory)) {
            holder.awaitLine("stuck");
            holder.kill();
            try (Python python = Python.start(script("patience.py"), directory.toString(), "held", "w")) {
                python.awaitLine("TornReadError: no consistent copy in time: segment=held, partition=0, arrays=['w']");
                assertThat(python.output()).contains("process=" + holder.pid());
                python.say("go on");

                final float[] ones = new float[10_000];
                Arrays.fill(ones, 1);
                arrays.add(Map.of("w", ones));

                final String output = python.awaitSuccess();
                assertThat(output).containsAnyOf("least=0 greatest=0\n", "least=1 greatest=1\n");
            }
        }
    }

    @Test
    void shouldSayThatAPartitionIsDamaged() {
        try (ShmArrays arrays = ShmArrays.create("held", List.of(ArraySpec.of("w", FLOAT32, 10_000)), settings())) {
            Doors.SEGMENT.of(arrays).partitions().versionRelease(0, 7);
            try (Python python = Python.start(script("patience.py"), directory.toString(), "held", "w")) {
                python.awaitLine("DamagedPartitionError: ");
                assertThat(python.output()).contains("segment=held, partition=0, arrays=['w'], version=7");
            }
        }
    }
}
