package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.ExampleProcess;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import picocli.CommandLine;

/** The command as a process: its exit codes, its sentences, and what a signal leaves behind. */
class MnistCommandIT {
    @TempDir
    private Path directory;

    @TempDir
    private Path temporary;

    @TempDir
    private Path other;

    private Process process;

    @AfterEach
    void end() throws InterruptedException {
        if (process != null && process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    private Process start(final String... arguments) throws IOException {
        process = command(arguments).redirectErrorStream(true).start();
        return process;
    }

    private ProcessBuilder command(final String... arguments) {
        final List<String> command = new ArrayList<>(List.of("mnist"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(ExampleProcess.commandLine(directory, command));
    }

    /** The worker of DL4J's model is that of a process between. */
    @ParameterizedTest
    @CsvSource({"INT, softmax, 2, 2", "TERM, dl4j-mlp, 1, 2"})
    void shouldLeaveNothingBehindAfterASignal(
            final String signal, final String model, final int workers, final int processes) throws Exception {
        assumeThat(signal.equals("INT")
                        && Files.readString(Path.of("/proc/self/status"))
                                .matches("(?s).*SigIgn:\\s+[0-9a-f]*[2367abef]\n.*"))
                .as("a shell without job control started this JVM with SIGINT ignored")
                .isFalse();
        final Path saved = other.resolve("saved");
        startEndless(model, workers, "--save", saved.toString());
        try (BufferedReader lines = process.inputReader()) {
            await("steps of all workers", () -> haveTrained(workers));
            final List<ProcessHandle> started = process.descendants().toList();
            assertThat(started).hasSize(processes);
            assertThat(threadsOfWorkers(started)).hasSize(workers).containsOnly("OMP_NUM_THREADS=1");

            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            final String rest = drain(lines);

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(rest).isEqualTo(signal.equals("INT") ? 130 : 143);
            assertThat(rest).contains("the workers end after their present step", "test accuracy");
            assertThat(saved).exists();
            assertThat(started).noneMatch(ProcessHandle::isAlive);
            assertThat(segments()).isEmpty();
            assertThat(temporaryFiles()).isEmpty();
        }
    }

    private void startEndless(final String model, final int workers, final String... more) throws IOException {
        final String counts = "--epochs 100000 --workers " + workers;
        final List<String> arguments =
                new ArrayList<>(List.of(("--name s --evaluate after --model " + model + " " + counts).split(" ")));
        arguments.addAll(List.of(more));
        final ProcessBuilder command = command(arguments.toArray(String[]::new));
        // Of workers, too.
        command.environment().merge("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary, (a, b) -> a + " " + b);
        process = command.redirectErrorStream(true).start();
    }

    /** The variable, with its value, of each process that is a worker. */
    private static List<String> threadsOfWorkers(final List<ProcessHandle> processes) throws IOException {
        final List<String> threads = new ArrayList<>();
        for (final ProcessHandle process : processes) {
            final List<String> variables = List.of(Files.readString(Path.of("/proc/" + process.pid() + "/environ"))
                    .split("\0"));
            if (variables.stream().anyMatch(variable -> variable.startsWith("SHMARRAYS_RANK="))) {
                variables.stream()
                        .filter(variable -> variable.startsWith("OMP_NUM_THREADS="))
                        .forEach(threads::add);
            }
        }
        return threads;
    }

    /** How far a training has come when the signal is sent. */
    enum Moment {
        WORKERS,
        IMAGES_UNFINISHED_OR_THERE,
        IMAGES_THERE,
        WARM_UP_OR_LATER
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveNothingBehindAfterASignalWhileItStarts(final Moment moment) throws Exception {
        startEndless("softmax", 2);
        try (BufferedReader lines = process.inputReader()) {
            await("two workers", () -> process.descendants().count() == 2);
            final List<ProcessHandle> workers = process.descendants().toList();
            await(moment.name(), () -> hasCome(moment));

            process.toHandle().destroy(); // SIGTERM; the process would close its output, too
            final String output = drain(lines);

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(workers).noneMatch(ProcessHandle::isAlive);
            assertThat(segments()).as(output).isEmpty();
            assertThat(temporaryFiles()).as(output).isEmpty();
        }
    }

    private String[] temporaryFiles() {
        return temporary.toFile().list();
    }

    private boolean hasCome(final Moment moment) {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        return switch (moment) {
            case WORKERS -> true;
            case IMAGES_UNFINISHED_OR_THERE ->
                Doors.ROOT.of(settings).hasUnfinished("s-data")
                        || Doors.ROOT.of(settings).holds("s-data");
            case IMAGES_THERE -> Doors.ROOT.of(settings).holds("s-data");
            case WARM_UP_OR_LATER -> temporaryFiles().length > 0 || workersWith(1, settings) > 0;
        };
    }

    /** Whether this many workers have taken a hundred steps each. */
    private boolean haveTrained(final int workers) {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        return Doors.ROOT.of(settings).holds("s") && workersWith(100, settings) == workers;
    }

    /** How many workers have taken at least so many steps. */
    private static long workersWith(final long steps, final Settings settings) {
        return Doors.STATUS.of(SegmentOpener.open(Doors.ROOT.of(settings), "s", false)).workers().stream()
                .filter(worker -> worker.rank() >= 0 && worker.steps() >= steps)
                .count();
    }

    @Test
    void shouldExitWith0WhenTheTargetIsMet() throws Exception {
        final Path json = directory.resolve("m.json");
        final String met =
                run("--model", "softmax", "--epochs", "3", "--target-accuracy", "0.9", "--json", json.toString());
        assertThat(process.exitValue()).as(met).isZero();
        assertThat(Files.readString(json)).contains("\"reachedTarget\" : true");
        assertThat(segments()).isEmpty();
    }

    /** And exit with 3, because it misses its target. */
    @Test
    void shouldPrintNothingBesideAFileThatIsStandardOutput() throws Exception {
        final Path err = directory.resolve("err");
        process = command(
                        "--model softmax --workers 1 --epochs 1 --target-accuracy 0.999 --json /dev/stdout".split(" "))
                .redirectError(err.toFile())
                .start();

        final byte[] output = process.getInputStream().readAllBytes();

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
        assertThat(new ObjectMapper()
                        .reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .readTree(output)
                        .get("model")
                        .asText())
                .isEqualTo("softmax");
        assertThat(err).content().contains("epoch 1 of 1: ", "test accuracy     ", "missed");
    }

    @Test
    void shouldSayInOneSentenceWhatIsWrong() throws Exception {
        final String noData =
                run("--model", "softmax", "--data", directory.resolve("nowhere").toString());
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(noData).contains("MNIST file is missing").doesNotContain("\tat ");

        final String noWorkers = run("--workers", "0");
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(noWorkers).contains("--workers must be 1 to 4095: 0");
        assertThat(noWorkers.lines().filter(line -> !line.startsWith("WARNING") && !line.startsWith("Picked up")))
                .as("the sentence, and where the help is")
                .hasSize(2);

        final String longName = run("--name", "n".repeat(96));
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(longName).contains("--name must not be longer than 95 characters: 96");
        assertThat(segments()).isEmpty();
    }

    @Test
    void shouldWriteEachFileEvenIfOthersCannotBeWritten() throws Exception {
        final Path json = directory.resolve("m.json");

        final List<String> training = new ArrayList<>(List.of("--model", "softmax", "--epochs", "4", "--workers", "1"));
        training.addAll(List.of("--save", "/dev/full", "--report", "/dev/full", "--json", json.toString()));

        final String output = run(training.toArray(String[]::new));

        assertThat(process.exitValue()).as(output).isEqualTo(1);
        assertThat(output)
                .contains("test accuracy     ")
                .contains("shmarrays: cannot write the values: file=/dev/full, No space left on device");
        assertAccuracyOfEachEpochsOwnEnd(output, new ObjectMapper().readTree(json.toFile()));
    }

    private static void assertAccuracyOfEachEpochsOwnEnd(final String output, final JsonNode result) {
        final Pattern line =
                Pattern.compile("epoch (\\d+) of 4: .*test accuracy (\\d+\\.\\d+) %(?: at epoch ([\\d.]+))?, .*");
        final List<Matcher> lines =
                output.lines().map(line::matcher).filter(Matcher::matches).toList();
        assertThat(lines).as(output).isNotEmpty();
        for (final Matcher epoch : lines) {
            final JsonNode told = StreamSupport.stream(result.get("epochs").spliterator(), false)
                    .filter(node -> node.get("epoch").asInt() == Integer.parseInt(epoch.group(1)))
                    .findFirst()
                    .orElseThrow();
            assertThat(Double.parseDouble(epoch.group(2)))
                    .as(epoch.group())
                    .isCloseTo(100 * told.get("accuracy").asDouble(), within(0.0051));
            final double at = told.get("samples").asDouble() / 60_000;
            assertThat(epoch.group(3) != null)
                    .as(epoch.group())
                    .isEqualTo(at > Integer.parseInt(epoch.group(1)) + 0.05);
        }
        // The last epoch's end is the end of the training: its accuracy is that of the last parameters.
        assertThat(lines.get(lines.size() - 1).group(1)).isEqualTo("4");
        assertThat(Double.parseDouble(lines.get(lines.size() - 1).group(2)))
                .isCloseTo(100 * result.get("lastAccuracy").asDouble(), within(0.0051));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--learning-rate NaN",
                "--learning-rate Infinity",
                "--learning-rate -0.1",
                "--learning-rate 0",
                "--learning-rate 1e300",
                "--learning-rate 1e-300",
                "--momentum NaN",
                "--momentum 1",
                "--workers 1000000",
                "--threads-per-worker 0",
                "--epochs 2147483647",
                "--batch-size 2147483647",
                "--snapshot-every NaN",
                "--snapshot-every Infinity",
                "--snapshot-every 1e-300",
                "--target-accuracy NaN",
                "--levels 0.5,NaN",
                "--restarts -1",
                "--name a/b",
                "--name .a",
                "--devices 0,,1",
                "--momentum 0.5 --model lenet",
                "--dtype BFLOAT16 --model samediff-mlp",
                "--mode ATOMIC --model dl4j-mlp"
            })
    void shouldRefuseWhatMakesNoSense(final String options) throws Exception {
        final StringWriter err = new StringWriter();
        final CommandLine mnist = new CommandLine(new MnistCommand()).setErr(new PrintWriter(err));

        assertThat(mnist.execute(options.split(" "))).isEqualTo(2);
        assertThat(err.toString()).startsWith(options.split(" ")[0] + " must ");
        assertThat(segments()).isEmpty();
    }

    @Test
    void shouldObeyWhoeverSteersTheRun() throws Exception {
        start("--name s --model mlp --mode locked --workers 2 --epochs 100000 --evaluate after".split(" "));
        try (BufferedReader lines = process.inputReader()) {
            await("steps of both workers", () -> haveTrained(2));
            final Settings settings = Settings.fromProperties().withDirectory(directory);
            final RunControl control = Doors.RUN_CONTROL.of(SegmentOpener.open(Doors.ROOT.of(settings), "s", false));
            try (ShmArrays reader = ShmArrays.attachReadOnly("s", settings)) {
                control.learningRate(1e-30); // far less than half a unit in the last place of any weight
                await("steps that change nothing", () -> !isChangedBySteps(reader, control));
                control.learningRate(0);
                await("steps that change values", () -> isChangedBySteps(reader, control));
            }
            control.stop();
            final String rest = drain(lines);

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(rest).isZero();
            assertThat(rest).contains("test accuracy");
            assertThat(segments()).isEmpty();
        }
    }

    @Test
    void shouldNotTakeTheNameOfASegmentThatIsThere() throws Exception {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        ShmArrays.create("mine", List.of(ArraySpec.of("w", ElementType.FLOAT32, 2)), settings)
                .close();

        final String output = run("--model", "softmax", "--name", "mine");

        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(output).contains("a segment of this name exists: mine;").doesNotContain("\tat ");
        ShmArrays.create("my-data", List.of(ArraySpec.of("w", ElementType.FLOAT32, 2)), settings)
                .close();
        assertThat(run("--model", "softmax", "--name", "my"))
                .contains("a segment of this name exists: my-data;", "--leftover replace")
                .doesNotContain("\tat ");
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(segments()).containsExactlyInAnyOrder("mine", "my-data");
    }

    private static float[] weights(final ShmArrays reader) {
        final float[] weights = new float[reader.array("dense2/W").elementCount()];
        reader.array("dense2/W").readInto(weights);
        return weights;
    }

    /** Whether a hundred steps of the workers change a weight. */
    private static boolean isChangedBySteps(final ShmArrays reader, final RunControl control) {
        final float[] before = weights(reader);
        final long steps = control.globalStep();
        await("a hundred steps", () -> control.globalStep() > steps + 100);
        return !Arrays.equals(before, weights(reader));
    }

    private static void await(final String description, final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began).as(description).isLessThan(TimeUnit.MINUTES.toNanos(3));
            LockSupport.parkNanos(2_000_000);
        }
    }

    private String run(final String... arguments) throws Exception {
        start(arguments);
        try (BufferedReader lines = process.inputReader()) {
            final String output = drain(lines);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return output;
        }
    }

    private static String drain(final BufferedReader lines) {
        return String.join("\n", lines.lines().toList());
    }

    /** What stands in the directory of the segments, passing states and locks of creators too. */
    private List<String> segments() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> Files.isDirectory(path)
                            || path.getFileName().toString().startsWith("."))
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }
}
