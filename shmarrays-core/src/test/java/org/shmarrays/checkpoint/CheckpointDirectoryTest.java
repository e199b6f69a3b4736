package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.worker.Worker;

/** The checkpoints of a training in a directory. */
class CheckpointDirectoryTest {
    @TempDir
    private Path directory;

    private Path saved;
    private Worker worker;
    private ShmArrays arrays;

    @BeforeEach
    void create() {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory.resolve("root"))
                .withSlots(2);
        saved = directory.resolve("saved");
        worker = Worker.of(0, 1);
        arrays = ShmArrays.createOrAttach(
                worker,
                "net",
                List.of(ArraySpec.of("w", ElementType.FLOAT32, 4)),
                fresh -> fresh.write(Map.of("w", new float[4])),
                settings);
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private void train(final int steps) {
        for (int i = 0; i < steps; i++) {
            worker.countStep(1, 0);
        }
    }

    private Path newOne(final CheckpointDirectory checkpoints) {
        train(10);
        return checkpoints.write(arrays);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(saved)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void damage(final Path file) throws IOException {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.setLength(content.length() / 2);
        }
    }

    @Test
    void shouldNameFilesByTheirStepsAndKeepTheNewest() throws IOException {
        final CheckpointDirectory checkpoints = CheckpointDirectory.of(saved, "net", 2);
        Files.createFile(saved.resolve("notes.txt"));
        Files.createFile(saved.resolve("other-000000000001.npz"));

        newOne(checkpoints);
        newOne(checkpoints);
        final Path last = newOne(checkpoints);

        assertThat(names())
                .containsExactly("net-000000000020.npz", "net-000000000030.npz", "notes.txt", "other-000000000001.npz");
        assertThat(last).isEqualTo(saved.resolve("net-000000000030.npz"));
        assertThat(Checkpoint.describe(last).steps()).isEqualTo(30);
        assertThat(Checkpoint.describe(last).consistency()).isEqualTo(Checkpoint.Consistency.WHOLE_SEGMENT);
    }

    @Test
    void shouldFindTheLatestThatIsIntact() throws IOException {
        final CheckpointDirectory checkpoints = CheckpointDirectory.of(saved, "net", 3);
        final Path first = newOne(checkpoints);
        final Path second = newOne(checkpoints);

        assertThat(CheckpointDirectory.resolve("latest", saved, "net")).isEqualTo(second);
        assertThat(CheckpointDirectory.resolve("latest", saved, null)).isEqualTo(second);
        assertThat(CheckpointDirectory.resolve(first.toString(), saved, "net")).isEqualTo(first);

        damage(second);
        assertThat(CheckpointDirectory.resolve("latest", saved, "net")).isEqualTo(first);

        damage(first);
        assertThatThrownBy(() -> CheckpointDirectory.resolve("latest", saved, "net"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("no checkpoint to resume from", saved.toString(), "name=net");
    }

    @Test
    void shouldAskWhichTrainingIsMeant() {
        newOne(CheckpointDirectory.of(saved, "net", 3));
        newOne(CheckpointDirectory.of(saved, "other", 3));

        assertThatThrownBy(() -> CheckpointDirectory.resolve("latest", saved, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("several trainings", "net", "other");
        assertThat(CheckpointDirectory.resolve("latest", saved, "other"))
                .isEqualTo(saved.resolve("other-000000000020.npz"));
    }

    @Test
    void shouldRefuseToMixTheCheckpointsOfTwoTrainings() {
        final CheckpointDirectory checkpoints = CheckpointDirectory.of(saved, "net", 3);
        checkpoints.checkContinues(null);
        final Path first = newOne(checkpoints);
        final Path second = newOne(checkpoints);

        checkpoints.checkContinues(second);
        assertThatThrownBy(() -> checkpoints.checkContinues(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("newest=" + second, "resume from the newest one");
        assertThatThrownBy(() -> checkpoints.checkContinues(first))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("resumed=" + first);
    }

    @Test
    void shouldGoOnFromTheNewestThatIsIntactAndKeepWhatIsNew() throws IOException {
        final Path first = newOne(CheckpointDirectory.of(saved, "net", 3));
        final Path second = newOne(CheckpointDirectory.of(saved, "net", 3));
        damage(second);
        arrays.close();
        final Settings settings = Settings.fromProperties().withDirectory(directory.resolve("resumed"));
        final CheckpointDirectory checkpoints = CheckpointDirectory.of(saved, "net", 1);

        checkpoints.checkContinues(CheckpointDirectory.resolve("latest", saved, "net"));
        try (ShmArrays resumed = Checkpoint.restore(first, "net", settings)) {
            assertThat(checkpoints.write(resumed)).isEqualTo(first).exists();
        }

        assertThat(names()).containsExactly("net-000000000010.npz", "net-000000000020.npz");
    }

    @Test
    void shouldRefuseADirectoryThatCantBe() throws IOException {
        final Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> CheckpointDirectory.of(file, "net", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("can't be written to this directory");
        assertThatThrownBy(() -> CheckpointDirectory.of(saved, "net", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keep=0");
    }
}
