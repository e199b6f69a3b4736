package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.BenchmarkWorkers;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.benchmarks.harness.WorkerJvm;

/**
 * {@code bench counters}: what counting costs. Two groups of workers do the same, one with
 * {@code shmarrays.counters=false}, window by window in turn; and since no two JVMs compile alike, several pairs of
 * groups. What is compared is passes by CPU time, which other processes disturb less than passes by time; on a busy
 * machine the ratio of the best windows bears more than the median of the ratios.
 */
public final class CountersBench {
    private static final int PAIRS = 6;
    private static final int WINDOWS = 8;
    private static final List<String> MODES = List.of("hogwild", "locked");

    private final BenchDirectory directory;
    private final Effort effort;
    private final Report report;
    private final Bounds bounds;
    private final Table table;

    private CountersBench(final BenchDirectory directory, final Effort effort, final Report report) {
        this.directory = directory;
        this.effort = effort;
        this.report = report;
        this.bounds = Bounds.prepare(directory, report);
        report.section(
                "counters: passes by second of CPU time, counted and not, and the ratios of neighbouring windows;"
                        + " medians, (least–most)");
        this.table = new Table(
                report.out(),
                "set       operation      ",
                "workers",
                "mode   ",
                "counted               ",
                "not counted           ",
                "ratio                 ",
                "of the best");
    }

    /** Measures these sets. */
    public static void run(
            final BenchDirectory directory, final Effort effort, final Report report, final List<String> sets) {
        final CountersBench bench = new CountersBench(directory, effort, report);
        for (final String set : sets) {
            for (final String mode : MODES) {
                for (final int workers : effort.isSmoke() ? List.of(1) : List.of(1, 2)) {
                    bench.measure(set, mode, workers);
                }
            }
        }
    }

    private void measure(final String set, final String mode, final int workers) {
        final List<Pair> pairs = new ArrayList<>();
        final int count = effort.isSmoke() ? 1 : PAIRS;
        for (int pair = 0; pair < count; pair++) {
            // Which one is started first, alternates.
            try (BenchmarkWorkers first = start(set, mode, workers, pair % 2 == 0);
                    BenchmarkWorkers second = start(set, mode, workers, pair % 2 != 0)) {
                pairs.add(pair % 2 == 0 ? measure(first, second) : measure(second, first));
            }
            directory.clear();
        }
        for (int op = 0; op < CountersWorkload.OPS.size(); op++) {
            row(set, mode, workers, op, pairs);
        }
    }

    private BenchmarkWorkers start(final String set, final String mode, final int workers, final boolean counted) {
        final WorkerJvm jvm = bounds.jvm(ArraySet.of(set), false).with("-Dshmarrays.counters=" + counted);
        return BenchmarkWorkers.start(
                directory,
                workers,
                jvm,
                CountersWorkload.class,
                set,
                mode,
                directory.newFile("counters").getFileName().toString());
    }

    /** Passes by second of CPU time of each window, by operation. */
    private record Pair(double[][] counted, double[][] uncounted) {}

    private Pair measure(final BenchmarkWorkers counted, final BenchmarkWorkers uncounted) {
        final int ops = CountersWorkload.OPS.size();
        for (int round = 0; round < Math.min(4, effort.repeats() + 1); round++) {
            for (int op = 0; op < ops; op++) {
                counted.run(op, effort.warmUpNs() / 2);
                uncounted.run(op, effort.warmUpNs() / 2);
            }
        }
        final Pair rates = new Pair(new double[ops][WINDOWS], new double[ops][WINDOWS]);
        for (int window = 0; window < WINDOWS; window++) {
            for (int op = 0; op < ops; op++) {
                rates.counted[op][window] = rate(counted.run(op, effort.windowNs() / 2));
                rates.uncounted[op][window] = rate(uncounted.run(op, effort.windowNs() / 2));
            }
        }
        return rates;
    }

    private static double rate(final List<Outcome> outcomes) {
        final long passes = outcomes.stream().mapToLong(Outcome::passes).sum();
        final long cpuNs =
                outcomes.stream().mapToLong(outcome -> outcome.extra()[0]).sum();
        return passes * 1e9 / Math.max(1, cpuNs);
    }

    private void row(final String set, final String mode, final int workers, final int op, final List<Pair> pairs) {
        final List<Double> counted = new ArrayList<>();
        final List<Double> uncounted = new ArrayList<>();
        final List<Double> ratios = new ArrayList<>();
        for (final Pair pair : pairs) {
            for (int window = 0; window < WINDOWS; window++) {
                counted.add(pair.counted[op][window]);
                uncounted.add(pair.uncounted[op][window]);
                ratios.add(pair.counted[op][window] / pair.uncounted[op][window]);
            }
        }
        final String label = CountersWorkload.OPS.get(op);
        table.line(
                String.format(Locale.ROOT, "%-9s %s", set, label),
                workers,
                mode,
                Table.spread(Summary.of(counted)),
                Table.spread(Summary.of(uncounted)),
                Table.spread(Summary.of(ratios)),
                best(counted, uncounted));
        report.add(Row.of("counters")
                .with("set", set)
                .with("op", label)
                .with("mode", mode)
                .with("workers", workers)
                .with("jdk", BenchmarkMachine.jdk())
                .with("passesPerCpuSecond", Summary.of(counted))
                .with("uncountedPassesPerCpuSecond", Summary.of(uncounted))
                .with("ratio", Summary.of(ratios))
                .with("ratioOfBest", best(counted, uncounted)));
    }

    private static double best(final List<Double> counted, final List<Double> uncounted) {
        return Summary.of(counted).max() / Summary.of(uncounted).max();
    }
}
