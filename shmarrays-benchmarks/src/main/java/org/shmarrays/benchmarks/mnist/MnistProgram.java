package org.shmarrays.benchmarks.mnist;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.launch.JvmFlags;

/** Runs the examples' mnist command in a process of its own, and gives what it writes for programs. */
final class MnistProgram {
    private static final String MAIN_CLASS = "org.shmarrays.examples.Examples";
    private static final long TIMEOUT_MINUTES = 30;

    private MnistProgram() {}

    /**
     * Trains.
     *
     * @throws IllegalStateException with its last lines, if it fails
     */
    static JsonNode run(final BenchDirectory directory, final MnistCase one, final long seed)
            throws IOException, InterruptedException {
        final Path json = directory.newFile("mnist-json");
        final Path output = directory.newFile("mnist-output");
        final ProcessBuilder builder = new ProcessBuilder(command(directory, one, seed, json))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.environment().put("OPENBLAS_NUM_THREADS", "1");
        final Process process = builder.start();
        directory.killAtEnd(process);
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException("the training does not end: " + one);
        }
        if (process.exitValue() != 0) {
            final List<String> lines = Files.readAllLines(output);
            throw new IllegalStateException("the training failed: " + one + ", exit code=" + process.exitValue()
                    + "\n  " + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 10), lines.size())));
        }
        return new ObjectMapper().readTree(json.toFile());
    }

    private static List<String> command(
            final BenchDirectory directory, final MnistCase one, final long seed, final Path json) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of(
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dshmarrays.directory=" + directory.segments(),
                "-cp",
                System.getProperty("java.class.path"),
                MAIN_CLASS,
                "mnist",
                "--model=" + one.model(),
                "--mode=" + one.mode(),
                "--workers=" + one.workers(),
                "--epochs=" + one.epochs(),
                "--seed=" + seed,
                "--evaluate=after",
                "--json=" + json));
        if (!one.levels().isEmpty()) {
            command.add("--levels=" + one.levels().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        return command;
    }
}
