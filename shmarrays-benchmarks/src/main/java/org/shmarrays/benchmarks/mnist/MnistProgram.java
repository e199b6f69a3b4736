package org.shmarrays.benchmarks.mnist;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.internal.launch.JvmFlags;

/** Runs the examples' mnist command in a process of its own, and gives what it writes for programs. */
final class MnistProgram {
    private static final String MAIN_CLASS = "org.shmarrays.examples.Examples";

    private MnistProgram() {}

    /**
     * Trains.
     *
     * @throws IllegalStateException with its last lines, if it fails
     */
    static JsonNode run(final BenchDirectory directory, final MnistCase one, final long seed)
            throws IOException, InterruptedException {
        final Path json = directory.newFile("mnist-json");
        return new TrainingProgram(directory, "the training").run(command(directory, one, seed, json), one, json);
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
