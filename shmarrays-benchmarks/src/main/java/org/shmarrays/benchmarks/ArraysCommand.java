package org.shmarrays.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.arrays.ArraySet;
import org.shmarrays.benchmarks.arrays.ArraysBench;
import org.shmarrays.benchmarks.arrays.ArraysBench.Cases;
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
    private List<String> sets = ArraySet.names();

    static Measurement measurement(final List<String> sets) {
        return (directory, effort, report) ->
                ArraysBench.run(directory, effort, report, Cases.of(effort).ofSets(sets));
    }

    static Measurement measurement() {
        return measurement(ArraySet.names());
    }

    @Override
    public Integer call() throws Exception {
        for (final String set : sets) {
            if (!ArraySet.names().contains(set)) {
                throw new ParameterException(
                        spec.commandLine(), "unknown set: " + set + "; one of " + String.join(", ", ArraySet.names()));
            }
        }
        return bench.measure(measurement(sets));
    }
}
