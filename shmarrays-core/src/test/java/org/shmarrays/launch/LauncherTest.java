package org.shmarrays.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.launch.OpenBlasKernels;
import org.shmarrays.internal.worker.WorkerEnvironment;

class LauncherTest {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private final Launcher launcher = Launcher.ofMainClass("com.acme.Train", "--epochs", "3");

    @Test
    void shouldPutTheUsersJvmArgumentsLast() {
        final List<String> command =
                launcher.classPath("a.jar").heap("2g").jvmArgument("-Xmx1g").command();

        assertThat(command.get(0))
                .isEqualTo(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString());
        assertThat(command).containsSequence(JvmFlags.ofThisJvm());
        assertThat(command)
                .endsWith(
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-Xmx2g",
                        "-Xmx1g",
                        "-cp",
                        "a.jar",
                        "com.acme.Train",
                        "--epochs",
                        "3");
    }

    @Test
    void shouldKeepTheUsersMaxPhysicalBytes() {
        final List<String> command = launcher.jvmArgument("-Dorg.bytedeco.javacpp.maxPhysicalBytes=4g")
                .command();

        assertThat(command).doesNotContain("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    }

    @Test
    void shouldTellEachWorkerItsRankAndTheSegment() {
        final WorkerPlan plan = launcher.workers(2).segmentName("mnist").plan(Map.of());

        final List<WorkerEnvironment> told =
                plan.variables().stream().map(WorkerEnvironment::from).toList();
        final long runId = told.get(0).runId();
        assertThat(runId).isPositive();
        assertThat(told)
                .containsExactly(
                        new WorkerEnvironment(0, 2, "mnist", runId, true),
                        new WorkerEnvironment(1, 2, "mnist", runId, true));
    }

    @Test
    void shouldFindTheSegmentWhereTheWorkersDo() {
        assertThat(Doors.ROOT.of(launcher.settings()).directory())
                .isEqualTo(Doors.ROOT.of(Settings.fromProperties()).directory());

        launcher.jvmArgument("-Dshmarrays.directory=/tmp/a")
                .jvmArgument("-Dshmarrays.directory=/tmp/b")
                .jvmArgument("-Dshmarrays.foreign.owner=true");

        assertThat(Doors.ROOT.of(launcher.settings()).directory()).isEqualTo(Path.of("/tmp/b"));
        assertThat(Doors.ROOT.of(launcher.settings()).allowsForeignOwner()).isTrue();
        assertThat(launcher.plan(Map.of()).root().directory()).isEqualTo(Path.of("/tmp/b"));
    }

    @Test
    void shouldNameEachRunsSegmentDifferently() {
        assertThat(launcher.plan(Map.of()).segmentName())
                .startsWith("run-" + ProcessHandle.current().pid() + "-")
                .isNotEqualTo(
                        Launcher.ofMainClass("com.acme.Train").plan(Map.of()).segmentName());
    }

    @Test
    void shouldShareOutTheCores() {
        assertThat(launcher.workers(1).plan(Map.of()).variables().get(0))
                .containsEntry("OMP_NUM_THREADS", Integer.toString(CORES))
                .containsEntry("OPENBLAS_NUM_THREADS", Integer.toString(CORES))
                .containsEntry("MKL_NUM_THREADS", Integer.toString(CORES));
        assertThat(launcher.workers(2 * CORES).plan(Map.of()).variables().get(0))
                .containsEntry("OMP_NUM_THREADS", "1");
    }

    @Test
    void shouldLeaveThreadsThatTheEnvironmentSets() {
        final Map<String, String> variables = launcher.workers(1)
                .plan(Map.of("OMP_NUM_THREADS", "7"))
                .variables()
                .get(0);

        assertThat(variables)
                .doesNotContainKey("OMP_NUM_THREADS")
                .containsEntry("OPENBLAS_NUM_THREADS", Integer.toString(CORES));
    }

    @Test
    void shouldNameOpenBlasKernelsUnlessTheEnvironmentDoes() {
        final String variable = OpenBlasKernels.VARIABLE;
        assertThat(Optional.ofNullable(
                        launcher.plan(Map.of()).variables().get(0).get(variable)))
                .isEqualTo(OpenBlasKernels.ofThisProcessor());
        assertThat(launcher.plan(Map.of(variable, "ZEN")).variables().get(0)).doesNotContainKey(variable);

        launcher.environment(variable, "HASWELL");
        assertThat(launcher.plan(Map.of()).variables().get(0)).containsEntry(variable, "HASWELL");
    }

    @Test
    void shouldHaveWorkersWaitOnWhereOthersAreLateUnlessAskedOtherwise() {
        final String variable = Settings.ON_TIMEOUT_VARIABLE;
        assertThat(launcher.plan(Map.of()).variables().get(0)).containsEntry(variable, "wait");
        assertThat(launcher.plan(Map.of(variable, "fail")).variables().get(0)).doesNotContainKey(variable);

        launcher.onTimeout(Settings.OnTimeout.FAIL);
        assertThat(launcher.plan(Map.of(variable, "wait")).variables().get(0)).containsEntry(variable, "fail");
    }

    @Test
    void shouldPreferExplicitThreadsToTheEnvironment() {
        final Map<String, String> variables = launcher.threadsPerWorker(3)
                .plan(Map.of("OMP_NUM_THREADS", "7"))
                .variables()
                .get(0);

        assertThat(variables).containsEntry("OMP_NUM_THREADS", "3");
    }

    @Test
    void shouldDealDevicesRoundRobin() {
        final WorkerPlan plan =
                launcher.workers(5).devices(List.of("0", "GPU-8f3a")).plan(Map.of());

        assertThat(plan.variables().stream().map(variables -> variables.get("CUDA_VISIBLE_DEVICES")))
                .containsExactly("0", "GPU-8f3a", "0", "GPU-8f3a", "0");
    }

    @Test
    void shouldStartOneWorkerPerDeviceByDefault() {
        assertThat(launcher.plan(Map.of()).worldSize()).isEqualTo(CORES);
        assertThat(launcher.devices(List.of("0", "1", "2")).plan(Map.of()).worldSize())
                .isEqualTo(3);
    }

    @Test
    void shouldLetTheUsersVariableWinOverTheComputedOne() {
        assertThat(launcher.environment("MKL_NUM_THREADS", "9")
                        .plan(Map.of())
                        .variables()
                        .get(0))
                .containsEntry("MKL_NUM_THREADS", "9");
    }

    @Test
    void shouldPrintCommandsThatAShellTakesAsTheyAre() throws IOException {
        final List<String> commands = Launcher.ofMainClass("com.acme.Train", "it's", "a b", "$HOME", "")
                .workers(2)
                .segmentName("mnist")
                .environment("EXTRA", "one \"two\"\n'three'")
                .shellCommands();

        assertThat(commands).hasSize(2).allMatch(command -> command.contains("SHMARRAYS_WORLD_SIZE=2"));
        assertThat(commands.get(1)).contains("SHMARRAYS_RANK=1", "SHMARRAYS_SEGMENT=mnist");
        // Each of them with `printf` in place of java and its arguments, as a shell reads it.
        final String java =
                Path.of(System.getProperty("java.home"), "bin", "java").toString();
        assertThat(commands.get(0)).contains(java + " ");
        final String arguments = commands.get(0).substring(commands.get(0).indexOf(java) + java.length());
        assertThat(shell("printf '<%s>'" + arguments)).endsWith("<com.acme.Train><it's><a b><$HOME><>");
        final String environment = commands.get(0).substring(0, commands.get(0).indexOf(java));
        assertThat(shell("SHMARRAYS_LAUNCHED= " + environment + "sh -c 'echo \"$EXTRA\"'"))
                .isEqualTo("one \"two\"\n'three'\n");
        assertThat(commands.get(0)).as("it does not end with a launcher").doesNotContain("SHMARRAYS_LAUNCHED");
    }

    private static String shell(final String script) throws IOException {
        final Process process = new ProcessBuilder("/bin/sh", "-c", script)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }

    @Test
    void shouldRefuseNonsense() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.workers(0))
                .withMessageContaining("workers=0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.threadsPerWorker(0))
                .withMessageContaining("threadsPerWorker=0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.heap("much"))
                .withMessageContaining("heap=much");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.devices(List.of("0", "")))
                .withMessageContaining("device is blank");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.jvmArgument("Xmx1g"))
                .withMessageContaining("argument=Xmx1g");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.grace(Duration.ofMillis(-1)))
                .withMessageContaining("negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.restarts(1, Duration.ZERO))
                .withMessageContaining("window=PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.logTo(Path.of("/dev/null")))
                .withMessageContaining("path=/dev/null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> launcher.environmentFile(Path.of("no-such.env")))
                .withMessageContaining("path=no-such.env");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.ofMainClass("--epochs"))
                .withMessageContaining("name=--epochs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Launcher.ofJar(Path.of("no-such.jar")))
                .withMessageContaining("path=no-such.jar");
    }
}
