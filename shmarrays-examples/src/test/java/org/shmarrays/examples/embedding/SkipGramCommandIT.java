package org.shmarrays.examples.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.examples.ExampleProcess;

/** Trains word vectors, also after an interruption, with another number of workers. */
@Timeout(300)
class SkipGramCommandIT {
    private static final int VERSES = Corpus.bundled().verses().size();

    @TempDir
    private Path directory;

    private Path root;
    private Path vectors;

    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectory(directory.resolve("root"));
        vectors = directory.resolve("vectors.txt");
    }

    private static String neighbours(final String word, final String output) {
        return output.lines()
                .filter(line -> line.startsWith(word + ": "))
                .findAny()
                .orElseThrow();
    }

    @Test
    void shouldFindNeighboursThatMakeSense() throws Exception {
        final String output;
        try (ExampleProcess training = ExampleProcess.start(
                root, "skip-gram", "--workers", "2", "--epochs", "2", "--save", vectors.toString())) {
            assertThat(training.exitCode()).as(training.output()).isZero();
            output = training.output();
        }

        assertThat(output).contains("trained on " + 2 * VERSES + " verses");
        assertThat(neighbours("father", output)).containsAnyOf("mother", "sister", "brother");
        assertThat(neighbours("bread", output)).containsAnyOf("unleavened", "eat", "drink");
        final List<String> lines = Files.readAllLines(vectors);
        assertThat(lines.get(0)).isEqualTo(lines.size() - 1 + " 64");
        assertThat(lines.get(1)).matches("the( -?[0-9.E-]+){64}");
    }

    @Test
    @Tag("matrix")
    void shouldTrainOnEachVerseOnceAfterASignal() throws Exception {
        final Path saved = directory.resolve("saved");
        try (ExampleProcess training = ExampleProcess.start(
                root, ("skip-gram --name s --workers 2 --epochs 3 --checkpoint-dir " + saved).split(" "))) {
            training.awaitSteps("s", 1_000);
            training.terminate();

            assertThat(training.exitCode()).as(training.output()).isEqualTo(143);
        }
        final Path file = CheckpointPlan.ofOptions(null, saved, 1, CheckpointPlan.LATEST)
                .resumedFile(null)
                .orElseThrow();
        final long done = Checkpoint.describe(file).samples();
        assertThat(done).isBetween(1_000L, 3L * VERSES - 1);

        try (ExampleProcess training = ExampleProcess.start(
                root, ("skip-gram --resume latest --workers 3 --checkpoint-dir " + saved).split(" "))) {
            assertThat(training.exitCode()).as(training.output()).isZero();

            assertThat(training.output())
                    .contains("resumed after " + done + " verses", "trained on " + 3 * VERSES + " verses");
        }
        assertThat(root.toFile().list()).as("segments are removed").noneMatch(name -> name.equals("s"));
    }
}
