package org.shmarrays.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.scale.ScaleBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code bench all}. */
@Command(
        name = "all",
        description = "limits, arrays, locks, mnist and scale, one after the other.",
        mixinStandardHelpOptions = true)
final class AllCommand implements Callable<Integer> {
    @ParentCommand
    private Bench bench;

    static Measurement all() {
        final List<Measurement> measurements = List.of(
                LimitsCommand.measurement(),
                ArraysCommand.measurement(),
                LocksCommand.measurement(),
                MnistBenchCommand.measurement(),
                ScaleBench::run);
        return (directory, effort, report) -> {
            for (final Measurement measurement : measurements) {
                measurement.measure(directory, effort, report);
                directory.clear();
            }
        };
    }

    @Override
    public Integer call() throws Exception {
        return bench.measure(all());
    }
}
