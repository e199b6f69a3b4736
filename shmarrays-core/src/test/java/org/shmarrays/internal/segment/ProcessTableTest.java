package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes as a {@code /proc} shows them that may not be that of this process's namespace. */
class ProcessTableTest {
    private static final long OWN = 42;

    @TempDir
    private Path root;

    private void file(final String absolute, final String content) throws IOException {
        final Path path = root.resolve(absolute.substring(1));
        Files.createDirectories(path.getParent());
        Files.writeString(path, content + "\n");
    }

    private void self(final String pid, final String pids) throws IOException {
        file("/proc/" + pid + "/status", "Name:\tjava\nNSpid:\t" + pids + "\nThreads:\t9");
        Files.deleteIfExists(root.resolve("proc/self"));
        Files.createSymbolicLink(root.resolve("proc/self"), Path.of(pid));
    }

    private void process(final long pid, final String name, final char state, final long flags, final long start)
            throws IOException {
        file(
                "/proc/" + pid + "/stat",
                pid + " (" + name + ") " + state + " 1 1 1 0 -1 " + flags + " 0 0 0 0 0 0 0 0 20 0 1 0 " + start
                        + " 7 8");
    }

    private ProcessTable table() {
        return new ProcessTable(new SystemFiles(root), OWN, true);
    }

    @Test
    void shouldTrustTheTableOfTheOwnNamespace() throws IOException {
        self("42", "42");
        process(7, "java", 'S', 0, 100);

        assertThat(table().isTrusted()).isTrue();
        assertThat(table().find(7)).isEqualTo(new ProcessTable.Entry('S', false, 100));
        assertThat(table().isGone(7, 100)).isFalse();
        assertThat(table().isGone(7, 101)).as("another one has its id").isTrue();
        assertThat(table().find(8)).isNull();
    }

    @Test
    void shouldKnowNoProcessWhereTheTableIsThatOfTheHost() throws IOException {
        self("31042", "31042\t42");
        process(7, "kworker", 'S', 0, 100);
        process(31042, "java", 'S', 0, 500);

        assertThat(table().isTrusted()).isFalse();
        assertThat(table().find(7)).isNull();
        assertThat(table().isGone(7, 100)).as("nothing is certain").isFalse();
        assertThat(table().isGone(Long.MAX_VALUE)).isFalse();
        assertThat(table().isStopped(7)).isFalse();
        assertThat(table().ownStart())
                .as("who one is oneself is told all the same")
                .isEqualTo(500);
    }

    @Test
    void shouldNotTrustTheTableOfANamespaceWhereItHasTheSameIdByChance() throws IOException {
        self("42", "42\t42");

        assertThat(table().isTrusted()).isFalse();
    }

    @Test
    void shouldNotTrustATableWithoutItselfOrNoTable() throws IOException {
        assertThat(table().isTrusted()).isFalse();

        process(42, "other", 'S', 0, 100);
        Files.createSymbolicLink(root.resolve("proc/self"), Path.of("gone"));
        assertThat(table().isTrusted()).isFalse();
        assertThat(table().ownStart()).isPositive();
    }

    /** Before Linux 4.1 there is no NSpid. */
    @Test
    void shouldTrustAnOldKernelsTable() throws IOException {
        self("42", "42");
        file("/proc/42/status", "Name:\tjava");

        assertThat(table().isTrusted()).isTrue();
    }

    @Test
    void shouldAskTheJvmOnOtherSystems() {
        final ProcessTable other = new ProcessTable(new SystemFiles(root), OWN, false);

        assertThat(other.isTrusted()).isTrue();
        assertThat(other.isGone(ProcessHandle.current().pid())).isFalse();
        assertThat(other.isGone(ProcessHandle.current().pid(), other.ownStart()))
                .isFalse();
        assertThat(other.isGone(ProcessHandle.current().pid(), other.ownStart() - 1))
                .isTrue();
        assertThat(other.isGone(Long.MAX_VALUE, 1)).isTrue();
    }

    @Test
    void shouldTellWhatKeepsAProcessFromRunning() throws IOException {
        self("42", "42");
        process(1, "a) S 1 (b", 'T', 0, 10);
        process(2, "gdb'd", 't', 0, 10);
        process(3, "java", 'Z', 4, 10);
        process(4, "java", 'S', 0x40_0004, 10);
        process(5, "java", 'R', 0x40_0000, 10);

        assertThat(table().isStopped(1)).isTrue();
        assertThat(table().isStopped(1, 10)).isTrue();
        assertThat(table().isStopped(1, 11)).as("another one has its id").isFalse();
        assertThat(table().isStopped(2)).isTrue();
        assertThat(table().isStopped(3)).isFalse();
        assertThat(table().isGone(3, 10)).as("a zombie").isTrue();
        assertThat(table().isStopped(4)).isFalse();
        assertThat(table().find(4).isEnding()).isTrue();
        assertThat(table().isStopped(5)).isFalse();
        assertThat(table().isStopped(6)).isFalse();
    }

    @Test
    void shouldSeeThatTheControlGroupOfAProcessIsFrozen() throws IOException {
        self("42", "42");
        process(1, "java", 'S', 0, 10);
        process(2, "java", 'D', 0, 10);
        file("/proc/1/cgroup", "0::/box");
        file("/proc/2/cgroup", "6:freezer:/box\n0::/");
        file("/sys/fs/cgroup/box/cgroup.events", "populated 1\nfrozen 0");
        file("/sys/fs/cgroup/freezer/box/freezer.state", "FREEZING");
        assertThat(table().isStopped(1)).isFalse();
        assertThat(table().isStopped(2)).isFalse();

        file("/sys/fs/cgroup/box/cgroup.events", "populated 1\nfrozen 1");
        file("/sys/fs/cgroup/freezer/box/freezer.state", "FROZEN");
        assertThat(table().isStopped(1)).isTrue();
        assertThat(table().isStopped(2)).isTrue();
    }

    @Test
    void shouldPassOverATableThatMakesNoSense() throws IOException {
        self("42", "42");
        file("/proc/1/stat", "");
        file("/proc/2/stat", "2 (java)");
        file("/proc/3/stat", "3 (java) S 1 1 1 0 -1 x 0 0 0 0 0 0 0 0 20 0 1 0 y 7");

        assertThat(table().find(1)).isNull();
        assertThat(table().find(2)).isNull();
        assertThat(table().find(3)).isNull();
    }

    @Test
    void shouldSeeThisProcessAlsoInAnInterruptedThread() {
        final long pid = ProcessHandle.current().pid();
        Thread.currentThread().interrupt();
        try {
            assertThat(ProcessTable.HERE.isGone(pid, ProcessTable.HERE.ownStart()))
                    .isFalse();
            assertThat(ProcessTable.HERE.isGone(pid, ProcessTable.HERE.ownStart() - 1))
                    .isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
