package org.shmarrays.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchDirectoryTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(0);

    @TempDir
    private Path parent;

    @Test
    void shouldDeleteWhatAKilledRunLeft() throws Exception {
        final Path leftover;
        try (BenchDirectory killed = BenchDirectory.createIn(parent)) {
            leftover = parent.resolve(killed.path().getFileName() + "x");
        }
        Files.createDirectories(leftover.resolve("segments"));
        Files.writeString(leftover.resolve("segments").resolve("data"), "x");
        Files.setLastModifiedTime(Files.createFile(leftover.resolve("lock")), LONG_AGO);
        try (BenchDirectory next = BenchDirectory.createIn(parent)) {
            assertThat(leftover).doesNotExist();
            assertThat(next.path()).exists();
        }
    }

    @Test
    void shouldLeaveALivingRunAlone() throws Exception {
        try (BenchDirectory first = BenchDirectory.createIn(parent)) {
            Files.setLastModifiedTime(first.path().resolve("lock"), LONG_AGO);
            try (BenchDirectory second = BenchDirectory.createIn(parent)) {
                assertThat(second.path()).isNotEqualTo(first.path());
                assertThat(first.path().resolve("lock")).exists();
            }
        }
    }

    @Test
    void shouldKeepOnlyClassesWhenCleared() throws Exception {
        try (BenchDirectory directory = BenchDirectory.createIn(parent)) {
            final Path file = Files.createFile(directory.newFile("region"));
            final Path compiled = Files.createDirectories(directory.classes()).resolve("A.class");
            Files.createFile(compiled);
            directory.clear();
            assertThat(file).doesNotExist();
            assertThat(compiled).exists();
        }
    }

    @Test
    void shouldBeGoneWhenClosed() {
        final BenchDirectory directory = BenchDirectory.createIn(parent);
        assertThat(directory.path()).exists();
        directory.close();
        assertThat(directory.path()).doesNotExist();
        directory.close(); // twice is harmless
    }
}
