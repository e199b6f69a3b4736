package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.RunControl;
import org.shmarrays.cli.Inspection.Row;
import org.shmarrays.cli.Inspection.Values;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/** An {@link Inspection} as tables. */
final class InspectionText {
    private static final String ARRAY_FORMAT = "%-20s %-8s %-16s %-7s %10s %6s %5s%s%n";
    private static final String VALUE_FORMAT = "%-20s %11s %11s %11s %11s %6s %6s  %s%n";
    private static final String RAMP = " .:-=+*#%@";
    private static final int BAR_WIDTH = 40;

    private final Inspection inspection;
    private final PrintWriter out;

    InspectionText(final Inspection inspection, final PrintWriter out) {
        this.inspection = inspection;
        this.out = out;
    }

    /**
     * Prints all tables.
     *
     * @param withHistograms whether each histogram is printed in full, too
     */
    void print(final boolean withHistograms) {
        final Segment segment = inspection.segment();
        final Map<Row, Values> values = inspection.values();
        final Occupancy occupancy = Occupancy.of(segment);
        final RunControl control = Doors.RUN_CONTROL.of(segment);
        final SegmentLayout layout = segment.layout();
        out.printf(
                Locale.ROOT,
                "segment %s: %d arrays in %d partitions, %s of values and optimizer state, %d slots%n",
                segment.name(),
                layout.arrays().size(),
                layout.partitions().size(),
                Amounts.bytes(layout.dataLengthBytes()),
                layout.slotCount());
        out.printf(
                Locale.ROOT,
                "created %s by pid %d (%s), live workers %d of %d, others %d%n",
                created(segment),
                segment.creatorPid(),
                ListCommand.creator(occupancy.creator()),
                occupancy.liveWorkers(),
                occupancy.workers(),
                occupancy.liveOthers());
        out.printf(
                Locale.ROOT,
                "steps %,d, samples %,d, %slearning rate %s, %s%n%n",
                control.globalStep(),
                control.samples(),
                control.countsEpochs() ? epoch(control) + ", " : "",
                learningRate(segment),
                control.isStopped() ? "asked to stop" : "not asked to stop");
        out.printf(Locale.ROOT, ARRAY_FORMAT, "ARRAY", "TYPE", "SHAPE", "MODE", "SIZE", "PARTS", "STATE", "");
        inspection.rows().forEach(this::printArray);
        if (!values.isEmpty()) {
            out.println();
            out.printf(Locale.ROOT, VALUE_FORMAT, "VALUES", "MIN", "MAX", "MEAN", "NORM", "NAN", "INF", "HISTOGRAM");
            values.forEach(this::printValues);
        }
        if (withHistograms) {
            values.forEach(this::printHistogram);
        }
    }

    /** The present one, and how it is counted. */
    private static String epoch(final RunControl control) {
        final long samples = control.samplesOfEpoch();
        return samples > 0
                ? String.format(Locale.ROOT, "epoch %,d of %,d samples each", control.epoch(), samples)
                : String.format(Locale.ROOT, "epoch %,d (ended passes %,d)", control.epoch(), control.endedPasses());
    }

    /** The one in force, and where it comes from. */
    private static String learningRate(final Segment segment) {
        final double rate = Doors.STATUS.of(segment).snapshot().learningRate();
        final double set = Doors.RUN_CONTROL.of(segment).learningRate();
        if (set != 0) {
            return set == rate ? set + " for all" : set + " for all, but the workers use " + rate;
        }
        return Double.isNaN(rate) ? "not reported" : rate + ", the workers' own";
    }

    private static Instant created(final Segment segment) {
        return Instant.ofEpochMilli(segment.createdMs()).truncatedTo(ChronoUnit.SECONDS);
    }

    private void printArray(final Row row) {
        final ArraySpec array = row.array().spec();
        final boolean isAlias = row.alias() != null;
        out.printf(
                Locale.ROOT,
                ARRAY_FORMAT,
                (isAlias ? "  " : "") + Printable.text(row.name()),
                type(array.elementType()),
                row.shapeText(),
                isAlias ? "alias" : array.mode().name().toLowerCase(Locale.ROOT),
                Amounts.bytes(row.lengthBytes()),
                isAlias ? "" : row.array().partitionCount(),
                isAlias ? "" : array.stateCount(),
                isAlias ? "" : rounding(array));
    }

    /** What a line of a 16-bit array has more, if it is rounded stochastically. */
    private static String rounding(final ArraySpec array) {
        return array.rounding().isStochastic()
                ? "  stochastic rounding, seed " + array.rounding().seed()
                : "";
    }

    private static String type(final ElementType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private void printValues(final Row row, final Values values) {
        final String label = (row.alias() == null ? "" : "  ") + Printable.text(row.name());
        final ValueStatistics found = values.statistics();
        if (found == null) {
            out.printf(Locale.ROOT, "%-20s could not be read%n", label);
            return;
        }
        out.printf(
                Locale.ROOT,
                VALUE_FORMAT,
                label,
                figure(found.min()),
                figure(found.max()),
                figure(found.mean()),
                figure(found.norm()),
                found.nanCount(),
                found.infinityCount(),
                "|" + ramp(found) + "|");
    }

    private static String figure(final Number value) {
        if (value instanceof Long) {
            return value.toString();
        }
        final double number = value.doubleValue();
        return Double.isNaN(number) ? "-" : number == 0 ? "0" : String.format(Locale.ROOT, "%.5g", number);
    }

    private static String ramp(final ValueStatistics found) {
        final List<ValueHistogram.Bin> bins = found.histogram().bins();
        final long most = most(bins);
        final StringBuilder text = new StringBuilder();
        for (final ValueHistogram.Bin bin : bins) {
            text.append(RAMP.charAt((int) Math.ceil((RAMP.length() - 1.0) * bin.count() / most)));
        }
        return text.toString();
    }

    private static long most(final List<ValueHistogram.Bin> bins) {
        return bins.stream().mapToLong(ValueHistogram.Bin::count).max().orElse(1);
    }

    private void printHistogram(final Row row, final Values values) {
        if (values.statistics() == null) {
            return;
        }
        final List<ValueHistogram.Bin> bins = values.statistics().histogram().bins();
        final long most = most(bins);
        out.printf(
                Locale.ROOT,
                "%n%s: %,d elements, %,d of them 0%n",
                Printable.text(row.name()),
                values.statistics().count(),
                values.statistics().zeroCount());
        for (final ValueHistogram.Bin bin : bins) {
            out.printf(
                    Locale.ROOT,
                    "  %11s to %11s  %,13d  %s%n",
                    figure(bin.from()),
                    figure(bin.to()),
                    bin.count(),
                    "#".repeat((int) Math.ceil((double) BAR_WIDTH * bin.count() / most)));
        }
    }
}
