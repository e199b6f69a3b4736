package org.shmarrays.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.TrainingPrograms.Alone;
import org.shmarrays.dl4j.TrainingPrograms.Endless;
import org.shmarrays.dl4j.TrainingPrograms.Together;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;

/** Processes train a network together, are killed, stopped, started again and added. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SharedTrainingIT {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final Duration DEADLINE = Duration.ofSeconds(90);

    /** A line of a worker's own: the launcher repeats the last ones of a worker that was killed. */
    private static final Pattern STEP = Pattern.compile("^\\[\\d] step \\d+; batch (\\d+);", Pattern.MULTILINE);

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final Random random = new Random(SEED);

    @TempDir
    private Path directory;

    private WorkerGroup group;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withAttachTimeout(DEADLINE);
    }

    private void launch(final Class<?> program, final int workers, final int restarts, final String... arguments) {
        final PrintStream stream = new PrintStream(output, true, UTF_8);
        group = Launcher.ofMainClass(program.getName(), arguments)
                .workers(workers)
                .segmentName(Trained.SEGMENT)
                .heap("128m")
                .jvmArgument("-XX:+UseSerialGC")
                .jvmArgument("-XX:TieredStopAtLevel=1")
                .jvmArgument("-Dshmarrays.directory=" + directory.resolve("segments"))
                .restarts(restarts)
                .restartPause(Duration.ofMillis(1), Duration.ofMillis(10))
                .output(stream, stream)
                .launch();
    }

    @AfterEach
    void endWorkers() {
        if (group != null) {
            group.pids().forEach(SharedTrainingIT::kill);
            group.close();
        }
    }

    private static void kill(final long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private String output() {
        return "seed " + SEED + "\n" + output.toString(UTF_8);
    }

    private void await(final String description, final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - startNs)
                    .as("waiting for %s:%n%s", description, output())
                    .isLessThan(DEADLINE.toNanos());
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void awaitLine(final String text) {
        await("a line with " + text, () -> output().contains(text));
    }

    private GroupResult awaitSuccess() throws InterruptedException {
        final GroupResult result = group.await(DEADLINE).orElseThrow(() -> new AssertionError(output()));
        assertThat(result.isSuccess()).as(output()).isTrue();
        return result;
    }

    private static MultiLayerNetwork restored(final Path file) throws IOException {
        return ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
    }

    /** The second kill comes when all batches of a pass are pushed, and the pass is not counted yet. */
    @Test
    void shouldTrainAsPlainFitWhereTheWorkerIsKilledBetweenSteps() throws Exception {
        final Path file = directory.resolve("network.zip");
        final int first = 1 + random.nextInt(2 * Alone.BATCHES - 1);
        final int second = 2 * Alone.BATCHES;
        launch(Alone.class, 1, 2, file.toString(), Integer.toString(first), Integer.toString(second));
        for (final int step : new int[] {first, second}) {
            awaitLine("[0] waiting after " + step + "\n");
            kill(group.pids().get(0));
        }
        final MultiLayerNetwork plain = Trained.network(Alone.configuration());
        plain.fit(Trained.iterator(Alone.BATCHES), Alone.PASSES);

        assertThat(awaitSuccess().restarts()).containsExactly(2);

        Trained.assertSame(restored(file), plain, output());
    }

    /** Each kill repeats at most the batch that was under way, or hides its line. */
    @Test
    void shouldTrainEachBatchOnceWhicheverWorkersAreKilledAddedAndRemoved() throws Exception {
        final int steps = Together.PASSES * Together.BATCHES;
        launch(Together.class, 2, 2, directory.toString());
        final AtomicBoolean isEnded = new AtomicBoolean();
        final Thread supervisor = supervisor(isEnded);
        try (ShmArrays watcher = ShmArrays.attachReadOnly(Trained.SEGMENT, settings())) {
            awaitLine("[1] step " + (10 + random.nextInt(30)) + ";");
            killSoon(1);
            await("rank 1 again", () -> count("[1] joined") == 2);
            WorkerGroup.requestWorkers(Trained.SEGMENT, 3, settings(), DEADLINE);
            awaitLine("[2] joined");
            Files.createFile(Together.gate(directory, 1));
            awaitLine("[0] step " + (Together.STEPS_OF_GATE + 1 + random.nextInt(60)) + ";");
            killSoon(0);
            awaitLine("[2] step ");
            await("rank 0 again", () -> count("[0] joined") == 2);
            WorkerGroup.requestWorkers(Trained.SEGMENT, 2, settings(), DEADLINE);
            awaitLine("[2] ended");
            Files.createFile(Together.gate(directory, 2));
            awaitSuccess();

            assertThat(Pattern.compile("^\\[\\d] loaded$", Pattern.MULTILINE)
                            .matcher(output())
                            .results())
                    .as(output())
                    .hasSize(1);
            assertThat(watcher.runControl().globalStep()).as(output()).isBetween((long) steps, steps + 2L);
            assertThat(watcher.runControl().samples())
                    .isEqualTo(Together.SAMPLES * watcher.runControl().globalStep());
            assertThat(watcher.runControl().epoch()).as(output()).isEqualTo(Together.PASSES);
            final int[] trained = new int[Together.BATCHES];
            final Matcher lines = STEP.matcher(output());
            while (lines.find()) {
                trained[Integer.parseInt(lines.group(1))]++;
            }
            assertThat(Arrays.stream(trained)
                            .map(times -> Math.abs(times - Together.PASSES))
                            .sum())
                    .as(output())
                    .isLessThanOrEqualTo(2);
            final MultiLayerNetwork network = saved().get(2);
            assertThat((long) network.getIterationCount())
                    .isEqualTo(watcher.runControl().globalStep());
            assertThat(network.evaluate(new SingletonDataSetIterator(Networks.exclusiveOr(DataType.FLOAT, 1000, SEED)))
                            .accuracy())
                    .as(output())
                    .isGreaterThan(0.97);
        } finally {
            isEnded.set(true);
            supervisor.join();
        }
    }

    private int count(final String text) {
        return output().split(Pattern.quote(text), -1).length - 1;
    }

    /** At any point of a step. */
    private void killSoon(final int rank) {
        LockSupport.parkNanos(random.nextInt(3_000_000));
        kill(group.pids().get(rank));
    }

    private Thread supervisor(final AtomicBoolean isEnded) {
        final Thread supervisor = new Thread(() -> {
            while (!isEnded.get()) {
                group.poll();
                LockSupport.parkNanos(10_000_000);
            }
        });
        supervisor.start();
        return supervisor;
    }

    @Test
    void shouldSaveConsistentlyAddAWorkerAndStop() throws Exception {
        launch(Endless.class, 2, 0, directory.toString());
        final AtomicBoolean isEnded = new AtomicBoolean();
        final Thread supervisor = supervisor(isEnded);
        try (ShmArrays control = ShmArrays.attach(Trained.SEGMENT, settings())) {
            awaitLine("[0] step 50;");
            awaitLine("[1] step 50;");
            WorkerGroup.requestWorkers(Trained.SEGMENT, 3, settings(), DEADLINE);
            awaitLine("[2] step ");
            awaitLine("[0] step " + 25 * Endless.SNAPSHOTS + ";");
            control.runControl().stop();
            assertThat(awaitSuccess().exitCodes()).containsExactly(0, 0, 0);
        } finally {
            isEnded.set(true);
            supervisor.join();
        }

        assertThat(output()).contains("[0] ended: true", "[1] ended: true", "[2] ended: true");
        final List<MultiLayerNetwork> saved = saved();
        assertThat(saved).hasSize(Endless.SNAPSHOTS + 3);
        final MultiLayerNetwork plain = Trained.network(Endless.configuration());
        for (final MultiLayerNetwork network : saved) {
            while (plain.getIterationCount() < network.getIterationCount()) {
                plain.fit(Endless.batch());
            }
            plain.setEpochCount(network.getEpochCount());
            Trained.assertSame(network, plain, "snapshot at iteration " + network.getIterationCount());
        }
    }

    private List<MultiLayerNetwork> saved() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".zip"))
                    .map(file -> {
                        try {
                            return restored(file);
                        } catch (final IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .sorted(Comparator.comparing(MultiLayerNetwork::getIterationCount))
                    .toList();
        }
    }
}
