package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.examples.ExampleProcess;
import org.shmarrays.examples.WorkTable;

/** A command is killed by SIGKILL, and the next one of its name says what becomes of the segments that it has left. */
@Timeout(300)
class LeftoverCommandIT {
    private static final int EXAMPLES = 4_000;
    private static final int EXAMPLES_A_BATCH = 100;
    private static final int SVM_EPOCHS = 100;
    private static final String SVM =
            "sparse-svm --name v --workers 2 --mode locked --examples " + EXAMPLES + " --epochs " + SVM_EPOCHS;
    private static final int IMAGES = 1_280;
    private static final int EPOCHS = 40;

    @TempDir
    private Path directory;

    private Path root;
    private Path saved;
    private Settings settings;

    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectory(directory.resolve("root"));
        saved = directory.resolve("saved");
        settings = Settings.fromProperties().withDirectory(root).withAttachTimeout(Duration.ofMinutes(1));
    }

    private ExampleProcess start(final String command, final String... more) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of(more));
        return ExampleProcess.start(root, arguments.toArray(String[]::new));
    }

    /** Kills a command in the middle of its work; its workers end without it. */
    private void kill(final String command, final String segment, final long steps) throws Exception {
        try (ExampleProcess killed = start(command)) {
            killed.awaitSteps(segment, steps);
            final List<ProcessHandle> workers = killed.handle().descendants().toList();
            killed.handle().destroyForcibly();
            awaitEnd(workers);
        }
    }

    private static void awaitEnd(final List<ProcessHandle> processes) throws Exception {
        for (final ProcessHandle process : processes) {
            process.onExit().get(1, TimeUnit.MINUTES);
        }
    }

    /** Examples or images that are left to be trained on, as the table of the batches says it. */
    private long left(final String segment, final int epochs, final int batchSize) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(segment, settings)) {
            final long[] words = new long[arrays.array(WorkTable.NAME).elementCount()];
            arrays.array(WorkTable.NAME).readInto(words);
            long left = 0;
            for (final long word : words) {
                left += (epochs - (word >>> 32)) * batchSize - (word >>> 16 & 0xffff);
            }
            return left;
        }
    }

    private long samples(final String segment) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(segment, settings)) {
            return arrays.runControl().samples();
        }
    }

    @Test
    void shouldContinueAKilledSvmByTheFlagThatTheErrorNames() throws Exception {
        kill(SVM, "v", 4_000);
        final long done = samples("v");
        final long left = left("v", SVM_EPOCHS, EXAMPLES_A_BATCH);
        // Each of the two workers may have been killed between an example and its count.
        assertThat(done + left).isBetween((long) SVM_EPOCHS * EXAMPLES - 2, (long) SVM_EPOCHS * EXAMPLES + 2);
        try (ExampleProcess refused = start(SVM)) {
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.output()).contains("a segment of this name exists: v;", "--leftover resume");
        }

        try (ExampleProcess svm =
                start("sparse-svm --name v --leftover resume --workers 3", "--checkpoint-dir", saved.toString())) {
            assertThat(svm.exitCode()).as(svm.output()).isZero();

            assertThat(svm.output()).contains("resumed after " + done + " examples");
            final Matcher result =
                    Pattern.compile("3 workers, locked: (\\d+) examples in ").matcher(svm.output());
            assertThat(result.find()).as(svm.output()).isTrue();
            assertThat(Long.parseLong(result.group(1))).isEqualTo(done + left);
        }
        assertThat(root.toFile().list()).as("segments are removed").noneMatch(name -> name.startsWith("v"));
        final Path last = CheckpointPlan.ofOptions(null, saved, 1, CheckpointPlan.LATEST)
                .resumedFile("v")
                .orElseThrow();
        assertThat(Checkpoint.describe(last).samples()).isEqualTo(done + left);
        assertThat(saved.toFile().list()).as("what was left, and the end").hasSize(2);
    }

    /** The second segment, of the images, is left, too. */
    @Test
    @Tag("matrix")
    void shouldContinueAKilledMnist() throws Exception {
        final String command = mnist("softmax");
        kill(command, "m", 150);
        final long done = samples("m");
        final long left = left("m", EPOCHS, 32);

        assertThat(resumedSamples()).isEqualTo(done + left).isBetween(EPOCHS * 2L * IMAGES - 64, EPOCHS * 2L * IMAGES);
    }

    /**
     * The process that launches the workers would remove the segment, so all of them are killed, as with a container.
     */
    @Test
    @Tag("matrix")
    void shouldContinueAKilledModelOfDl4j() throws Exception {
        try (ExampleProcess killed = start(mnist("dl4j-mlp"))) {
            killed.awaitSteps("m", 150);
            final List<ProcessHandle> launcherAndWorkers =
                    killed.handle().descendants().toList();
            launcherAndWorkers.forEach(ProcessHandle::destroyForcibly);
            killed.handle().destroyForcibly();
            awaitEnd(launcherAndWorkers);
        }

        assertThat(resumedSamples()).isBetween((long) EPOCHS * IMAGES - 64, (long) EPOCHS * IMAGES);
    }

    private String mnist(final String model) throws IOException {
        final Path data = Files.createDirectory(directory.resolve("data"));
        FewImages.write(data, IMAGES, 500);
        return "mnist --name m --workers 2 --evaluate after --batch-size 32 --mode locked --epochs " + EPOCHS
                + " --model " + model + " --data " + data;
    }

    private long resumedSamples() throws Exception {
        final Path json = directory.resolve("result.json");
        assertThat(root.toFile().list()).contains("m", "m-data");
        try (ExampleProcess mnist = start(
                "mnist --name m --leftover resume --workers 3 --evaluate after",
                "--checkpoint-dir",
                saved.toString(),
                "--json",
                json.toString())) {
            assertThat(mnist.exitCode()).as(mnist.output()).isZero();
            assertThat(mnist.output()).contains("the segment that was left over is saved: name=m", "resumed at epoch ");
        }
        assertThat(root.toFile().list()).as("segments are removed").noneMatch(name -> name.startsWith("m"));
        return new ObjectMapper().readTree(json.toFile()).get("samples").asLong();
    }

    @Test
    @Tag("matrix")
    void shouldReplaceWhatAKilledTrainingHasLeft() throws Exception {
        kill(SVM, "v", 4_000);

        try (ExampleProcess svm = start(SVM, "--leftover", "replace")) {
            assertThat(svm.exitCode()).as(svm.output()).isZero();

            assertThat(svm.output()).contains("2 workers, locked: " + SVM_EPOCHS * EXAMPLES + " examples in ");
        }
        assertThat(root.toFile().list()).as("segments are removed").noneMatch(name -> name.startsWith("v"));
    }
}
