package org.shmarrays.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.cli.doctor.Finding.Severity.OK;
import static org.shmarrays.cli.doctor.Finding.Severity.WARN;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.cli.doctor.Finding.Severity;
import org.shmarrays.cli.doctor.WorkerChecks.Worker;

class WorkerChecksTest {
    private static final String GOOD_COMMAND = "java\0--add-modules=jdk.incubator.vector\0Train\0";
    private static final List<Worker> TWO = List.of(new Worker("s", 0, 10, 0), new Worker("s", 1, 11, 0));

    @TempDir
    private Path root;

    private FakeHost machine;

    @BeforeEach
    void makeMachine() {
        machine = new FakeHost(root);
        for (int pid = 10; pid < 16; pid++) {
            machine.file("/proc/" + pid + "/cmdline", GOOD_COMMAND)
                    .file("/proc/" + pid + "/environ", "HOME=/\0")
                    .file("/proc/" + pid + "/stat", pid + " (java) S 1 1")
                    .file("/proc/" + pid + "/maps", "a\nb\n");
        }
    }

    private void assertFinding(
            final List<Worker> workers,
            final String check,
            final Severity severity,
            final String found,
            final String advice) {
        final Finding finding = new WorkerChecks(machine.host(), workers)
                .run().stream()
                        .filter(one -> one.check().equals(check))
                        .findFirst()
                        .orElseThrow();
        assertThat(finding.severity()).as(finding.toString()).isEqualTo(severity);
        assertThat(finding.found()).contains(found);
        assertThat(finding.advice()).contains(advice);
    }

    @Test
    void shouldFindNothingWhereAllIsInOrder() {
        assertThat(new WorkerChecks(machine.host(), TWO).run())
                .allSatisfy(finding ->
                        assertThat(finding.severity()).as(finding.toString()).isEqualTo(OK));
        assertFinding(List.of(), "workers", OK, "no live worker", "");
    }

    @Test
    void shouldTellWhereOpenBlasTakesItsSlowestKernels() {
        machine.file("/proc/10/maps", "7f00 /a/libopenblas_nolapack.so.0\n");
        assertFinding(TWO, "matrix products", OK, "", "");

        machine.file(
                "/proc/cpuinfo", "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 207\nflags\t\t: fma avx2\n");
        assertFinding(TWO, "matrix products", WARN, "without AVX: s rank 0 pid 10", "OPENBLAS_CORETYPE=HASWELL");

        machine.file("/proc/10/environ", "OPENBLAS_CORETYPE=ZEN\0");
        assertFinding(TWO, "matrix products", OK, "", "");

        machine.file("/proc/10/environ", "A=b\0")
                .file("/proc/10/maps", "7f00 /c/openblas-0.3.19-1.5.7-linux-x86_64.jar/libopenblas.so.0\n");
        assertFinding(TWO, "matrix products", WARN, "s rank 0 pid 10", "");
        machine.file("/proc/10/maps", "7f00 /c/openblas-0.3.28-1.5.11-linux-x86_64.jar/libopenblas.so.0\n");
        assertFinding(TWO, "matrix products", OK, "", "");
    }

    @Test
    void shouldCountThreadsByTheEnvironmentAndTheLibraries() {
        machine.file("/proc/10/environ", "OMP_NUM_THREADS=3\0A=b\0").file("/proc/11/environ", "OMP_NUM_THREADS=2\0");
        assertFinding(TWO, "oversubscription", WARN, "workers=2, their OpenMP threads=5, cores=4", "OMP_NUM_THREADS=2");

        machine.file("/proc/11/environ", "OMP_NUM_THREADS=1\0");
        assertFinding(TWO, "oversubscription", OK, "threads=4", "");

        // Without the variable ND4J takes all four cores.
        machine.file("/proc/11/environ", "A=b\0").file("/proc/11/maps", "7f /x/libnd4jcpu.so\n");
        assertFinding(TWO, "oversubscription", WARN, "threads=7", "shmarrays run");
    }

    @Test
    void shouldSeeMoreWorkersThanCoresButNotCountCoordinators() {
        final List<Worker> five = List.of(10, 11, 12, 13, 14).stream()
                .map(pid -> new Worker("s", pid - 10, pid, 0))
                .toList();
        assertFinding(five, "oversubscription", WARN, "workers=5", "no more workers than cores");

        final List<Worker> four =
                List.of(five.get(0), five.get(1), five.get(2), five.get(3), new Worker("s", -1, 14, 0));
        assertFinding(four, "oversubscription", OK, "workers=4", "");
    }

    @Test
    void shouldFindTheVectorFlagWhereverAJvmTakesItFrom() {
        machine.file("/proc/10/cmdline", "java\0-cp\0x\0Train\0");
        assertFinding(TWO, "vector kernels", WARN, "s rank 0 pid 10", "--add-modules=jdk.incubator.vector");

        machine.file("/proc/10/environ", "JAVA_TOOL_OPTIONS=-Xmx1g --add-modules=jdk.incubator.vector\0");
        assertFinding(TWO, "vector kernels", OK, "all workers", "");

        final Worker coordinator = new Worker("s", -1, 10, 1);
        machine.file("/proc/10/environ", "A=b\0");
        assertFinding(List.of(coordinator), "vector kernels", OK, "all workers", "");
        final Worker alone = new Worker("s", -1, 10, 1000);
        assertFinding(List.of(alone), "vector kernels", WARN, "s pid 10", "");
        machine.file("/proc/10/cmdline", GOOD_COMMAND);

        machine.file("/proc/11/cmdline", "java\0@/opt/flags\0Train\0");
        assertFinding(TWO, "vector kernels", WARN, "s rank 1 pid 11", "jvm-flags");
        machine.file("/opt/flags", "--add-modules jdk.incubator.vector\n");
        assertFinding(TWO, "vector kernels", OK, "", "");
    }

    @Test
    void shouldTellWhereTheJvmHasNoSecondCompiler() {
        for (final String flag : List.of("-XX:TieredStopAtLevel=1", "-Xint")) {
            machine.file("/proc/11/cmdline", "java\0" + flag + "\0--add-modules=jdk.incubator.vector\0Train\0");
            assertFinding(TWO, "vector kernels", WARN, "no C2 compiler: s rank 1 pid 11", flag);
        }
        machine.file("/proc/11/cmdline", GOOD_COMMAND).file("/proc/11/environ", "JAVA_TOOL_OPTIONS=-Xint\0");
        assertFinding(TWO, "vector kernels", WARN, "no C2 compiler: s rank 1 pid 11", "");
    }

    @Test
    void shouldWantAnotherFlagOnJava17() throws IOException {
        machine.file("/jdk-17/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n")
                .file("/jdk-25/release", "JAVA_VERSION=\"25\"\n");
        final Path exe = root.resolve("proc/10/exe");
        Files.createSymbolicLink(exe, Path.of("/jdk-25/bin/java"));
        assertFinding(TWO, "vector kernels", OK, "all workers", "");

        Files.delete(exe);
        Files.createSymbolicLink(exe, Path.of("/jdk-17/bin/java"));
        assertFinding(TWO, "vector kernels", WARN, "s rank 0 pid 10", "--add-exports=java.base/jdk.internal.vm.vector");
        machine.file("/proc/10/cmdline", GOOD_COMMAND + "--add-exports=java.base/jdk.internal.vm.vector=ALL-UNNAMED\0");
        assertFinding(TWO, "vector kernels", OK, "all workers", "");
    }

    @Test
    void shouldSeeStoppedWorkers() {
        machine.file("/proc/11/stat", "11 (a) b) T 1 1");

        assertFinding(TWO, "stopped workers", WARN, "s rank 1 pid 11", "kill -CONT 11");
    }

    @Test
    void shouldWarnWhereProcOfAnotherPidNamespaceIsMounted() {
        assertThat(WorkerChecks.processes(true).severity()).isEqualTo(OK);
        assertThat(WorkerChecks.processes(false).severity()).isEqualTo(WARN);
        assertThat(WorkerChecks.processes(false).advice()).contains("--mount-proc");
    }

    @Test
    void shouldReadWhatTheKernelGivesToOneReadAlone() {
        final String max = "/proc/sys/vm/max_map_count";
        assumeTrue(Files.exists(Path.of(max)), "no Linux");

        assertThat(CheckedHost.here().readNumber(max).orElse(0)).isGreaterThan(999);
    }

    @Test
    void shouldSeeThatMappingsRunOut() {
        machine.file("/proc/sys/vm/max_map_count", "10\n");
        assertFinding(TWO, "mappings", OK, "most mappings of a worker=2", "");

        machine.file("/proc/10/maps", "x\n".repeat(9));
        assertFinding(TWO, "mappings", WARN, "vm.max_map_count=10, most mappings of a worker=9", "max_map_count=40");
    }
}
