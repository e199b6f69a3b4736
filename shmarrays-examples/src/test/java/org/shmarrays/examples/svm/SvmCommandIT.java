package org.shmarrays.examples.svm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.LoggedValues;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.status.SegmentStatus;
import picocli.CommandLine;

/** Two worker processes train one model. One in twenty labels is wrong, so no model gets more than 95 %. */
class SvmCommandIT {
    @TempDir
    private Path directory;

    @TempDir
    private Path logs;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hogwild", "locked"})
    void shouldTellMostUnseenExamplesRight(final String mode) throws IOException {
        final StringWriter out = new StringWriter();
        final CommandLine command = new CommandLine(new SvmCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out, true));

        final int exit = command.execute(("--workers 2 --examples 30000 --epochs 3 --mode " + mode
                        + " --log-to tensorboard:" + logs.resolve(mode))
                .split(" "));

        assertThat(exit).isZero();
        final Matcher told = Pattern.compile(
                        "2 workers, " + mode + ": 90000 examples in .* s including the start, (.*) % of")
                .matcher(out.toString());
        assertThat(told.find()).as(out.toString()).isTrue();
        assertThat(Double.parseDouble(told.group(1))).isGreaterThan(80);
        assertThat(directory.toFile().list()).as("the segment is removed").noneMatch(name -> name.startsWith("svm-"));
        final List<LoggedValues> log = LoggedValues.ofDirectory(logs.resolve(mode));
        assertThat(log.get(log.size() - 1).step()).isEqualTo(90_000);
        assertThat(LoggedValues.of("loss", log)).isNotEmpty().allMatch(loss -> loss > 0);
    }

    @Test
    @Timeout(300)
    void shouldTrainOnEachExampleOncePerPassWhileItIsScaled() {
        final StringWriter out = new StringWriter();
        final CommandLine command = new CommandLine(new SvmCommand()).setOut(new PrintWriter(out, true));
        final CompletableFuture<Integer> training = CompletableFuture.supplyAsync(
                () -> command.execute("--name", "svm", "--workers", "1", "--examples", "1000", "--epochs", "1000000"),
                task -> new Thread(task).start());
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ofMinutes(1));
        try (ShmArrays watcher = ShmArrays.attachReadOnly("svm", settings)) {
            final RunControl control = Doors.RUN_CONTROL.of(SegmentOpener.open(Doors.ROOT.of(settings), "svm", false));
            final SegmentStatus status = watcher.status();
            final ByteBuffer work = watcher.array(WorkTable.NAME).view().order(ByteOrder.nativeOrder());
            try {
                awaitLive(training, status, 1);
                scale(2, settings);
                awaitLive(training, status, 2);
                scale(1, settings);
                awaitLive(training, status, 1);
            } finally {
                control.stop();
            }

            assertThat(training.join()).isZero();
            assertThat(out.toString()).contains(": " + control.samples() + " examples in ");
            long batches = 0;
            while (work.hasRemaining()) {
                batches += work.getLong() >>> 32; // passes that are done with it
            }
            assertThat(batches * 100)
                    .as("examples of the batches that are done")
                    .isEqualTo(control.samples());
        }
    }

    private static void scale(final int workers, final Settings settings) {
        WorkerGroup.requestWorkers("svm", workers, settings, Duration.ofMinutes(1));
    }

    private static void awaitLive(final CompletableFuture<?> training, final SegmentStatus status, final int count) {
        while (status.workers().stream()
                        .filter(worker -> worker.hasRank() && worker.state().isLive() && worker.samples() > 0)
                        .count()
                != count) {
            assertThat(training).isNotDone();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** The labels 0 and 2, sorted by label: the order of training is another one. */
    @Test
    void shouldTrainOnTheExamplesOfAFile() throws IOException {
        final SparseExamples examples = new SparseExamples(1, 0, 12_000);
        final Path train = directory.resolve("train.gz");
        final Path test = directory.resolve("test");
        try (PrintStream out = new PrintStream(new GZIPOutputStream(Files.newOutputStream(train)))) {
            print(examples, 0, 10_000, -1, out);
            print(examples, 0, 10_000, 1, out);
        }
        try (PrintStream out = new PrintStream(Files.newOutputStream(test))) {
            print(examples, 10_000, 12_000, -1, out);
            print(examples, 10_000, 12_000, 1, out);
        }
        final StringWriter out = new StringWriter();
        final CommandLine command = new CommandLine(new SvmCommand()).setOut(new PrintWriter(out, true));

        final int exit = command.execute(
                "--workers", "2", "--epochs", "3", "--data", train.toString(), "--test", test.toString());

        assertThat(exit).isZero();
        final Matcher told = Pattern.compile("2 workers, hogwild: 30000 examples in .* s including the start, (.*) % of"
                        + " the test examples correct")
                .matcher(out.toString());
        assertThat(told.find()).as(out.toString()).isTrue();
        assertThat(Double.parseDouble(told.group(1))).isGreaterThan(75);
        assertThat(directory.toFile().list()).as("segments are removed").noneMatch(name -> name.startsWith("svm-"));
    }

    static void print(
            final SparseExamples examples, final int from, final int to, final float label, final PrintStream out) {
        for (int e = from; e < to; e++) {
            if (examples.label(e) == label) {
                final StringBuilder line = new StringBuilder(label > 0 ? "2" : "0");
                for (int position = examples.begin(e); position < examples.end(e); position++) {
                    line.append(' ').append(examples.feature(position) + 1);
                    line.append(':').append(examples.value(position));
                }
                out.println(line);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--test none", "--data none", "--data . --examples 5", "--data . --seed 5", "--data ."})
    void shouldRefuseFilesThatMakeNoSense(final String options) {
        final StringWriter err = new StringWriter();
        final CommandLine command = new CommandLine(new SvmCommand()).setErr(new PrintWriter(err, true));

        assertThat(command.execute(options.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(" must ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--learning-rate NaN",
                "--learning-rate Infinity",
                "--learning-rate -Infinity",
                "--learning-rate -1",
                "--learning-rate 0",
                "--learning-rate 1e39",
                "--learning-rate 1e-60",
                "--workers 0",
                "--workers 2147483647",
                "--examples 0",
                "--examples 21474837", // times 100 that is more than an int holds
                "--examples 2147483647",
                "--epochs -1",
                "--epochs 2147483647"
            })
    void shouldRefuseNumbersThatMakeNoSense(final String option) {
        final StringWriter err = new StringWriter();
        final CommandLine command = new CommandLine(new SvmCommand()).setErr(new PrintWriter(err, true));

        assertThat(command.execute(option.split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .startsWith(option.split(" ")[0] + " must be ")
                .contains(": " + number(option));
        assertThat(directory.toFile().list()).isEmpty();
    }

    /** As Java writes it. */
    private static String number(final String option) {
        final String number = option.split(" ")[1];
        return option.startsWith("--learning-rate") ? Double.toString(Double.parseDouble(number)) : number;
    }
}
