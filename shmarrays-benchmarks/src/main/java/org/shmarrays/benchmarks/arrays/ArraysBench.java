package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkWorkers;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.layout.Mode;

/** {@code bench arrays}: passes over whole sets, a second, in each mode, beside the fastest bare loop. */
public final class ArraysBench {
    /**
     * What is measured.
     *
     * @param embeddingOps operations of the largest set, which is not taken through everything
     * @param isLook whether all numbers of workers are for averages alone, and the first one for the rest
     */
    public record Cases(
            List<String> sets,
            List<ArrayOp> ops,
            List<ArrayOp> embeddingOps,
            List<RowOp> rowOps,
            List<Mode> modes,
            List<Integer> workers,
            boolean isLook) {
        private static final List<ArrayOp> OPS = List.of(ArrayOp.values());
        private static final List<RowOp> ROW_OPS = List.of(RowOp.values());
        private static final List<Mode> MODES = List.of(Mode.values());

        /** As many as this effort is worth. */
        public static Cases of(final Effort effort) {
            if (effort.isSmoke()) {
                return new Cases(List.of("tiny", EMBEDDING), OPS, List.of(), ROW_OPS, MODES, List.of(2), false);
            }
            return effort.quick()
                    ? few()
                    : new Cases(ArraySet.names(), OPS, OPS, ROW_OPS, MODES, List.of(1, 2, 4), false);
        }

        /** The most telling ones. */
        private static Cases few() {
            return new Cases(
                    ArraySet.names(),
                    List.of(ArrayOp.READ, ArrayOp.EMA, ArrayOp.ADAM),
                    List.of(ArrayOp.EMA),
                    ROW_OPS,
                    List.of(Mode.HOGWILD, Mode.LOCKED),
                    List.of(1, 2),
                    true);
        }

        /** Those of them that have one of these sets and one of these operations, with other numbers of workers. */
        public Cases of(
                final List<String> chosenSets, final List<String> chosenOps, final List<Integer> chosenWorkers) {
            return new Cases(
                    chosenSets,
                    chosen(ops, chosenOps),
                    chosen(embeddingOps, chosenOps),
                    chosen(rowOps, chosenOps),
                    modes,
                    chosenWorkers,
                    isLook && chosenWorkers.equals(workers));
        }

        private List<Integer> workersFor(final Effect op) {
            return isLook && op != ArrayOp.EMA ? workers.subList(0, 1) : workers;
        }

        private static <E extends Effect> List<E> chosen(final List<E> effects, final List<String> labels) {
            return effects.stream()
                    .filter(effect -> labels.contains(effect.label()))
                    .toList();
        }

        private List<ArrayOp> ops(final String set) {
            return set.equals(EMBEDDING) ? embeddingOps : ops;
        }

        /** Names of all operations. */
        public static List<String> opNames() {
            return Stream.<Effect>concat(OPS.stream(), ROW_OPS.stream())
                    .map(Effect::label)
                    .toList();
        }
    }

    private static final String EMBEDDING = "embedding";

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
        final Bounds bounds = Bounds.prepare(directory, report);
        if (!cases.ops().isEmpty()) {
            new ArraysBench(directory, effort, report, bounds).run(cases);
        }
        if (cases.sets().contains(EMBEDDING) && !cases.rowOps().isEmpty()) {
            final RowsBench rows = new RowsBench(directory, effort, report, bounds);
            for (final RowOp op : cases.rowOps()) {
                rows.run(op, cases.workersFor(op));
            }
        }
    }

    private void run(final Cases cases) {
        for (final String set : cases.sets()) {
            for (final ArrayOp op : cases.ops(set)) {
                final List<Mode> modes =
                        cases.modes().stream().filter(op::supports).toList();
                for (final int workers : cases.workersFor(op)) {
                    group(ArraySet.of(set), op, modes, workers);
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
        modes.forEach(mode -> names.add(ModeRate.label(mode)));
        final List<String> arguments = new ArrayList<>(List.of(
                set.name(), op.name(), directory.newFile("set-" + set.name()).toString()));
        arguments.addAll(names);
        try (BenchmarkWorkers group = BenchmarkWorkers.start(
                directory,
                workers,
                bounds.jvm(set, modes.contains(Mode.ORDERED)),
                ArraysWorkload.class,
                arguments.toArray(new String[0]))) {
            final Interleaving measured = Interleaving.measure(group, effort, names);
            for (final Mode mode : modes) {
                row(set, op, workers, ModeRate.of(measured, mode, limits));
            }
        }
        directory.clear();
    }

    private void row(final ArraySet set, final ArrayOp op, final int workers, final ModeRate rate) {
        table.line(rate.cells(String.format(Locale.ROOT, "%-9s %s", set.name(), op.label()), workers));
        report.add(rate.row(set, op, op == ArrayOp.READ, workers));
    }
}
