package org.shmarrays.benchmarks;

import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.scale.ScaleBench;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code bench scale}. */
@Command(
        name = "scale",
        description =
                "Time, memory and CPU of attaching, by bytes (1 MiB to 8 GiB, as far as there is memory), partitions"
                        + " (10 to 100,000), workers (1 to 128) and segments.",
        mixinStandardHelpOptions = true)
final class ScaleBenchCommand implements Callable<Integer> {
    @ParentCommand
    private Bench bench;

    @Override
    public Integer call() throws Exception {
        return bench.measure(ScaleBench::run);
    }
}
