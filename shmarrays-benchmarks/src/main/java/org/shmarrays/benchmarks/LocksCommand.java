package org.shmarrays.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.locks.LocksBench;
import org.shmarrays.internal.layout.SegmentLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bench locks}. */
@Command(
        name = "locks",
        description =
                "A partition's lock: the uncontended pair; then with many workers throughput, fairness and worst wait,"
                        + " beside compare-and-set with yields, and as many processes that only yield.",
        mixinStandardHelpOptions = true)
final class LocksCommand implements Callable<Integer> {
    private static final List<Integer> WORKERS = List.of(2, 8, 64);
    private static final int MOST_WORKERS = SegmentLayout.MAX_SLOT_COUNT - 1; // and who watches them

    @ParentCommand
    private Bench bench;

    @Spec
    private CommandSpec spec;

    @Option(names = "--workers", paramLabel = "N", split = ",", description = "Worker processes (default: 2,8,64).")
    private List<Integer> workers = WORKERS;

    static Measurement measurement(final List<Integer> workers) {
        return (directory, effort, report) -> LocksBench.run(directory, effort, report, workers);
    }

    static Measurement measurement() {
        return measurement(WORKERS);
    }

    @Override
    public Integer call() throws Exception {
        if (workers.stream().anyMatch(count -> count < 2 || count > MOST_WORKERS)) {
            throw new ParameterException(
                    spec.commandLine(), "--workers must be 2 to " + MOST_WORKERS + " each: " + workers);
        }
        return bench.measure(measurement(workers));
    }
}
