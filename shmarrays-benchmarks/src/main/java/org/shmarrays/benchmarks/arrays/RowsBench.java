package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkWorkers;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.layout.Mode;

/** Calls for random rows of the embedding, a second, beside bare loops over the same rows. */
final class RowsBench {
    private static final List<LimitLoop> LOOPS = List.of(LimitLoop.PLAIN, LimitLoop.VECTOR);

    private final BenchDirectory directory;
    private final Effort effort;
    private final Report report;
    private final Bounds bounds;
    private final Table table;

    RowsBench(final BenchDirectory directory, final Effort effort, final Report report, final Bounds bounds) {
        this.directory = directory;
        this.effort = effort;
        this.report = report;
        this.bounds = bounds;
        report.section("rows: calls for " + Draws.ROWS_PER_CALL
                + " random rows, a second, of all workers; medians, (least–most)");
        this.table = new Table(
                report.out(),
                "set             operation   ",
                "workers",
                "mode   ",
                "calls/s               ",
                "limit/s               ",
                "limit by",
                "ratio",
                "bytes/call",
                "by CPU");
    }

    /** The table: where a look is enough, a smaller one that is still larger than caches are. */
    private ArraySet set() {
        return ArraySet.of(effort.isSmoke() ? "embedding-4k" : effort.quick() ? "embedding-200k" : "embedding");
    }

    void run(final RowOp op, final List<Integer> workers) {
        for (final int count : workers) {
            group(set(), op, count);
        }
    }

    private void group(final ArraySet set, final RowOp op, final int workers) {
        if (!bounds.fitsRows(directory, set, op, op.modes().size(), workers)) {
            report.say(set.name() + " " + op.label() + " with " + workers + " workers is left out: too little memory");
            return;
        }
        final List<String> limits = bounds.labels(LOOPS);
        final List<String> names = new ArrayList<>(limits);
        op.modes().forEach(mode -> names.add(ModeRate.label(mode)));
        final List<String> arguments = new ArrayList<>(List.of(
                set.name(), op.name(), directory.newFile("set-" + set.name()).toString()));
        arguments.addAll(names);
        try (BenchmarkWorkers group = BenchmarkWorkers.start(
                directory, workers, bounds.jvmForRows(), RowsWorkload.class, arguments.toArray(new String[0]))) {
            final Interleaving measured = Interleaving.measure(group, effort, names);
            final Summary cpuLimit = measured.cpuRate(Bounds.bestByCpu(measured, limits));
            for (final Mode mode : op.modes()) {
                final Summary cpuRate = measured.cpuRate(ModeRate.label(mode));
                row(set, op, workers, ModeRate.of(measured, mode, limits), cpuRate.median() / cpuLimit.median());
            }
        }
        directory.clear();
    }

    private void row(
            final ArraySet set, final RowOp op, final int workers, final ModeRate rate, final double cpuRatio) {
        final List<Object> cells = rate.cells(String.format(Locale.ROOT, "%-15s %s", set.name(), op.label()), workers);
        cells.add(cpuRatio);
        table.line(cells);
        report.add(rate.row(set, op, op == RowOp.GATHER, workers)
                .with("rowsPerCall", Draws.ROWS_PER_CALL)
                .with("cpuRatio", cpuRatio));
    }
}
