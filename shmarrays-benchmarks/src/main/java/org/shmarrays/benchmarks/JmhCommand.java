package org.shmarrays.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code bench jmh}: what follows is JMH's own. */
@Command(
        name = "jmh",
        description =
                "The small parts by JMH, with JMH's own arguments: a lock, a version, handles of tiny arrays, counters."
                        + " 'bench jmh -h' shows them, 'bench jmh -l' lists the benchmarks; -rf json -rff FILE writes the results.")
final class JmhCommand implements Callable<Integer> {
    @Unmatched
    private final List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Main.main(arguments.toArray(new String[0]));
        return 0;
    }
}
