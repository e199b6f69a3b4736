package org.shmarrays.benchmarks.mnist;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.shmarrays.benchmarks.harness.BenchDirectory;

/** Runs the same training by PyTorch's Hogwild, in a Python that has it, on the data of the examples. */
final class PyTorchProgram {
    private static final String SCRIPT = "hogwild_torch.py";
    private static final String DATA = "org/shmarrays/examples/mnist/";
    private static final List<String> DATA_FILES = List.of(
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz");
    private static final List<String> INTERPRETERS = List.of("python3", "/usr/bin/python3", "python");
    private static final long LOOK_SECONDS = 60;

    private final BenchDirectory directory;
    private final String python;

    private PyTorchProgram(final BenchDirectory directory, final String python) {
        this.directory = directory;
        this.python = python;
    }

    /**
     * Looks for PyTorch.
     *
     * @param interpreter of Python, or {@code auto} for the first of the usual ones that has it
     * @throws IllegalStateException if there is none
     */
    static PyTorchProgram find(final BenchDirectory directory, final String interpreter)
            throws IOException, InterruptedException {
        final List<String> tried = interpreter.equals("auto") ? INTERPRETERS : List.of(interpreter);
        for (final String python : tried) {
            if (hasTorch(python)) {
                return new PyTorchProgram(directory, python);
            }
        }
        throw new IllegalStateException("no Python with PyTorch found: tried=" + tried
                + "; install it (Debian, Ubuntu: apt install python3-torch libopenblas0-pthread; pip install torch), or"
                + " name the interpreter: --pytorch=PYTHON");
    }

    private static boolean hasTorch(final String python) throws InterruptedException {
        try {
            final Process process = new ProcessBuilder(python, "-c", "import torch, numpy")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(LOOK_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (final IOException e) {
            return false; // there is no such program
        }
    }

    /**
     * Trains.
     *
     * @throws IllegalStateException with its last lines, if it fails
     */
    JsonNode run(final MnistCase one, final long seed) throws IOException, InterruptedException {
        final Path files = directory.newFile("pytorch");
        Files.createDirectory(files);
        final Path script = files.resolve(SCRIPT);
        copy(PyTorchProgram.class.getResourceAsStream(SCRIPT), SCRIPT, script);
        for (final String file : DATA_FILES) {
            copy(PyTorchProgram.class.getClassLoader().getResourceAsStream(DATA + file), file, files.resolve(file));
        }
        final Path json = directory.newFile("pytorch-json");
        final List<String> command = List.of(
                python,
                script.toString(),
                "--model=" + one.model(),
                "--workers=" + one.workers(),
                "--epochs=" + one.epochs(),
                "--seed=" + seed,
                "--data=" + files,
                "--levels=" + one.levels().stream().map(String::valueOf).collect(Collectors.joining(",")),
                "--json=" + json);
        return new TrainingProgram(directory, "PyTorch's training").run(command, one, json);
    }

    private static void copy(final InputStream resource, final String name, final Path file) throws IOException {
        try (resource) {
            if (resource == null) {
                throw new IllegalStateException("not on the class path: " + name);
            }
            Files.copy(resource, file);
        }
    }
}
