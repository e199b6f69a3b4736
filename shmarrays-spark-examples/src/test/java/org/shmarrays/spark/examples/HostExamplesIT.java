package org.shmarrays.spark.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;

/** {@code --spark local-cluster} as a user starts it: a process that starts a Master, Workers and executors. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HostExamplesIT {
    private static final String FIRST_COMPILER_ALONE = "-XX:TieredStopAtLevel=1";
    private static final Pattern PROCESS = Pattern.compile("process (\\d+)");
    private static final Pattern SEGMENTS = Pattern.compile("segments in (\\S+)");
    private static final int TERMINATED = 128 + 15;

    @TempDir
    private Path directory;

    private Path temporary;
    private Path errors;

    @BeforeEach
    void createDirectories() throws IOException {
        temporary = Files.createDirectory(directory.resolve("temporary"));
        errors = directory.resolve("errors");
    }

    private Process start(final String example, final String... options) throws IOException {
        final List<String> command = java(SparkExamples.class);
        command.addAll(List.of(example, "--spark", "local-cluster", "--hosts", "2", "--workers", "2"));
        command.addAll(List.of("--conf", "spark.executor.memory=512m", "--conf"));
        command.add("spark.executor.extraJavaOptions=-XX:+UseSerialGC -Dorg.shmarrays.kernelsWithoutC2=true "
                + FIRST_COMPILER_ALONE);
        command.addAll(List.of(options));
        return new ProcessBuilder(command).redirectError(errors.toFile()).start();
    }

    private List<String> java(final Class<?> mainClass) {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of(
                "-Xmx600m",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                FIRST_COMPILER_ALONE,
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                mainClass.getName()));
        return command;
    }

    @Test
    void shouldTrainOnTwoHostsToTheTarget() throws Exception {
        SmallMnist.write(directory, 1200, 200);
        final Path report = directory.resolve("report.html");
        final String target = "--batch-size 8 --every 100 --epochs 30 --evaluate-every 1 --target-accuracy 0.7";
        final Process process = start("mnist", (target + " --data " + directory + " --report " + report).split(" "));
        final List<String> lines = process.inputReader(UTF_8).lines().toList();

        assertThat(process.waitFor())
                .as(lines + "\n" + Files.readString(errors))
                .isZero();
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .startsWith(
                                "training dl4j-mlp on 1,200 images: 2 hosts of 2 workers, average every 100 steps"));
        assertThat(lines.stream().filter(line -> line.startsWith("round ")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).contains(": 2 hosts, ").contains("test accuracy "));
        assertThat(lines.get(lines.size() - 1)).matches("test accuracy [789]\\d\\.\\d\\d % after .*");
        assertThat(Files.readAllLines(errors)).noneMatch(line -> line.contains("WARN ") || line.contains("ERROR "));
        assertThat(report)
                .content()
                .contains("<title>shmarrays mnist: ", "\"samples\": ", "echarts")
                .contains("\"workers of each host\": \"2\"");
        assertNothingIsLeft(lines);
    }

    @Test
    void shouldLeaveNothingWhenASignalEndsItInARound() throws Exception {
        final Process process = start("sparse-svm", "--epochs", "1000000");
        final List<String> lines = new ArrayList<>();
        try (BufferedReader output = process.inputReader(UTF_8)) {
            String line;
            while ((line = output.readLine()) != null) {
                lines.add(line);
                if (line.startsWith("round 1:")) {
                    process.toHandle().destroy();
                }
            }
        }

        assertThat(process.waitFor()).isEqualTo(TERMINATED);
        assertThat(lines).noneMatch(line -> line.contains("test examples"));
        assertThat(Files.readAllLines(errors))
                .noneMatch(line -> line.contains("WARN ") || line.contains("ERROR ") || line.contains("Exception"));
        assertNothingIsLeft(lines);
    }

    /** However that ended: its end of a pipe is closed. */
    @Test
    void shouldEndAMasterWithTheProcessThatStartedIt() throws Exception {
        final List<String> command = java(ClusterMember.class);
        command.addAll(List.of("master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"));
        command.add(1, "-D" + SparkExamples.LOG_LEVEL_PROPERTY + "=info");
        final Process master =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final List<String> lines = new ArrayList<>();
        try (BufferedReader output = master.inputReader(UTF_8)) {
            String line;
            while ((line = output.readLine()) != null) {
                lines.add(line);
                if (line.contains("Starting Spark master at")) {
                    master.getOutputStream().close();
                }
            }
        }

        assertThat(master.waitFor()).as(lines.toString()).isZero();
    }

    private void assertNothingIsLeft(final List<String> lines) {
        final List<String> started =
                lines.stream().filter(line -> line.startsWith("started: ")).toList();
        assertThat(started).hasSize(3);
        assertThat(found(PROCESS, started))
                .hasSize(3)
                .noneMatch(pid -> ProcessHandle.of(Long.parseLong(pid)).isPresent());
        assertThat(found(SEGMENTS, started))
                .hasSize(2)
                .noneMatch(path -> Files.exists(Path.of(path).getParent()));
        assertThat(temporary).isEmptyDirectory();
    }

    private static List<String> found(final Pattern pattern, final List<String> lines) {
        return lines.stream()
                .flatMap(line -> pattern.matcher(line).results())
                .map((final MatchResult result) -> result.group(1))
                .toList();
    }
}
