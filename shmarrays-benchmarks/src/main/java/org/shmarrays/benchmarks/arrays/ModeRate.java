package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.layout.Mode;

/** What an operation made in one mode, a second, beside the fastest bare loop of the same windows. */
record ModeRate(Mode mode, Summary rate, Summary limit, String limitBy, long bytesAllocated) {
    /** Of the candidate that is called by the mode's label. */
    static ModeRate of(final Interleaving measured, final Mode mode, final List<String> limits) {
        final String best = Bounds.best(measured, limits);
        return new ModeRate(
                mode,
                measured.rate(label(mode)),
                measured.rate(best),
                best.substring("limit-".length()),
                Math.round(measured.allocatedBytesPerPass(label(mode))));
    }

    /** The name of a mode's candidate. */
    static String label(final Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    private double ratio() {
        return rate.median() / limit.median();
    }

    /** A line of a table; the list can grow. */
    List<Object> cells(final String what, final int workers) {
        return new ArrayList<>(List.of(
                what, workers, label(mode), Table.spread(rate), Table.spread(limit), limitBy, ratio(), bytesAllocated));
    }

    /** The same for programs. */
    Row row(final ArraySet set, final Effect op, final boolean isRead, final int workers) {
        return Row.of("arrays")
                .with("set", set.name())
                .with("op", op.label())
                .with("mode", label(mode))
                .with("undo", mode.isLocked() && !isRead)
                .with("workers", workers)
                .with("jdk", BenchmarkMachine.jdk())
                .with("opsPerSecond", rate)
                .with("limitOpsPerSecond", limit)
                .with("limitBy", limitBy)
                .with("ratio", ratio())
                .with("bytesAllocatedPerOp", bytesAllocated);
    }
}
