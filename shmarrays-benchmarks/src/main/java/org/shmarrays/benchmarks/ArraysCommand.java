package org.shmarrays.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.arrays.ArraySet;
import org.shmarrays.benchmarks.arrays.ArraysBench;
import org.shmarrays.benchmarks.arrays.ArraysBench.Cases;
import org.shmarrays.internal.layout.SegmentLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bench arrays}. */
@Command(
        name = "arrays",
        description =
                "Reads, writes and updates of whole sets of arrays, in all modes, by 1, 2 and 4 workers, beside the"
                        + " fastest bare loop.",
        mixinStandardHelpOptions = true)
final class ArraysCommand implements Callable<Integer> {
    private static final int MOST_WORKERS = SegmentLayout.MAX_SLOT_COUNT - 1; // and who watches them

    @ParentCommand
    private Bench bench;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--set",
            paramLabel = "SET",
            split = ",",
            description =
                    "tiny (ten 10x10 float64), cnn (8 arrays, 21,840 float32), resnet50 (161 arrays, 25.6 M float32),"
                            + " embedding (2 M x 64 float32); by default all.")
    private List<String> sets;

    @Option(
            names = "--op",
            paramLabel = "OP",
            split = ",",
            description =
                    "read, write, update-ema, update-sgd, update-momentum, update-adam, and for random rows of the"
                            + " embedding rows-gather, rows-add, rows-adagrad; by default all.")
    private List<String> ops;

    @Option(
            names = "--workers",
            paramLabel = "N",
            split = ",",
            description = "Numbers of workers; by default 1, 2 and 4.")
    private List<Integer> workers;

    static Measurement measurement() {
        return (directory, effort, report) -> ArraysBench.run(directory, effort, report, Cases.of(effort));
    }

    @Override
    public Integer call() throws Exception {
        Bench.checkNames(spec, "set", sets == null ? List.of() : sets, ArraySet.names());
        Bench.checkNames(spec, "operation", ops == null ? List.of() : ops, Cases.opNames());
        if (workers != null && workers.stream().anyMatch(count -> count < 1 || count > MOST_WORKERS)) {
            throw new ParameterException(
                    spec.commandLine(), "--workers must be 1 to " + MOST_WORKERS + " each: " + workers);
        }
        return bench.measure((directory, effort, report) -> {
            final Cases cases = Cases.of(effort);
            ArraysBench.run(
                    directory,
                    effort,
                    report,
                    cases.of(
                            sets == null ? cases.sets() : sets,
                            ops == null ? Cases.opNames() : ops,
                            workers == null ? cases.workers() : workers));
        });
    }
}
