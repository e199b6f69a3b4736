package org.shmarrays.benchmarks.locks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.BenchmarkWorkers;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.benchmarks.harness.WorkerJvm;

/** {@code bench locks}: throughput, fairness and worst wait. */
public final class LocksBench {
    private static final String BENCH = "locks";
    private static final int[] SECTIONS_MICROS = {1, 50};
    private static final int MANY = 16;
    private static final String CONTROL = "control";

    /** Waits are rare events: they need longer windows than rates. */
    private static final int LONGER_WINDOWS = 4;

    private LocksBench() {}

    /** Measures groups of these numbers of workers, and the uncontended pair. */
    public static void run(
            final BenchDirectory directory,
            final Effort effort,
            final Report report,
            final List<Integer> workerCounts) {
        uncontended(directory, effort, report);
        report.section("locks: one lock for all, processes; medians, (least–most); ms for waits");
        final Table table = new Table(
                report.out(),
                "workers",
                "µs",
                "acquired/s              ",
                "CAS+yield/s             ",
                "ratio",
                "fairness",
                "of CAS",
                "worst wait            ",
                "of CAS                ",
                "control's gap         ");
        final Effort longer =
                new Effort(effort.quick(), effort.repeats(), LONGER_WINDOWS * effort.windowNs(), effort.warmUpNs());
        for (final int workers : workerCounts) {
            contended(directory, longer, report, table, workers);
        }
    }

    /** Measures the bare pair alone: the limit of any lock. */
    public static void compareAndSetPair(final BenchDirectory directory, final Effort effort, final Report report) {
        try (BenchmarkWorkers group = startAlone(directory)) {
            final Summary bare = pairNs(Interleaving.measure(group, effort, List.of("lock", "cas")), "cas");
            report.say("compare-and-set pair " + Table.spread(bare) + " ns");
            report.add(Row.of("limits")
                    .with("op", "cas-pair")
                    .with("workers", 1)
                    .with("jdk", BenchmarkMachine.jdk())
                    .with("opsPerSecond", 1e9 / bare.median())
                    .with("pairNs", bare));
        }
        directory.clear();
    }

    private static BenchmarkWorkers startAlone(final BenchDirectory directory) {
        return BenchmarkWorkers.start(directory, 1, WorkerJvm.ofHeap(32), LocksWorkload.class, "locks-1");
    }

    private static void uncontended(final BenchDirectory directory, final Effort effort, final Report report) {
        try (BenchmarkWorkers group = startAlone(directory)) {
            final Interleaving measured = Interleaving.measure(group, effort, List.of("lock", "cas"));
            final Summary lock = pairNs(measured, "lock");
            final Summary bare = pairNs(measured, "cas");
            report.section("locks: uncontended");
            report.say("lock + unlock " + Table.spread(lock) + " ns; compare-and-set pair " + Table.spread(bare)
                    + " ns; ratio " + Table.number(lock.median() / bare.median()));
            report.add(Row.of(BENCH)
                    .with("op", "uncontended")
                    .with("workers", 1)
                    .with("sectionMicros", 0)
                    .with("jdk", BenchmarkMachine.jdk())
                    .with("pairNs", lock)
                    .with("casPairNs", bare)
                    .with("ratio", lock.median() / bare.median()));
        }
        directory.clear();
    }

    private static Summary pairNs(final Interleaving measured, final String name) {
        final double perRate = 1e9 / UncontendedPairs.PAIRS;
        final Summary rate = measured.rate(name);
        return new Summary(perRate / rate.median(), perRate / rate.max(), perRate / rate.min());
    }

    private static void contended(
            final BenchDirectory directory,
            final Effort effort,
            final Report report,
            final Table table,
            final int workers) {
        final List<String> names = new ArrayList<>();
        final List<String> arguments = new ArrayList<>(List.of("locks-" + workers));
        for (final int micros : SECTIONS_MICROS) {
            names.add("lock-" + micros);
            names.add("cas-" + micros);
            arguments.add(Long.toString(TimeUnit.MICROSECONDS.toNanos(micros)));
        }
        names.add(CONTROL);
        final WorkerJvm jvm = workers > MANY ? WorkerJvm.small() : WorkerJvm.ofHeap(32);
        try (BenchmarkWorkers group = BenchmarkWorkers.start(
                directory, workers, jvm, LocksWorkload.class, arguments.toArray(new String[0]))) {
            final Interleaving measured = Interleaving.measure(group, effort, names);
            for (final int micros : SECTIONS_MICROS) {
                row(report, table, measured, workers, micros);
            }
        }
        directory.clear();
    }

    private static void row(
            final Report report, final Table table, final Interleaving measured, final int workers, final int micros) {
        final String lock = "lock-" + micros;
        final String cas = "cas-" + micros;
        final Summary rate = measured.rate(lock);
        final Summary casRate = measured.rate(cas);
        final double ratio = rate.median() / casRate.median();
        final Summary fairness = measured.each(lock, LocksBench::fairness);
        final Summary casFairness = measured.each(cas, LocksBench::fairness);
        final Summary wait = measured.each(lock, LocksBench::worstMs);
        final Summary casWait = measured.each(cas, LocksBench::worstMs);
        final Summary gap = measured.each(CONTROL, LocksBench::worstMs);
        table.line(
                workers,
                micros,
                Table.spread(rate),
                Table.spread(casRate),
                ratio,
                fairness.median(),
                casFairness.median(),
                Table.spread(wait),
                Table.spread(casWait),
                Table.spread(gap));
        report.add(Row.of(BENCH)
                .with("op", "contended")
                .with("workers", workers)
                .with("sectionMicros", micros)
                .with("jdk", BenchmarkMachine.jdk())
                .with("acquisitionsPerSecond", rate)
                .with("casYieldPerSecond", casRate)
                .with("ratio", ratio)
                .with("worstWaitMs", wait)
                .with("casYieldWorstWaitMs", casWait)
                .with("controlWorstGapMs", gap)
                .with("fairness", fairness.median())
                .with("casYieldFairness", casFairness.median())
                .with(
                        "leastToMost",
                        measured.each(lock, LocksBench::leastToMost).median())
                .with(
                        "casYieldLeastToMost",
                        measured.each(cas, LocksBench::leastToMost).median()));
    }

    private static double fairness(final List<Outcome> outcomes) {
        return Summary.fairness(outcomes.stream().mapToDouble(Outcome::passes).toArray());
    }

    /** Acquisitions of the worker with the fewest, by those of the one with the most. */
    private static double leastToMost(final List<Outcome> outcomes) {
        final double most = outcomes.stream().mapToLong(Outcome::passes).max().orElse(0);
        return most == 0
                ? 0
                : outcomes.stream().mapToLong(Outcome::passes).min().orElse(0) / most;
    }

    private static double worstMs(final List<Outcome> outcomes) {
        return outcomes.stream().mapToLong(Outcome::worstNs).max().orElse(0) / 1e6;
    }
}
