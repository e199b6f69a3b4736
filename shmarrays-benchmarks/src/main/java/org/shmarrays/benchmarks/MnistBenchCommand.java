package org.shmarrays.benchmarks;

import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.mnist.MnistBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code bench mnist}. */
@Command(
        name = "mnist",
        description =
                "Training MNIST: samples a second, time to accuracies, and the part of a step outside the gradient, by"
                        + " model, mode and workers.",
        mixinStandardHelpOptions = true)
final class MnistBenchCommand implements Callable<Integer> {
    @ParentCommand
    private Bench bench;

    @Override
    public Integer call() throws Exception {
        return bench.measure(MnistBench::run);
    }
}
