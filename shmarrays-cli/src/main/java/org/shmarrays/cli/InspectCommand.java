package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.TornReadException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

// Over 300 lines: one view as text and as JSON.
/** {@code shmarrays inspect}: what a segment holds. */
@Command(
        name = "inspect",
        description = {
            "Show the arrays and aliases of a segment, and statistics of their values.",
            "",
            "MIN, MAX, MEAN and NORM (L2) cover the finite values. HISTOGRAM runs from MIN to MAX; a darker character"
                    + " means more values. If you name an ARRAY, its histogram is printed in full.",
            "",
            "inspect uses no slot and takes no lock. In the locked modes it reads each partition as it was at one"
                    + " instant."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:shown",
            "1:there is no such segment or array; or a partition could not be read, because it is damaged or has been"
                    + " half changed for more than a second",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays inspect mnist",
            "  shmarrays inspect mnist dense1/W dense1/b",
            "  shmarrays inspect --no-values --json mnist"
        })
final class InspectCommand implements Callable<Integer> {
    private static final String ARRAY_FORMAT = "%-20s %-8s %-16s %-7s %10s %6s %5s%s%n";
    private static final String VALUE_FORMAT = "%-20s %11s %11s %11s %11s %6s %6s  %s%n";
    private static final String RAMP = " .:-=+*#%@";
    private static final int BAR_WIDTH = 40;
    private static final Duration TEAR_TIMEOUT = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Parameters(index = "1..*", paramLabel = "ARRAY", description = "Show only these arrays or aliases.")
    private List<String> wanted = new ArrayList<>();

    @Option(names = "--no-values", description = "Don't read values.")
    private boolean withoutValues;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean asJson;

    InspectCommand() {}

    /** An array, or an alias, whose {@code in} is its array. */
    private record Row(ArrayLayout array, AliasSpec alias) {
        String name() {
            return alias == null ? array.spec().name() : alias.name();
        }

        int[] shape() {
            return alias == null ? array.spec().shape() : alias.shape();
        }

        ArrayOrder order() {
            return alias == null ? array.spec().order() : alias.order();
        }

        long lengthBytes() {
            final ArraySpec spec = array.spec();
            return alias == null
                    ? spec.lengthBytes()
                    : (long) alias.elementCount() * spec.elementType().sizeBytes();
        }

        /** Shape, with 'f' behind it where columns lie together. */
        String shapeText() {
            return Arrays.toString(shape()) + (order() == ArrayOrder.F ? "f" : "");
        }
    }

    /** The figures of a row, or what kept them from being taken. */
    private record Values(ValueStatistics statistics, String problem) {}

    @Override
    public Integer call() {
        final Settings settings =
                Settings.fromProperties().withAttachTimeout(Duration.ZERO).withLockTimeout(TEAR_TIMEOUT);
        SegmentNames.check(Doors.ROOT.of(settings), name);
        try (ShmArrays arrays = ShmArrays.attachReadOnly(name, settings)) {
            final List<Row> rows = rows(Doors.SEGMENT.of(arrays).layout());
            final Map<Row, Values> values = new LinkedHashMap<>();
            if (!withoutValues) {
                rows.forEach(row -> values.put(row, read(arrays, row)));
            }
            final PrintWriter out = spec.commandLine().getOut();
            if (asJson) {
                out.println(JsonText.writeLines(json(Doors.SEGMENT.of(arrays), rows, values)));
            } else {
                print(Doors.SEGMENT.of(arrays), rows, values, out);
            }
            out.flush();
            return complain(values);
        }
    }

    private List<Row> rows(final SegmentLayout layout) {
        final List<Row> rows = new ArrayList<>();
        for (final ArrayLayout array : layout.arrays()) {
            rows.add(new Row(array, null));
            array.spec().aliases().forEach(alias -> rows.add(new Row(array, alias)));
        }
        if (wanted.isEmpty()) {
            return rows;
        }
        final List<String> names = rows.stream().map(Row::name).toList();
        return wanted.stream()
                .map(word -> rows.stream()
                        .filter(row -> row.name().equals(word))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("array not in segment: name=" + word
                                + ", segment=" + name + ", arrays=" + names + Suggestion.didYouMean(word, names))))
                .toList();
    }

    private static Values read(final ShmArrays arrays, final Row row) {
        final ValueStatistics statistics =
                new ValueStatistics(row.array().spec().elementType());
        try {
            Doors.PIECES.of(arrays).<RuntimeException>read(row.name(), statistics::add);
            return new Values(statistics, null);
        } catch (final DamagedPartitionException | TornReadException e) {
            return new Values(null, e.getMessage());
        }
    }

    /** Says what could not be read, each sentence once; returns the exit code. */
    private int complain(final Map<Row, Values> values) {
        final List<String> problems = values.values().stream()
                .map(Values::problem)
                .filter(problem -> problem != null)
                .distinct()
                .toList();
        final PrintWriter err = spec.commandLine().getErr();
        problems.forEach(problem -> err.println("shmarrays: " + Printable.lines(problem)));
        err.flush();
        return problems.isEmpty() ? 0 : spec.exitCodeOnExecutionException();
    }

    private void print(
            final Segment segment, final List<Row> rows, final Map<Row, Values> values, final PrintWriter out) {
        final Occupancy occupancy = Occupancy.of(segment);
        final RunControl control = Doors.RUN_CONTROL.of(segment);
        final SegmentLayout layout = segment.layout();
        out.printf(
                Locale.ROOT,
                "segment %s: %d arrays in %d partitions, %s of values and optimizer state, %d slots%n",
                name,
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
        rows.forEach(row -> printArray(row, out));
        if (!values.isEmpty()) {
            out.println();
            out.printf(Locale.ROOT, VALUE_FORMAT, "VALUES", "MIN", "MAX", "MEAN", "NORM", "NAN", "INF", "HISTOGRAM");
            values.forEach((row, found) -> printValues(row, found, out));
        }
        if (!wanted.isEmpty()) {
            values.forEach((row, found) -> printHistogram(row, found, out));
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

    private static void printArray(final Row row, final PrintWriter out) {
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

    private static void printValues(final Row row, final Values values, final PrintWriter out) {
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

    private static void printHistogram(final Row row, final Values values, final PrintWriter out) {
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

    private Map<String, Object> json(final Segment segment, final List<Row> rows, final Map<Row, Values> values) {
        final Occupancy occupancy = Occupancy.of(segment);
        final RunControl control = Doors.RUN_CONTROL.of(segment);
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("createdMs", segment.createdMs());
        json.put("creatorPid", segment.creatorPid());
        json.put("creator", ListCommand.creator(occupancy.creator()));
        json.put("workersAlive", occupancy.liveWorkers());
        json.put("workersClaimed", occupancy.workers());
        json.put("othersAlive", occupancy.liveOthers());
        json.put("slots", segment.layout().slotCount());
        json.put("partitions", segment.layout().partitions().size());
        json.put("dataBytes", segment.layout().dataLengthBytes());
        json.put("steps", control.globalStep());
        json.put("samples", control.samples());
        json.put("epoch", control.epoch());
        json.put("endedPasses", control.samplesOfEpoch() > 0 ? null : control.endedPasses());
        json.put("samplesOfEpoch", control.samplesOfEpoch() > 0 ? control.samplesOfEpoch() : null);
        json.put("learningRate", Doors.STATUS.of(segment).snapshot().learningRate());
        json.put("setLearningRate", control.learningRate() == 0 ? null : control.learningRate());
        json.put("stop", control.isStopped());
        json.put("arrays", rows.stream().map(row -> json(row, values.get(row))).toList());
        return json;
    }

    private static Map<String, Object> json(final Row row, final Values values) {
        final ArraySpec array = row.array().spec();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", row.name());
        if (row.alias() != null) {
            json.put("aliasOf", array.name());
            json.put("elementOffset", row.alias().elementOffset());
        }
        json.put("type", type(array.elementType()));
        json.put("shape", Arrays.stream(row.shape()).boxed().toList());
        json.put("order", row.order().name());
        json.put("mode", array.mode().name().toLowerCase(Locale.ROOT));
        json.put("sizeBytes", row.lengthBytes());
        if (row.alias() == null) {
            json.put("partitions", row.array().partitionCount());
            json.put("stateArrays", array.stateCount());
            json.put("rounding", array.rounding().name().toLowerCase(Locale.ROOT));
            if (array.rounding().isStochastic()) {
                json.put("roundingSeed", array.rounding().seed());
            }
        }
        if (values != null && values.statistics() == null) {
            json.put("problem", values.problem());
        } else if (values != null) {
            json.put("values", json(values.statistics()));
        }
        return json;
    }

    private static Map<String, Object> json(final ValueStatistics found) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("min", found.min());
        json.put("max", found.max());
        json.put("mean", found.mean());
        json.put("norm", found.norm());
        json.put("nan", found.nanCount());
        json.put("infinite", found.infinityCount());
        json.put("zero", found.zeroCount());
        json.put(
                "histogram",
                found.histogram().bins().stream()
                        .map(bin -> {
                            final Map<String, Object> entry = new LinkedHashMap<>();
                            entry.put("from", bin.from());
                            entry.put("to", bin.to());
                            entry.put("count", bin.count());
                            return entry;
                        })
                        .toList());
        return json;
    }
}
