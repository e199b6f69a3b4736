package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel's files say about memory, in the layouts of machines and containers. */
class MemoryLimitsTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    @TempDir
    private Path root;

    @BeforeEach
    void makeMachine() throws IOException {
        file("/proc/meminfo", "MemTotal: 67108864 kB\nMemAvailable: 33554432 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    }

    private void file(final String absolute, final Object content) throws IOException {
        final Path path = root.resolve(absolute.substring(1));
        Files.createDirectories(path.getParent());
        Files.writeString(path, content + "\n");
    }

    private void version2(final String directory, final Object limit, final long usage, final long cache)
            throws IOException {
        file(directory + "/memory.max", limit);
        file(directory + "/memory.current", usage);
        file(
                directory + "/memory.stat",
                "anon 1\nfile " + (cache + 5 * MIB) + "\nshmem " + 5 * MIB + "\ninactive_file " + cache / 2
                        + "\nactive_file " + (cache - cache / 2));
    }

    private void version1(final String directory, final Object limit, final long usage, final long cache)
            throws IOException {
        file(directory + "/memory.limit_in_bytes", limit);
        file(directory + "/memory.usage_in_bytes", usage);
        file(
                directory + "/memory.stat",
                "cache 1\ninactive_file 0\nactive_file 0\nhierarchical_memory_limit 9223372036854771712\ntotal_cache "
                        + (cache + 5 * MIB) + "\ntotal_shmem " + 5 * MIB + "\ntotal_inactive_file " + cache / 2
                        + "\ntotal_active_file " + (cache - cache / 2));
    }

    private long left() {
        return MemoryLimits.of(new SystemFiles(root)).leftBytes(true);
    }

    @Test
    void shouldCountWhatTheMachineHasWhereNoGroupLimits() throws IOException {
        assertThat(left()).isEqualTo(32 * GIB);

        version2("/sys/fs/cgroup", "max", 60 * GIB, 0);
        assertThat(left()).isEqualTo(32 * GIB);
        assertThat(MemoryLimits.of(new SystemFiles(root)).groups()).isEmpty();
    }

    @Test
    void shouldKnowNoLimitWhereTheSystemTellsNone() throws IOException {
        Files.delete(root.resolve("proc/meminfo"));

        assertThat(left()).isEqualTo(Long.MAX_VALUE);
    }

    /** A data set that was read fills the page cache; pages of a tmpfs stand on other lists, and can't be dropped. */
    @Test
    void shouldCountPagesOfFilesAsFreeButNotThoseOfATmpfs() throws IOException {
        version2("/sys/fs/cgroup", 8 * GIB, 8 * GIB - MIB, 7 * GIB);
        assertThat(left()).isEqualTo(7 * GIB + MIB);

        version2("/sys/fs/cgroup", 8 * GIB, 8 * GIB - MIB, 0);
        assertThat(left()).isEqualTo(MIB);
    }

    @Test
    void shouldCountCachesOfTheKernelAsFree() throws IOException {
        version2("/sys/fs/cgroup", 8 * GIB, 7 * GIB, 0);
        file("/sys/fs/cgroup/memory.stat", "anon 1\nslab_reclaimable " + GIB + "\nslab_unreclaimable " + GIB);

        assertThat(left()).isEqualTo(2 * GIB);
    }

    @Test
    void shouldCountPagesOfFilesAsFreeInVersion1() throws IOException {
        version1("/sys/fs/cgroup/memory", GIB, GIB - MIB, 900 * MIB);

        assertThat(left()).isEqualTo(901 * MIB);
    }

    @Test
    void shouldFindTheTightestOfAllGroupsAboveTheProcess() throws IOException {
        file("/proc/self/cgroup", "0::/user.slice/app.slice/job");
        version2("/sys/fs/cgroup/user.slice/app.slice/job", 4 * GIB, GIB, 0);
        assertThat(left()).isEqualTo(3 * GIB);
        version2("/sys/fs/cgroup/user.slice/app.slice", "max", 3 * GIB, 0);
        version2("/sys/fs/cgroup/user.slice", 5 * GIB, 4 * GIB, GIB);
        assertThat(left()).isEqualTo(2 * GIB);
        version2("/sys/fs/cgroup/user.slice/app.slice", 4 * GIB, 3 * GIB, 0);
        assertThat(left()).isEqualTo(GIB);
        version2("/sys/fs/cgroup/other.slice", 1, 1, 0);
        assertThat(left()).isEqualTo(GIB);
    }

    @Test
    void shouldFindTheGroupsOfVersion1BesideVersion2() throws IOException {
        file("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:hugetlb,memory:/pod/box\n1:name=systemd:/\n0::/pod/box");
        version1("/sys/fs/cgroup/memory/pod/box", 4 * GIB, GIB, 0);
        version1("/sys/fs/cgroup/memory/pod", 2 * GIB, GIB, 512 * MIB);
        version1("/sys/fs/cgroup/memory", Long.MAX_VALUE / 4096 * 4096, 40 * GIB, 0);

        assertThat(left()).isEqualTo(GIB + 512 * MIB);
        file("/sys/fs/cgroup/memory/pod/box/memory.memsw.limit_in_bytes", 2 * GIB);
        file("/sys/fs/cgroup/memory/pod/box/memory.memsw.usage_in_bytes", GIB + 1);
        assertThat(left()).isEqualTo(GIB - 1);
    }

    /** As in a container: the path is that of the host, and its own group is what is mounted. */
    @Test
    void shouldFindTheOwnGroupWhereAPartOfTheHierarchyIsMounted() throws IOException {
        file("/proc/self/cgroup", "3:memory:/docker/abc/inner");
        file(
                "/proc/self/mountinfo",
                "40 30 0:31 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
                        + "41 30 0:31 /docker/abc /sys/fs/cgroup/memory ro,relatime master:3 - cgroup cgroup"
                        + " rw,memory");
        version1("/sys/fs/cgroup/memory", 4 * GIB, GIB, 0);
        version1("/sys/fs/cgroup/memory/inner", 2 * GIB, GIB, 0);
        version1("/sys/fs/cgroup/memory/docker/abc", 1, 1, 0);
        assertThat(left()).isEqualTo(GIB);

        file("/proc/self/cgroup", "3:memory:/elsewhere");
        assertThat(left()).isEqualTo(3 * GIB);
    }

    @Test
    void shouldFindWhereTheHierarchyIsMounted() throws IOException {
        file("/proc/self/cgroup", "0::/a");
        file("/proc/self/mountinfo", "41 30 0:31 / /run/my\\040groups rw - cgroup2 none rw");
        version2("/run/my groups/a", 2 * GIB, GIB, 0);
        assertThat(left()).isEqualTo(GIB);

        // The namespace of control groups has its root elsewhere.
        file("/proc/self/cgroup", "0::/../sibling");
        version2("/run/sibling", 1, 1, 0);
        assertThat(left()).isEqualTo(32 * GIB);
    }

    /** A container may see its own group only, but is told the least limit of those above. */
    @Test
    void shouldHeedTheLimitOfGroupsThatAreNotSeen() throws IOException {
        version1("/sys/fs/cgroup/memory", 4 * GIB, GIB, 0);
        file("/sys/fs/cgroup/memory/memory.stat", "hierarchical_memory_limit " + 2 * GIB);

        assertThat(left()).isEqualTo(GIB);
    }

    @Test
    void shouldCountFreeSwapForWhatMayBeSwappedOut() throws IOException {
        file("/proc/meminfo", "MemAvailable: 1048576 kB\nSwapFree: 1048576 kB\n");
        assertThat(left()).isEqualTo(2 * GIB);
        assertThat(MemoryLimits.of(new SystemFiles(root)).leftBytes(false)).isEqualTo(GIB);

        version2("/sys/fs/cgroup", GIB, GIB - MIB, 0);
        assertThat(left()).as("a group without swap").isEqualTo(MIB);
        file("/sys/fs/cgroup/memory.swap.max", 100 * MIB);
        file("/sys/fs/cgroup/memory.swap.current", 90 * MIB);
        assertThat(left()).isEqualTo(11 * MIB);
        file("/sys/fs/cgroup/memory.swap.max", "max");
        assertThat(left()).isEqualTo(GIB + MIB);
    }

    /** The kernel slows down what goes over it, and ends nothing. */
    @Test
    void shouldTellTheLimitThatOnlySlowsDownButNotRefuseByIt() throws IOException {
        version2("/sys/fs/cgroup", "max", GIB, 0);
        file("/sys/fs/cgroup/memory.high", GIB);

        assertThat(left()).isEqualTo(32 * GIB);
        assertThat(MemoryLimits.of(new SystemFiles(root)).groups())
                .singleElement()
                .satisfies(group -> assertThat(group.leftBytes()).isZero())
                .satisfies(group -> assertThat(group.isHard()).isFalse());
    }

    @Test
    void shouldPassOverWhatCannotBeRead() throws IOException {
        file("/sys/fs/cgroup/memory.max", "what?");
        file("/sys/fs/cgroup/memory.current", "");
        assertThat(left()).isEqualTo(32 * GIB);

        file("/sys/fs/cgroup/memory.max", GIB);
        assertThat(left()).isEqualTo(32 * GIB);
        file("/sys/fs/cgroup/memory.current", 2 * MIB);
        assertThat(left()).isEqualTo(GIB - 2 * MIB);
        file("/sys/fs/cgroup/memory.stat", "inactive_file x\nactive_file 5242880\ninactive_file_more 7");
        assertThat(left()).as("not more than all of it").isEqualTo(GIB);
    }

    @Test
    void shouldWriteAmountsThatTheReaderCanTellApart() {
        assertThat(FreeSpace.neededAndFree(4096, 0)).isEqualTo("needed=4.0 KiB, free=0 B");
        assertThat(FreeSpace.neededAndFree(5 << 20, 4 << 20)).isEqualTo("needed=5.0 MiB, free=4.0 MiB");
        assertThat(FreeSpace.neededAndFree((5 << 20) + 1, 5 << 20))
                .isEqualTo("needed=5.0 MiB (5242881 B), free=5.0 MiB (5242880 B)");
        assertThat(FreeSpace.neededAndFree(3L << 40, -5)).isEqualTo("needed=3,072.0 GiB, free=0 B");
    }
}
