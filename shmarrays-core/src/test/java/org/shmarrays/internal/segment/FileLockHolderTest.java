package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.testing.LogListener;

class FileLockHolderTest {
    @TempDir
    private Path directory;

    @Test
    void shouldFindTheProcessThatHasLockedAFile() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/locks")), "only Linux tells");
        final Path file = directory.resolve("locked");
        assertThat(new FileLockHolder(file).pid()).isEmpty();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(new FileLockHolder(file).pid()).isEmpty();
            channel.lock();

            // An overlay file system shows a file's device otherwise than it locks it.
            assumeTrue(
                    !Files.getFileStore(file).type().equals("overlay"),
                    "an overlay file system has other device numbers");
            assertThat(new FileLockHolder(file).pid())
                    .hasValue(ProcessHandle.current().pid());
            assertThat(new FileLockHolder(file).isStopped(0)).isFalse();
        }
    }

    @Test
    void shouldSayOnceThatTheHolderIsStoppedAndWhenItGoesOn() throws Exception {
        final Path file = Files.createFile(directory.resolve("locked"));
        final long device = ((Number) Files.getAttribute(file, "unix:dev")).longValue();
        final String place = String.format(
                "%02x:%02x:%s",
                device >>> 8 & 0xfff, device & 0xff | device >>> 12 & ~0xffL, Files.getAttribute(file, "unix:ino"));
        final Path proc = Files.createDirectories(directory.resolve("proc/7"));
        Files.createSymbolicLink(directory.resolve("proc/self"), Path.of("5"));
        Files.writeString(
                directory.resolve("proc/locks"),
                "1: FLOCK  ADVISORY  WRITE 99 00:01:2 0 EOF\n2: POSIX  ADVISORY  WRITE 7 " + place + " 0 EOF\n"
                        + "2: -> POSIX  ADVISORY  WRITE 8 " + place + " 0 EOF\n");
        final SystemFiles files = new SystemFiles(directory);
        final FileLockHolder holder = new FileLockHolder(file, files, new ProcessTable(files, 5, true));
        assertThat(holder.pid()).hasValue(7);
        assertThat(holder.describe()).isEqualTo(", pid=7");

        try (LogListener warnings = LogListener.on(FileLockHolder.class.getName())) {
            state(proc, 'S');
            assertThat(holder.isStopped(0)).isFalse();
            state(proc, 'T');
            assertThat(holder.isStopped(1)).as("looked at just now").isFalse();
            for (int second = 1; second < 20; second++) {
                assertThat(holder.isStopped(TimeUnit.SECONDS.toNanos(second))).isTrue();
            }
            assertThat(warnings.messages()).singleElement().asString().contains("kill -CONT 7", "lock file=" + file);

            state(proc, 'S');
            assertThat(holder.isStopped(TimeUnit.SECONDS.toNanos(21))).isFalse();
            holder.ended();
            assertThat(warnings.messages()).hasSize(2);
            assertThat(warnings.messages().get(1)).contains("has continued or ended", "pid=7");
        }
    }

    private static void state(final Path process, final char state) throws Exception {
        Files.writeString(
                process.resolve("stat"), "7 (java) " + state + " 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 7 8\n");
    }
}
