package org.shmarrays.benchmarks;

import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.arrays.LimitsBench;
import org.shmarrays.benchmarks.locks.LocksBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code bench limits}. */
@Command(
        name = "limits",
        description =
                "Bandwidth of copies and of a = 0.9a + 0.1b on mapped memory by plain loops, the Vector API and BLAS,"
                        + " one process and two on one region; a bare compare-and-set pair.",
        mixinStandardHelpOptions = true)
final class LimitsCommand implements Callable<Integer> {
    @ParentCommand
    private Bench bench;

    static Measurement measurement() {
        return (directory, effort, report) -> {
            LimitsBench.run(directory, effort, report);
            LocksBench.compareAndSetPair(directory, effort, report);
        };
    }

    @Override
    public Integer call() throws Exception {
        return bench.measure(measurement());
    }
}
