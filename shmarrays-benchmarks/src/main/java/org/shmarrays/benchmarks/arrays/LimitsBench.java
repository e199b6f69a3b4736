package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.BenchmarkWorkers;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;

/**
 * {@code bench limits}: what the machine gives to bare loops over mapped memory, alone and where two processes work on one
 * region without any lock.
 */
public final class LimitsBench {
    /** Elements of float32: in the first cache, the second, the third, and in none. */
    private static final int[] SIZES = {1_000, 21_840, 262_144, 25_557_032};

    /** Where a look is enough. */
    private static final int[] FEW_SIZES = {1_000, 21_840, 25_557_032};

    private static final int[] WORKERS = {1, 2};
    private static final int BYTES_COPIED = 2 * Float.BYTES;
    private static final int BYTES_BLENDED = 3 * Float.BYTES;

    private LimitsBench() {}

    /** Measures. */
    public static void run(final BenchDirectory directory, final Effort effort, final Report report) {
        run(directory, effort, report, effort.quick() ? FEW_SIZES : SIZES);
    }

    static void run(final BenchDirectory directory, final Effort effort, final Report report, final int... sizes) {
        final Bounds bounds = Bounds.prepare(directory, report);
        report.section("limits: float32 in mapped memory, all workers on one region; medians, (least–most)");
        final Table table =
                new Table(report.out(), "operation     ", "elements", "workers", "passes/s              ", "GB/s  ");
        for (final int size : effort.isSmoke() ? Arrays.copyOf(sizes, 1) : sizes) {
            for (final int workers : WORKERS) {
                copy(directory, effort, report, table, bounds, size, workers);
                blend(directory, effort, report, table, bounds, size, workers);
            }
        }
    }

    private static void copy(
            final BenchDirectory directory,
            final Effort effort,
            final Report report,
            final Table table,
            final Bounds bounds,
            final int size,
            final int workers) {
        final Interleaving measured = measure(directory, effort, bounds, ArrayOp.READ, size, workers);
        row(report, table, "copy", size, workers, measured.rate(LimitLoop.COPY.label()), BYTES_COPIED);
    }

    private static void blend(
            final BenchDirectory directory,
            final Effort effort,
            final Report report,
            final Table table,
            final Bounds bounds,
            final int size,
            final int workers) {
        final Interleaving measured = measure(directory, effort, bounds, ArrayOp.EMA, size, workers);
        for (final String name : measured.candidates()) {
            final String op = name.replace("limit-", "blend-");
            row(report, table, op, size, workers, measured.rate(name), BYTES_BLENDED);
        }
    }

    private static Interleaving measure(
            final BenchDirectory directory,
            final Effort effort,
            final Bounds bounds,
            final ArrayOp op,
            final int size,
            final int workers) {
        final ArraySet set = ArraySet.flat(size);
        final List<String> names = bounds.candidates(op);
        final List<String> arguments = new ArrayList<>(
                List.of(set.name(), op.name(), directory.newFile("flat").toString()));
        arguments.addAll(names);
        try (BenchmarkWorkers group = BenchmarkWorkers.start(
                directory, workers, bounds.jvm(set, false), ArraysWorkload.class, arguments.toArray(new String[0]))) {
            return Interleaving.measure(group, effort, names);
        } finally {
            directory.clear();
        }
    }

    private static void row(
            final Report report,
            final Table table,
            final String op,
            final int size,
            final int workers,
            final Summary rate,
            final int bytesAnElement) {
        final double gigabytes = rate.median() * size * bytesAnElement / 1e9;
        table.line(op, size, workers, Table.spread(rate), gigabytes);
        report.add(Row.of("limits")
                .with("op", op)
                .with("elements", size)
                .with("workers", workers)
                .with("jdk", BenchmarkMachine.jdk())
                .with("opsPerSecond", rate)
                .with("gigabytesPerSecond", gigabytes));
    }
}
