package org.shmarrays.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.layout.Mode;

/** Programs start workers by one call: from a test, by {@code java -cp} and by {@code java -jar}. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SpawnIT {
    private static final Pattern RESULT =
            Pattern.compile("samples=(\\d+), iterations=(\\d+), epoch=(\\d+), learned=(\\w+)");
    private static final int STEPS = SpawnPrograms.EPOCHS * SpawnPrograms.BATCHES;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(output, true, UTF_8);

    @TempDir
    private Path directory;

    private Process program;
    private SpawnDirectory shared;

    @AfterEach
    void endProgram() throws InterruptedException {
        if (program != null) {
            program.destroyForcibly().waitFor();
        }
        if (shared != null) {
            shared.remove();
        }
    }

    private String segments() {
        return "-Dshmarrays.directory=" + directory.resolve("segments");
    }

    /** The output of a program in a JVM without flags, when it has ended. */
    private String run(final String... launch) throws Exception {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", segments()));
        command.add("-Djava.io.tmpdir=" + Files.createDirectory(directory.resolve("tmp")));
        command.addAll(List.of(launch));
        program = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String printed = new String(program.getInputStream().readAllBytes(), UTF_8);
        assertThat(program.waitFor()).as(printed).isZero();
        return printed;
    }

    /** The result that a program has printed, with at most this many steps that were made twice. */
    private void assertTrained(final String printed, final int repeated) throws IOException {
        final Matcher result = RESULT.matcher(printed);
        assertThat(result.find()).as(printed).isTrue();
        final long iterations = Long.parseLong(result.group(2));
        assertThat(iterations).as(printed).isBetween((long) STEPS, (long) STEPS + repeated);
        assertThat(result.group(1)).as(printed).isEqualTo(Long.toString(SpawnPrograms.SAMPLES * iterations));
        assertThat(result.group(3)).as(printed).isEqualTo(Integer.toString(SpawnPrograms.EPOCHS));
        assertThat(result.group(4)).as(printed).isEqualTo("true");
        assertNothingLeft(directory.resolve("tmp"));
        assertNothingLeft(directory.resolve("segments"));
    }

    private static void assertNothingLeft(final Path where) throws IOException {
        assertThat(names(where))
                .noneMatch(name ->
                        name.startsWith("shmarrays-spawn-") || name.contains("run-") || name.startsWith("digits"));
    }

    private static List<String> names(final Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static List<DataSet> shard(final Shard shard) {
        return IntStream.range(0, 8)
                .filter(i -> i % shard.worldSize() == shard.rank())
                .mapToObj(Trained::batch)
                .toList();
    }

    /** Also goes on from what the network was trained for before, and takes listeners to the workers. */
    @Test
    void shouldTrainAsPlainFitInOrder() {
        final MultiLayerNetwork network = Trained.network(Trained.dense(new Adam(0.05)));
        network.fit(Trained.iterator(3));
        final MultiLayerNetwork plain = TestModels.copy(network);
        plain.fit(Trained.iterator(8), 3);
        final SpawnOptions options = SpawnPrograms.options()
                .inMode(Mode.ORDERED)
                .withEpochs(3)
                .withJvmArgument(segments())
                .withListeners(rank -> List.of(new SpawnPrograms.Saying(rank)))
                .withOutput(stream, stream);

        final SpawnResult result =
                SharedTraining.spawn(network, shard -> new ListDataSetIterator<>(shard(shard), 1), options);

        Trained.assertSame(network, plain, output.toString(UTF_8));
        assertThat(result.iterations()).isEqualTo(3 * 8);
        assertThat(result.samples()).isEqualTo(3 * 8L * Trained.batch(0).numExamples());
        assertThat(result.seconds()).isPositive();
        assertThat(output.toString(UTF_8)).contains("[0] rank 0 has begun\n", "[1] rank 1 has begun\n");
    }

    @Test
    void shouldGoOnAfterAKillInAProgramOfAClassPath() throws Exception {
        final String printed = run("-cp", System.getProperty("java.class.path"), SpawnPrograms.Graph.class.getName());

        assertThat(printed).contains("worker 1 of 2", "it restarts in");
        assertTrained(printed, 1);
    }

    @Test
    void shouldTrainInAProgramOfAJar() throws Exception {
        final Path jar = directory.resolve("app.jar");
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, SpawnPrograms.Jar.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Stream.of(System.getProperty("java.class.path").split(":"))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .reduce((first, second) -> first + " " + second)
                                .orElseThrow());
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();

        final String printed = run("-D" + SpawnPrograms.WORD + "=two \"words\" # of\\a 'path'", "-jar", jar.toString());

        assertTrained(printed, 0);
        assertThat(printed)
                .contains("[0] two \"words\" # of\\a 'path'\n", "[1] two \"words\" # of\\a 'path'\n")
                .contains("[0] epoch 2 of 2, 100 %, ", " samples/s, loss ", ", 0:00 left\n")
                .doesNotContain("[1] epoch");
    }

    @Test
    void shouldSayWhyAWorkerFailed() throws IOException {
        final MultiLayerNetwork network = Trained.network(Trained.dense(new Adam(0.05)));
        final MultiLayerNetwork before = TestModels.copy(network);
        final SpawnOptions options =
                SpawnPrograms.options().withJvmArgument(segments()).withOutput(stream, stream);

        final SpawnFailedException failure = catchThrowableOfType(
                SpawnFailedException.class, () -> SharedTraining.spawn(network, new SpawnPrograms.Missing(), options));

        assertThat(failure)
                .hasMessageContaining("of 2 failed with exit code 1; its last lines:\n")
                .hasMessageEndingWith(
                        "shmarrays: spawned worker failed: java.io.IOException: the data set is on another disk");
        assertThat(failure.rank()).isBetween(0, 1);
        assertThat(failure.exitCode()).isEqualTo(1);
        Trained.assertSame(network, before, "a network whose workers failed");
    }

    private static DataSet samples() {
        return DataSet.merge(Trained.batches(8));
    }

    /** Also takes the steps that one worker makes after the others' last fit. */
    @Test
    void shouldRunAProgramOnDataThatIsInMemoryOnce() throws IOException {
        final MultiLayerNetwork network = Trained.network(Trained.dense(new Adam(0.05)));
        final MultiLayerNetwork plain = TestModels.copy(network);
        final DataSet all = samples();
        plain.fit(IndexedBatches.ofArrays(all.getFeatures(), all.getLabels(), 4).shuffled(42), 2);
        final int steps = plain.getIterationCount();
        Trained.batches(20).forEach(plain::fit);
        final SpawnOptions options = SpawnPrograms.options()
                .inMode(Mode.ORDERED)
                .withName("digits")
                .withJvmArgument(segments())
                .withOutput(stream, stream);

        final SpawnResult result = SharedTraining.spawnWorkers(
                network,
                training -> {
                    training.fit(training.sharedBatches(SpawnIT::samples, 4).shuffled(42), 2);
                    if (training.worker().rank() == 1) {
                        Trained.batches(20).forEach(training::fit);
                    }
                },
                options);

        Trained.assertSame(network, plain, output.toString(UTF_8));
        assertThat(result.iterations()).isEqualTo(steps + 20);
        assertNothingLeft(directory.resolve("segments"));
    }

    @Test
    void shouldLeaveNoDirectoryOfAProgramThatIsEnding() throws Exception {
        final String printed = run("-cp", System.getProperty("java.class.path"), SpawnPrograms.Ending.class.getName());

        assertThat(printed).contains("java.lang.IllegalStateException: Shutdown in progress");
        assertNothingLeft(directory.resolve("tmp"));
    }

    @Test
    void shouldSayWhyNoWorkerWasStarted() throws Exception {
        shared = SpawnDirectory.create();
        final Set<Class<?>> classes = Spawn.write(
                shared,
                new SpawnLauncher.Start(
                        List.of(launcher -> launcher.workers(0)),
                        SpawnLauncher.Removal.OF_NAME,
                        CheckpointPlan.NONE,
                        null),
                SpawnTask.of(
                        Trained.network(Trained.dense(new Adam(0.05))),
                        new SpawnTask.Program(training -> {}),
                        SpawnPrograms.options()));
        program = new ProcessBuilder(Spawn.command(classes, shared)).start();

        assertThat(program.waitFor()).isZero();
        assertThat(SpawnDirectory.read(shared.outcome(), SpawnLauncher.Outcome.class))
                .isEqualTo(new SpawnLauncher.Outcome(
                        "the process that launches the workers failed: java.lang.IllegalArgumentException: workers"
                                + " must be 1 to 4096, the most slots of a segment: workers=0",
                        SpawnFailedException.NO_RANK,
                        1,
                        List.of(),
                        ""));
    }

    /** What was pushed after the last checkpoint is lost, and trained on again. */
    @Test
    @Tag("matrix")
    void shouldTrainOnEachBatchOnceAfterAKillOfAllAndWithMoreWorkers() throws Exception {
        final Path gate = directory.resolve("gate");
        final SpawnOptions options = SpawnPrograms.options()
                .withEpochs(SpawnPrograms.EPOCHS)
                .withJvmArgument(segments())
                .withOutput(stream, stream)
                .withCheckpoints(directory.resolve("saved"), CheckpointPlan.Interval.everySteps(10), 1)
                .withPlan(plan("4"));
        final ShardedData data = new SpawnPrograms.Waiting(gate.toString());
        final MultiLayerNetwork network = exclusiveOr();
        startTraining(network, data, options);
        while (saved().isEmpty()) {
            assertThat(program.isAlive()).isTrue();
            LockSupport.parkNanos(1_000_000);
        }
        final List<ProcessHandle> workers = program.descendants().toList();

        program.destroyForcibly().waitFor();
        for (final ProcessHandle worker : workers) {
            worker.destroyForcibly();
            worker.onExit().get();
        }
        Files.createFile(gate);
        final String resumed = saved();
        assertThatThrownBy(() -> SharedTraining.spawn(
                        network, data, options.withPlan(plan("8")).resumeLatest()))
                .isInstanceOf(SpawnFailedException.class)
                .hasMessageContaining("batch-size: given=8, kept=4");
        final SpawnResult result = SharedTraining.spawn(
                network, data, options.withWorkers(SpawnPrograms.WORKERS + 1).resumeLatest());

        assertThat(resumed).isLessThan("training-000000000100");
        assertThat(result.iterations()).as(output.toString(UTF_8)).isEqualTo(STEPS);
        assertThat(result.samples()).isEqualTo((long) STEPS * SpawnPrograms.SAMPLES);
        assertThat(network.getEpochCount()).isEqualTo(SpawnPrograms.EPOCHS);
        assertThat(saved()).isEqualTo("training-000000000" + STEPS + ".npz");
    }

    private static ResumePlan plan(final String batchSize) {
        return new ResumePlan(Map.of("batch-size", batchSize), Map.of());
    }

    @Test
    void shouldSaveWhatWasTrainedWhenTheProgramEnds() throws Exception {
        final SpawnOptions options = options()
                .withCheckpoints(directory.resolve("saved"), CheckpointPlan.Interval.every(Duration.ofDays(1)), 1);
        startTraining(
                exclusiveOr(),
                new SpawnPrograms.Waiting(directory.resolve("gate").toString()),
                options);
        program.inputReader(UTF_8)
                .lines()
                .filter(line -> line.equals("[0] waits"))
                .findFirst()
                .orElseThrow();

        program.getOutputStream().close();

        assertThat(program.waitFor()).isEqualTo(143);
        assertThat(saved()).isEqualTo("training-0000000000" + SpawnPrograms.BATCHES / 4 + ".npz");
        assertThat(directory.resolve("segments")).isEmptyDirectory();
    }

    /** Starts the launcher of workers. */
    private void startTraining(final MultiLayerNetwork network, final ShardedData data, final SpawnOptions options)
            throws IOException {
        shared = SpawnDirectory.create();
        final Set<Class<?>> classes = Spawn.write(
                shared,
                SpawnLauncher.Start.of(options),
                SpawnTask.of(network, new SpawnTask.Shards(data, options.sharing(), options.epochs()), options));
        ModelFile.write(network, shared.model());
        program = new ProcessBuilder(Spawn.command(classes, shared)).start();
    }

    private static MultiLayerNetwork exclusiveOr() {
        return Trained.network(Networks.dense(Networks.builder(DataType.FLOAT, new Adam(0.02)), 2, 8, 2));
    }

    /** The name of the newest checkpoint, or nothing. */
    private String saved() {
        try {
            return Files.exists(directory.resolve("saved"))
                    ? names(directory.resolve("saved")).stream()
                            .filter(name -> !name.startsWith("."))
                            .max(Comparator.naturalOrder())
                            .orElse("")
                    : "";
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** However the program ends, the kernel closes its end of the pipe. */
    @Test
    void shouldEndWorkersAndRemoveWhatIsTheirsWhenTheProgramEnds() throws Exception {
        final ProcessHandle worker =
                startWorkerWithData(options().withName("digits").withRemovalAtEnd());

        program.getOutputStream().close();

        assertThat(program.waitFor()).isEqualTo(143);
        assertThat(worker.isAlive()).isFalse();
        assertThat(Path.of(shared.toString())).doesNotExist();
        assertThat(directory.resolve("segments")).isEmptyDirectory();
    }

    @Test
    void shouldRemoveTheSegmentWhenTheLauncherIsKilled() throws Exception {
        startWorkerWithData(options());
        final long startNs = System.nanoTime();

        program.destroyForcibly();

        while (names(directory.resolve("segments")).size() > 0) {
            assertThat(System.nanoTime() - startNs)
                    .as("segments are left: %s", names(directory.resolve("segments")))
                    .isLessThan(TimeUnit.SECONDS.toNanos(60));
            LockSupport.parkNanos(1_000_000);
        }
    }

    private SpawnOptions options() {
        return SpawnPrograms.options().withWorkers(1).withJvmArgument(segments());
    }

    /** Starts the launcher of one worker that waits without end, when it has created two segments. */
    private ProcessHandle startWorkerWithData(final SpawnOptions options) throws IOException {
        final MultiLayerNetwork network = Trained.network(Trained.dense(new Adam(0.05)));
        shared = SpawnDirectory.create();
        final Set<Class<?>> classes = Spawn.write(
                shared,
                SpawnLauncher.Start.of(options),
                SpawnTask.of(network, new SpawnTask.Program(SpawnPrograms::waitWithData), options));
        ModelFile.write(network, shared.model());
        program = new ProcessBuilder(Spawn.command(classes, shared)).start();
        final String line = program.inputReader(UTF_8)
                .lines()
                .filter(each -> each.startsWith("[0] pid="))
                .findFirst()
                .orElseThrow();
        assertThat(names(directory.resolve("segments"))).hasSize(2);
        return ProcessHandle.of(Long.parseLong(line.replace("[0] pid=", ""))).orElseThrow();
    }
}
