package org.shmarrays.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.arrays.ArraySet;
import org.shmarrays.benchmarks.arrays.CountersBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bench counters}. */
@Command(
        name = "counters",
        description = "What the counters cost: reads and updates of whole sets of arrays, counted and not, in turn.",
        mixinStandardHelpOptions = true)
final class CountersCommand implements Callable<Integer> {
    @ParentCommand
    private Bench bench;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--set",
            paramLabel = "SET",
            split = ",",
            description = "The sets of `bench arrays`; by default tiny, cnn and resnet50.")
    private List<String> sets = List.of("tiny", "cnn", "resnet50");

    @Override
    public Integer call() throws Exception {
        Bench.checkNames(spec, "set", sets, ArraySet.names());
        return bench.measure((directory, effort, report) -> CountersBench.run(directory, effort, report, sets));
    }
}
