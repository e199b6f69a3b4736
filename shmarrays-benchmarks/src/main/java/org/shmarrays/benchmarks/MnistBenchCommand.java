package org.shmarrays.benchmarks;

import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.mnist.MnistBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
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

    @Option(
            names = "--pytorch",
            paramLabel = "PYTHON",
            arity = "0..1",
            fallbackValue = "auto",
            description =
                    "Train the cases of mode hogwild by PyTorch's Hogwild, too, in turn: with this interpreter, or with"
                            + " the first python3 that has torch.")
    private String python;

    static Measurement measurement() {
        return (directory, effort, report) -> MnistBench.run(directory, effort, report, null);
    }

    @Override
    public Integer call() throws Exception {
        return bench.measure((directory, effort, report) -> MnistBench.run(directory, effort, report, python));
    }
}
