package org.shmarrays.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.cli.doctor.Finding.Severity.ERROR;
import static org.shmarrays.cli.doctor.Finding.Severity.OK;
import static org.shmarrays.cli.doctor.Finding.Severity.WARN;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.cli.doctor.Finding.Severity;

class MemoryChecksTest {
    private static final Path SEGMENTS = Path.of("/dev/shm/shmarrays-ann");
    private static final String TMPFS = "overlay / overlay rw 0 0\ntmpfs /dev/shm tmpfs rw,size=8388608k 0 0\n";
    private static final String MEMORY =
            "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\nSwapTotal:             0 kB\n";

    @TempDir
    private Path directory;

    private FakeHost machine;

    @BeforeEach
    void makeMachine() {
        machine = new FakeHost(directory.resolve("root"))
                .file("/proc/self/mounts", TMPFS)
                .file("/proc/meminfo", MEMORY);
    }

    private Finding find(final String check) {
        return find(check, SEGMENTS);
    }

    private Finding find(final String check, final Path segments) {
        final List<Finding> findings = new MemoryChecks(machine.host(), segments).run();
        return findings.stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    private void assertFinding(final String check, final Severity severity, final String found, final String advice) {
        final Finding finding = find(check);
        assertThat(finding.severity()).as(finding.toString()).isEqualTo(severity);
        assertThat(finding.found()).contains(found);
        assertThat(finding.advice()).contains(advice);
    }

    @Test
    void shouldFindNothingOnAMachineInOrder() {
        assertThat(new MemoryChecks(machine.host(), SEGMENTS).run())
                .hasSize(9)
                .allSatisfy(finding ->
                        assertThat(finding.severity()).as(finding.toString()).isEqualTo(OK));
    }

    @Test
    void shouldSeeDockersDefaultAndLittleRoom() {
        machine.space(64 << 20, 60 << 20);
        assertFinding("room", WARN, "60 MiB free of 64 MiB, Docker's default", "--shm-size");

        machine.space(8L << 30, 100 << 20);
        assertFinding("room", WARN, "100 MiB free of 8,192 MiB", "shmarrays clean");
    }

    @Test
    void shouldSeeTheControlGroupsLimit() {
        machine.file("/sys/fs/cgroup/memory.max", "1073741824\n").file("/sys/fs/cgroup/memory.current", "1048576000\n");
        assertFinding("memory limit", WARN, "24 MiB left of 1,024 MiB", "raise the container's memory limit");

        machine.file("/sys/fs/cgroup/memory.current", "104857600\n");
        assertFinding("memory limit", OK, "924 MiB left of 1,024 MiB", "");

        machine.file("/sys/fs/cgroup/memory.max", "max\n");
        assertFinding("memory limit", OK, "not limited by a control group", "");

        machine.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
                .file("/sys/fs/cgroup/memory/memory.usage_in_bytes", "104857600\n");
        assertFinding("memory limit", OK, "not limited by a control group", "");
    }

    @Test
    void shouldSeeTheTightestOfTheControlGroupsAboveThisProcess() {
        machine.file("/proc/self/cgroup", "0::/user.slice/job\n")
                .file("/sys/fs/cgroup/user.slice/job/memory.max", "max\n")
                .file("/sys/fs/cgroup/user.slice/job/memory.current", "104857600\n")
                .file("/sys/fs/cgroup/user.slice/memory.max", "1073741824\n")
                .file("/sys/fs/cgroup/user.slice/memory.current", "1048576000\n");
        assertFinding("memory limit", WARN, "24 MiB left of 1,024 MiB", "raise the container's memory limit");

        // 500 MiB of pages of files go when memory is short.
        machine.file(
                "/sys/fs/cgroup/user.slice/memory.stat", "anon 1\ninactive_file 424288000\nactive_file 100000000\n");
        assertFinding("memory limit", OK, "524 MiB left of 1,024 MiB", "");

        machine.file("/proc/self/cgroup", "4:cpuset,memory:/job\n0::/\n")
                .file("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "536870912\n")
                .file("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "525336576\n");
        assertFinding("memory limit", WARN, "11 MiB left of 512 MiB", "");
    }

    @Test
    void shouldWarnOfALimitThatSlowsProcessesDown() {
        machine.file("/sys/fs/cgroup/memory.max", "max\n")
                .file("/sys/fs/cgroup/memory.high", "1073741824\n")
                .file("/sys/fs/cgroup/memory.current", "1048576000\n");

        assertFinding("memory limit", WARN, "24 MiB left of 1,024 MiB", "slows down its processes");
    }

    @Test
    void shouldSeeThatTheMachineRunsOutOfMemory() {
        assertFinding("memory", OK, "8,192 MiB available of 16,384 MiB", "");
        machine.file("/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 1048576 kB\n");
        assertFinding("memory", WARN, "1,024 MiB available of 16,384 MiB", "a directory on a disk");

        machine.file("/proc/self/mounts", "ramfs /dev/shm ramfs rw 0 0\n");
        assertFinding("memory", WARN, "1,024 MiB available", "");
        assertFinding("file system", OK, "ramfs at /dev/shm", "");
        machine.file("/proc/self/mounts", "/dev/sda1 /dev/shm ext4 rw 0 0\n");
        assertFinding("memory", OK, "1,024 MiB available", "");
    }

    @Test
    void shouldNotTakeATmpfsWithoutALimitForDockers() {
        machine.space(0, 0);
        assertFinding("room", OK, "unlimited, or unknown", "");
    }

    @Test
    void shouldTellWhomRemoveIpcConcerns() {
        machine.directory("/run/systemd/system");
        assertFinding("RemoveIPC", WARN, "RemoveIPC=yes: when the last session of ann ends", "enable-linger ann");

        machine.file("/etc/systemd/logind.conf", "[Login]\n#RemoveIPC=yes\nRemoveIPC=no\n");
        assertFinding("RemoveIPC", OK, "RemoveIPC=no", "");
        machine.file("/etc/systemd/logind.conf.d/90-ipc.conf", "[Login]\nRemoveIPC = true\n");
        assertFinding("RemoveIPC", WARN, "RemoveIPC=true", "RemoveIPC=no in /etc/systemd/logind.conf");
        assertThat(find("RemoveIPC", Path.of("/data/segments")).severity()).isEqualTo(OK);

        machine.uid(999);
        assertFinding("RemoveIPC", OK, "not relevant for system users", "");
        machine.uid(1000).file("/var/lib/systemd/linger/ann", "");
        assertFinding("RemoveIPC", OK, "lingering is enabled", "");
    }

    @Test
    void shouldTellWhetherSegmentsMayHaveHugePages() {
        machine.file(
                "/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size advise [never] deny force");
        assertFinding("huge pages", OK, "huge=never, shmem_enabled=never: segments use pages of the normal", "measure");

        machine.file("/proc/self/mounts", "tmpfs /dev/shm tmpfs rw,huge=within_size 0 0\n");
        assertFinding("huge pages", OK, "huge=within_size, shmem_enabled=never: segments may use huge pages", "");
        machine.file("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always advise never [deny] force");
        assertFinding("huge pages", OK, "shmem_enabled=deny: segments use pages of the normal size", "");
    }

    @Test
    void shouldWarnOfSwapOnlyWhereItIsUsed() {
        machine.file("/proc/meminfo", "SwapTotal: 2097152 kB\nSwapFree: 2097152 kB\n");
        assertFinding("swap", OK, "0 MiB used of 2,048 MiB", "");

        machine.file("/proc/meminfo", "SwapTotal: 2097152 kB\nSwapFree: 1048576 kB\n");
        assertFinding("swap", WARN, "1,024 MiB used of 2,048 MiB", "swapoff");
        machine.file("/proc/self/mounts", "tmpfs /dev/shm tmpfs rw,noswap 0 0\n");
        assertFinding("swap", OK, "1,024 MiB used", "");
    }

    @Test
    void shouldRefuseAFileSystemOfAnotherMachine() {
        machine.file("/proc/self/mounts", TMPFS + "server:/home /home/ann\\040x nfs4 rw 0 0\n");

        final Finding remote = find("file system", Path.of("/home/ann x/segments"));
        assertThat(remote.severity()).isEqualTo(ERROR);
        assertThat(remote.found()).isEqualTo("nfs4 at /home/ann x");
        assertThat(find("file system", Path.of("/data")).found()).contains("overlay at /, which may write pages");
        assertFinding("file system", OK, "tmpfs at /dev/shm", "");
    }

    @Test
    void shouldSeeLowLimits() {
        machine.file("/proc/self/limits", "Max open files            256      4096      files\n");
        assertFinding("limits", WARN, "open files 256", "ulimit -n");
        machine.file(
                "/proc/self/limits", "Max open files  unlimited  x  files\nMax address space  4194304 4194304 bytes\n");
        assertFinding("limits", WARN, "address space 4194304", "ulimit -v unlimited");
    }

    @Test
    void shouldLookAtTheOwnerAndModeOfTheDirectory() throws Exception {
        final Path segments = Files.createDirectory(directory.resolve("segments"));
        final long own = (Integer) Files.getAttribute(segments, "unix:uid");
        machine.uid(own);
        Files.setPosixFilePermissions(segments, PosixFilePermissions.fromString("rwx------"));
        assertThat(find("directory", segments).severity()).isEqualTo(OK);
        assertThat(find("directory", segments).found()).contains("mode rwx------");

        Files.setPosixFilePermissions(segments, PosixFilePermissions.fromString("rwxrwx---"));
        assertThat(find("directory", segments).severity()).isEqualTo(ERROR);
        assertThat(find("directory", segments).advice()).contains("chmod go-w " + segments);

        machine.uid(own + 1);
        assertThat(find("directory", segments).advice()).contains("shmarrays.foreign.owner=true");
        machine.uid(own);
        final Path link = Files.createSymbolicLink(directory.resolve("link"), segments);
        assertThat(find("directory", link).severity()).isEqualTo(ERROR);
        assertThat(find("directory", directory.resolve("none")).found()).contains("does not exist yet");
    }
}
