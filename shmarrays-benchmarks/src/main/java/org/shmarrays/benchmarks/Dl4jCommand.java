package org.shmarrays.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.dl4j.Dl4jBench;
import org.shmarrays.benchmarks.dl4j.Dl4jCases;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bench dl4j}. */
@Command(
        name = "dl4j",
        description =
                "Training models of DL4J and SameDiff on MNIST by SharedTraining with one and two workers, beside their"
                        + " own fit in one thread and DL4J's ParallelWrapper with two: samples a second.",
        mixinStandardHelpOptions = true)
final class Dl4jCommand implements Callable<Integer> {
    @ParentCommand
    private Bench bench;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            split = ",",
            description = "mlp, cnn, lenet, residual (a ComputationGraph), samediff-mlp; by default all.")
    private List<String> models = Dl4jCases.modelNames();

    @Option(
            names = "--candidate",
            paramLabel = "CANDIDATE",
            split = ",",
            description =
                    "fit, parallel-wrapper (Maven gets its jar), fit-tuned, parallel-wrapper-tuned (the same with the"
                            + " OpenBLAS kernels of workers), shared-1, shared-2 (SharedTraining with 1 and 2 worker"
                            + " processes); by default all.")
    private List<String> candidates = Dl4jCases.candidateNames();

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            split = ",",
            description = "Of SharedTraining: hogwild, locked; by default hogwild.")
    private List<String> modes = List.of("hogwild");

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often each candidate is measured, in turn with the others; by default 3.")
    private int rounds = 3;

    @Override
    public Integer call() throws Exception {
        Bench.checkNames(spec, "model", models, Dl4jCases.modelNames());
        Bench.checkNames(spec, "candidate", candidates, Dl4jCases.candidateNames());
        Bench.checkNames(spec, "mode", modes, Dl4jCases.modeNames());
        if (rounds < 1) {
            throw new ParameterException(spec.commandLine(), "--rounds must be at least 1: " + rounds);
        }
        final Dl4jCases cases = new Dl4jCases(models, candidates, modes);
        return bench.measure((directory, effort, report) -> Dl4jBench.run(directory, effort, report, cases, rounds));
    }
}
