package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Machine;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.benchmarks.harness.WorkerGroup;
import org.shmarrays.layout.Mode;

/** {@code bench arrays}: passes over whole sets, a second, in each mode, beside the fastest bare loop. */
public final class ArraysBench {
    /** What is measured. */
    public record Cases(List<String> sets, List<ArrayOp> ops, List<Mode> modes, List<Integer> workers) {
        /** All there is. */
        private static Cases all() {
            return new Cases(ArraySet.names(), List.of(ArrayOp.values()), List.of(Mode.values()), List.of(1, 2, 4));
        }

        /** As many as this effort is worth. */
        public static Cases of(final Effort effort) {
            if (effort.isSmoke()) {
                return new Cases(List.of("tiny"), all().ops(), all().modes(), List.of(2));
            }
            return effort.quick() ? few() : all();
        }

        /** The most telling ones. */
        private static Cases few() {
            return new Cases(
                    ArraySet.names(),
                    List.of(ArrayOp.READ, ArrayOp.EMA, ArrayOp.ADAM),
                    List.of(Mode.HOGWILD, Mode.LOCKED),
                    List.of(1, 2));
        }

        /** Where a look is enough, the largest set is not taken through everything. */
        private boolean covers(final String set, final ArrayOp op) {
            return workers.contains(4) || !set.equals("embedding") || op == ArrayOp.EMA;
        }

        /** The same with other sets. */
        public Cases ofSets(final List<String> others) {
            return new Cases(others, ops, modes, workers);
        }
    }

    private final BenchDirectory directory;
    private final Effort effort;
    private final Report report;
    private final Bounds bounds;
    private final Table table;

    private ArraysBench(final BenchDirectory directory, final Effort effort, final Report report, final Bounds bounds) {
        this.directory = directory;
        this.effort = effort;
        this.report = report;
        this.bounds = bounds;
        report.section("arrays: passes over a whole set, a second, of all workers; medians, (least–most)");
        this.table = new Table(
                report.out(),
                "set       operation      ",
                "workers",
                "mode   ",
                "passes/s              ",
                "limit/s               ",
                "limit by",
                "ratio",
                "bytes/pass");
    }

    /** Measures the cases. */
    public static void run(
            final BenchDirectory directory, final Effort effort, final Report report, final Cases cases) {
        final ArraysBench bench = new ArraysBench(directory, effort, report, Bounds.prepare(directory, report));
        for (final String set : cases.sets()) {
            for (final ArrayOp op : cases.ops()) {
                final List<Mode> modes =
                        cases.modes().stream().filter(op::supports).toList();
                for (final int workers : cases.workers()) {
                    if (cases.covers(set, op)) {
                        bench.group(ArraySet.of(set), op, modes, workers);
                    }
                }
            }
        }
    }

    private void group(final ArraySet set, final ArrayOp op, final List<Mode> modes, final int workers) {
        if (!bounds.fits(directory, set, op, modes.size(), workers)) {
            report.say(set.name() + " " + op.label() + " with " + workers + " workers is left out: too little memory");
            return;
        }
        final List<String> limits = bounds.candidates(op);
        final List<String> names = new ArrayList<>(limits);
        modes.forEach(mode -> names.add(label(mode)));
        final List<String> arguments = new ArrayList<>(List.of(
                set.name(), op.name(), directory.newFile("set-" + set.name()).toString()));
        arguments.addAll(names);
        try (WorkerGroup group = WorkerGroup.start(
                directory,
                workers,
                bounds.jvm(set, modes.contains(Mode.ORDERED)),
                ArraysWorkload.class,
                arguments.toArray(new String[0]))) {
            final Interleaving measured = Interleaving.measure(group, effort, names);
            final String best = Bounds.best(measured, limits);
            for (final Mode mode : modes) {
                row(set, op, mode, workers, measured, best);
            }
        }
        directory.clear();
    }

    private void row(
            final ArraySet set,
            final ArrayOp op,
            final Mode mode,
            final int workers,
            final Interleaving measured,
            final String best) {
        final Summary rate = measured.rate(label(mode));
        final Summary limit = measured.rate(best);
        final double ratio = rate.median() / limit.median();
        final long bytes = Math.round(measured.allocatedBytesPerPass(label(mode)));
        final String limitBy = best.substring("limit-".length());
        table.line(
                String.format("%-9s %s", set.name(), op.label()),
                workers,
                label(mode),
                Table.spread(rate),
                Table.spread(limit),
                limitBy,
                ratio,
                bytes);
        report.add(Row.of("arrays")
                .with("set", set.name())
                .with("op", op.label())
                .with("mode", label(mode))
                .with("undo", mode.isLocked() && op != ArrayOp.READ)
                .with("workers", workers)
                .with("jdk", Machine.jdk())
                .with("opsPerSecond", rate)
                .with("limitOpsPerSecond", limit)
                .with("limitBy", limitBy)
                .with("ratio", ratio)
                .with("bytesAllocatedPerOp", bytes));
    }

    private static String label(final Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
