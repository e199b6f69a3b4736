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
            leftover = parent.resolve(killed.path().getFileName() + "1");
        }
        Files.createDirectories(leftover.resolve("segments"));
        Files.writeString(leftover.resolve("segments").resolve("data"), "x");
        Files.setLastModifiedTime(Files.writeString(leftover.resolve("lock"), "shmarrays bench\n"), LONG_AGO);
        try (BenchDirectory next = BenchDirectory.createIn(parent)) {
            assertThat(leftover).doesNotExist();
            assertThat(next.path()).exists();
        }
    }

    @Test
    void shouldLeaveWhatOnlyLooksLikeALeftover() throws Exception {
        final String name;
        try (BenchDirectory made = BenchDirectory.createIn(parent)) {
            name = made.path().getFileName().toString();
        }
        final Path otherLock = Files.createDirectory(parent.resolve(name + "1"));
        Files.setLastModifiedTime(Files.createFile(otherLock.resolve("lock")), LONG_AGO);
        final Path otherName = Files.createDirectory(parent.resolve(name + "-results"));
        Files.setLastModifiedTime(Files.writeString(otherName.resolve("lock"), "shmarrays bench\n"), LONG_AGO);
        final Path link = Files.createSymbolicLink(parent.resolve(name + "2"), otherName);

        BenchDirectory.createIn(parent).close();

        assertThat(otherLock.resolve("lock")).exists();
        assertThat(otherName.resolve("lock")).exists();
        assertThat(link).isSymbolicLink();
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
