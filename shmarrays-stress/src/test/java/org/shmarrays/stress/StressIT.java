package org.shmarrays.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.shmarrays.internal.launch.JvmFlags;

/**
 * Runs all stress tests by jcstress in a JVM of its own, which starts further ones, and judges what they have left. With
 * {@code -Dstress=long} each test runs in all the ways to compile that jcstress knows, for about half an hour in all.
 */
class StressIT {
    private static final Path DIRECTORY = Path.of("target", "jcstress").toAbsolutePath();
    private static final Path SEGMENTS = DIRECTORY.resolve("segments");
    private static final String OUTPUT = "jcstress.txt";
    private static final Path FIGURES = Path.of("target", "reliability", "StressIT.properties");
    private static final boolean LONG = "long".equals(System.getProperty("stress"));
    private static final long MINUTES = LONG ? 120 : 10;
    private static final String TWIN = PushGateWithoutFenceStress.class.getName();

    private static final String NEITHER_SAW_THE_OTHER = "0, 0, 0";

    @BeforeEach
    void clear() throws IOException {
        delete(DIRECTORY);
        Files.createDirectories(SEGMENTS);
    }

    @AfterEach
    void removeSegments() throws IOException {
        delete(SEGMENTS);
    }

    @Test
    void shouldSeeNothingForbidden() throws Exception {
        final Collection<TestResult> results = run();
        writeFigures(results);

        assertThat(results.stream().filter(result -> !isGood(result)).map(StressIT::describe))
                .isEmpty();
        assertThat(names(results)).as("tests that were run").isEqualTo(testClasses());
        assertThat(results.stream().filter(result -> result.getTotalCount() == 0))
                .as("results without samples")
                .isEmpty();
    }

    /**
     * How often the twin without a fence went wrong: what the tests can see on this machine. On a busy one the actors seldom
     * run at the same time, so it is told, and nothing is asked of it.
     */
    private static long missingFenceSeen(final Collection<TestResult> results) {
        return results.stream()
                .filter(result -> result.getName().equals(TWIN))
                .mapToLong(result -> result.getCount(NEITHER_SAW_THE_OTHER))
                .sum();
    }

    private static Collection<TestResult> run() throws IOException, InterruptedException, ClassNotFoundException {
        assertThat(runJcstress(DIRECTORY))
                .as("exit value of jcstress; see %s", DIRECTORY.resolve(OUTPUT))
                .isZero();
        return results(DIRECTORY);
    }

    private static int runJcstress(final Path directory) throws IOException, InterruptedException {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-D" + SegmentPool.DIRECTORY + "=" + SEGMENTS);
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of("-r", directory.resolve("html").toString()));
        command.addAll(List.of("-f", "1", "-iters", "1", "-time", "1000", "-strideSize", "16", "-strideCount", "4"));
        if (LONG) {
            command.addAll(List.of("-jvmArgsPrepend", String.join(" ", flags)));
        } else {
            command.addAll(List.of("-sc", "false", "-jvmArgs", String.join(" ", flags) + " -Xmx256m"));
        }
        final Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(OUTPUT).toFile())
                .start();
        try {
            assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES))
                    .as("end of jcstress in %d minutes; see %s", MINUTES, directory.resolve(OUTPUT))
                    .isTrue();
            return process.exitValue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Collection<TestResult> results(final Path directory) throws IOException, ClassNotFoundException {
        final InProcessCollector collector = new InProcessCollector();
        try (Stream<Path> files = Files.list(directory)) {
            final List<Path> binary =
                    files.filter(file -> file.toString().endsWith(".bin.gz")).toList();
            assertThat(binary)
                    .as("files of results; see %s", directory.resolve(OUTPUT))
                    .hasSize(1);
            final DiskReadCollector disk = new DiskReadCollector(binary.get(0).toString(), collector);
            disk.dump();
            disk.close();
        }
        return collector.getTestResults();
    }

    private static boolean isGood(final TestResult result) {
        return result.status() == Status.NORMAL && result.grading().isPassed;
    }

    private static String describe(final TestResult result) {
        return result.getName() + ": status=" + result.status() + ", outcomes="
                + result.getStateKeys().stream()
                        .map(outcome -> "[" + outcome + "] " + result.getCount(outcome) + " times")
                        .toList()
                + ", messages=" + result.grading().failureMessages + result.getMessages() + result.getVmErr();
    }

    private static Set<String> names(final Collection<TestResult> results) {
        return results.stream().map(TestResult::getName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> testClasses() throws IOException {
        final String suffix = "Stress.class";
        final String prefix = StressIT.class.getPackageName() + ".";
        try (Stream<Path> files = Files.list(Path.of("target", "test-classes", "org", "shmarrays", "stress"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> prefix + name.substring(0, name.length() - ".class".length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static void writeFigures(final Collection<TestResult> results) throws IOException {
        Files.createDirectories(FIGURES.getParent());
        Files.writeString(
                FIGURES,
                "jcstressTests=" + names(results).size() + "\njcstressSamples="
                        + results.stream().mapToLong(TestResult::getTotalCount).sum() + "\njcstressMissingFenceSeen="
                        + missingFenceSeen(results) + "\n");
    }

    private static void delete(final Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
