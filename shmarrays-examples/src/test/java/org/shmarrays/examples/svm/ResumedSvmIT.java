package org.shmarrays.examples.svm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.examples.ExampleProcess;
import org.shmarrays.status.WorkerStatus;

/** A training that was interrupted, or whose worker was killed, goes on with another number of workers. */
@Timeout(300)
class ResumedSvmIT {
    private static final int EXAMPLES = 4_000;
    private static final int EPOCHS = 100;
    private static final long TOTAL = (long) EPOCHS * EXAMPLES;

    @TempDir
    private Path directory;

    private Path root;
    private Path saved;

    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectory(directory.resolve("root"));
        saved = directory.resolve("saved");
    }

    private ExampleProcess svm(final String... options) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of("sparse-svm", "--checkpoint-dir", saved.toString()));
        arguments.addAll(List.of(options));
        return ExampleProcess.start(root, arguments.toArray(String[]::new));
    }

    /** Returns the number of examples at the end. */
    private long resumeWithThreeWorkers() throws Exception {
        final Path file = CheckpointPlan.ofOptions(null, saved, 1, CheckpointPlan.LATEST)
                .resumedFile(null)
                .orElseThrow();
        final long samples = Checkpoint.describe(file).samples();
        assertThat(samples).isBetween(1L, TOTAL - 1);
        try (ExampleProcess svm = svm("--resume", "latest", "--workers", "3")) {
            assertThat(svm.exitCode()).as(svm.output()).isZero();

            assertThat(svm.output()).contains("resumed after " + samples + " examples");
            assertThat(root.toFile().list()).as("segments are removed").noneMatch(name -> name.startsWith("v"));
            final Matcher result =
                    Pattern.compile("3 workers, locked: (\\d+) examples in ").matcher(svm.output());
            assertThat(result.find()).as(svm.output()).isTrue();
            return Long.parseLong(result.group(1));
        }
    }

    @Test
    @Tag("matrix")
    void shouldTrainOnEachExampleOnceAfterASignal() throws Exception {
        try (ExampleProcess svm =
                svm(("--name v --workers 2 --mode locked --examples " + EXAMPLES + " --epochs " + EPOCHS).split(" "))) {
            svm.awaitSteps("v", 4_000);
            svm.terminate();

            assertThat(svm.exitCode()).as(svm.output()).isEqualTo(143);
            assertThat(svm.output()).contains("last checkpoint " + saved.resolve("v-"));
        }

        assertThat(resumeWithThreeWorkers()).isEqualTo(TOTAL);
    }

    @Test
    void shouldTrainOnEachExampleOfAFileOnceAfterAWorkerWasKilled() throws Exception {
        final Path data = directory.resolve("examples");
        write(new SparseExamples(1, 0, EXAMPLES), data);
        final String options = "--name v --workers 2 --mode locked --epochs " + EPOCHS + " --data " + data;
        try (ExampleProcess svm =
                svm(Stream.concat(Stream.of(options.split(" ")), Stream.of("--checkpoint-every", "1000 steps"))
                        .toArray(String[]::new))) {
            svm.awaitSteps("v", 4_000);
            killRank(1, svm);

            assertThat(svm.exitCode()).as(svm.output()).isEqualTo(1);
            assertThat(svm.output()).contains("SIGKILL");
        }
        final Path original = Files.move(data, directory.resolve("moved"));
        write(new SparseExamples(2, 0, EXAMPLES), data);
        try (ExampleProcess svm = svm("--resume", "latest")) {
            assertThat(svm.exitCode()).isEqualTo(1);
            assertThat(svm.output()).contains("content of the file: given=" + EXAMPLES + " examples, ", ", kept=");
        }
        Files.move(original, data, StandardCopyOption.REPLACE_EXISTING);

        // The worker may have been killed between an example and its count.
        assertThat(resumeWithThreeWorkers()).isBetween(TOTAL - 1, TOTAL + 1);
    }

    private static void killRank(final int rank, final ExampleProcess svm) {
        svm.awaitStatus(
                "v",
                status -> status.workers().stream()
                        .filter(worker -> worker.rank() == rank)
                        .map(WorkerStatus::pid)
                        .flatMap(pid -> ProcessHandle.of(pid).stream())
                        .anyMatch(ProcessHandle::destroyForcibly));
    }

    private static void write(final SparseExamples examples, final Path file) throws IOException {
        try (PrintStream out = new PrintStream(Files.newOutputStream(file))) {
            SvmCommandIT.print(examples, 0, EXAMPLES, -1, out);
            SvmCommandIT.print(examples, 0, EXAMPLES, 1, out);
        }
    }
}
