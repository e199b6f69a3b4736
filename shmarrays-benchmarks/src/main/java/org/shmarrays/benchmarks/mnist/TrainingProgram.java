package org.shmarrays.benchmarks.mnist;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.shmarrays.benchmarks.harness.BenchDirectory;

/** A training in a process of its own, with one thread for BLAS in each worker, which leaves one value of JSON. */
final class TrainingProgram {
    private static final long TIMEOUT_MINUTES = 30;
    private static final int LINES_SHOWN = 10;

    private final BenchDirectory directory;
    private final String name;

    /**
     * A program.
     *
     * @param name in messages
     */
    TrainingProgram(final BenchDirectory directory, final String name) {
        this.directory = directory;
        this.name = name;
    }

    /**
     * Trains.
     *
     * @param result the file in which the JSON is when the program has ended
     * @throws IllegalStateException with its last lines, if it fails
     */
    JsonNode run(final List<String> command, final MnistCase one, final Path result)
            throws IOException, InterruptedException {
        final Path output = directory.newFile("training-output");
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.environment().put("OPENBLAS_NUM_THREADS", "1");
        final Process process = builder.start();
        directory.killAtEnd(process);
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException(name + " does not end: " + one);
        }
        if (process.exitValue() != 0) {
            final List<String> lines = Files.readAllLines(output);
            throw new IllegalStateException(name + " failed: " + one + ", exit code=" + process.exitValue() + "\n  "
                    + String.join("\n  ", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size())));
        }
        return new ObjectMapper().readTree(result.toFile());
    }
}
