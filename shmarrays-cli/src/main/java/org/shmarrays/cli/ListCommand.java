package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.shmarrays.Settings;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.internal.worker.DeadSegments.Condition;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.internal.worker.Occupancy.Creator;
import org.shmarrays.layout.WorkerState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code shmarrays ls}: which segments there are, and what is not in order about them. */
@Command(
        name = "ls",
        description = {
            "List the segments of this user.",
            "",
            "WORKERS    live workers / all ranks that the run has had",
            "OTHERS     live processes with a slot but no rank, such as coordinators",
            "UPDATES/S  updates per second, measured over 0.2 s",
            "CREATOR    alive",
            "           closed: it closed its handle",
            "           dead: it died with its handle open",
            "           replaced: its slot has another owner",
            "           unseen: it is in another pid namespace",
            "",
            "Read-only handles have no slot and are not counted."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:listed", "1:the directory can't be read", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays ls",
            "  shmarrays ls --no-rate --json",
            "  SHMARRAYS_OPTS=-Dshmarrays.directory=/data/segments shmarrays ls"
        })
final class ListCommand implements Callable<Integer> {
    private static final String COLUMNS = " %10s %7s  %-8s %7s %6s %10s  %s";
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    @Spec
    private CommandSpec spec;

    @Option(names = "--no-rate", description = "Don't measure updates per second.")
    private boolean withoutRate;

    @Option(names = "--json", description = "Print the table as a JSON array of objects.")
    private boolean asJson;

    ListCommand() {}

    /** An entry of the directory, and the segment if it is one. */
    private static final class Row {
        private final DeadSegments.Entry entry;
        private final Segment segment;
        private final Occupancy occupancy;
        private final int stopped;
        private long updatesBefore;
        private Double updatesPerSecond;

        Row(final DeadSegments.Entry entry, final Segment segment) {
            this.entry = entry;
            this.segment = segment;
            this.occupancy = segment == null ? null : Occupancy.of(segment);
            this.stopped = segment == null ? 0 : stopped(segment);
        }

        private static int stopped(final Segment segment) {
            return (int) Doors.STATUS.of(segment).workers().stream()
                    .filter(worker -> worker.state() == WorkerState.STOPPED)
                    .count();
        }

        private long updates() {
            return Doors.STATUS.of(segment).workers().stream()
                    .mapToLong(worker -> worker.counters().updates())
                    .sum();
        }
    }

    @Override
    public Integer call() {
        final Settings settings = Settings.fromProperties();
        final List<Row> rows = new ArrayList<>();
        for (final DeadSegments.Entry entry : new DeadSegments(Doors.ROOT.of(settings)).find()) {
            rows.add(row(settings, entry));
        }
        if (!withoutRate) {
            measureRates(rows);
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (asJson) {
            out.println(JsonText.writeLines(rows.stream().map(ListCommand::json).toList()));
        } else {
            final String format =
                    NameColumn.format(rows.stream().map(row -> row.entry.file()).toList()) + COLUMNS;
            printRow(out, format, "NAME", "SIZE", "AGE", "CREATOR", "WORKERS", "OTHERS", "UPDATES/S", "");
            rows.forEach(row -> print(row, out, format));
        }
        out.flush();
        return 0;
    }

    private static Row row(final Settings settings, final DeadSegments.Entry entry) {
        if (!entry.file().equals(entry.name())
                || entry.condition() == Condition.INVALID
                || entry.condition() == Condition.UNREADABLE
                || entry.condition() == Condition.STRANGE) {
            return new Row(entry, null);
        }
        try {
            return new Row(entry, SegmentOpener.open(Doors.ROOT.of(settings), entry.name(), true));
        } catch (final SegmentNotFoundException | SegmentRemovedException | InvalidSegmentException e) {
            return new Row(entry, null); // it was removed since it was found, or its slots can't be looked at
        }
    }

    /** Waits once for all, and not at all where no live worker could update anything. */
    private static void measureRates(final List<Row> rows) {
        final List<Row> live = rows.stream()
                .filter(row -> row.segment != null && row.occupancy.isInUse())
                .toList();
        if (live.isEmpty()) {
            return;
        }
        final long began = System.nanoTime();
        live.forEach(row -> row.updatesBefore = row.updates());
        while (System.nanoTime() - began < INTERVAL_NS) {
            LockSupport.parkNanos(began + INTERVAL_NS - System.nanoTime());
        }
        for (final Row row : live) {
            final long updates = row.updates() - row.updatesBefore;
            row.updatesPerSecond = updates * 1e9 / (System.nanoTime() - began);
        }
    }

    private static void print(final Row row, final PrintWriter out, final String format) {
        final DeadSegments.Entry entry = row.entry;
        final String size = Amounts.bytes(entry.sizeBytes());
        if (row.segment == null) {
            printRow(out, format, entry.file(), size, age(entry.lastSignMs()), "", "", "", "", note(entry));
            return;
        }
        printRow(
                out,
                format,
                entry.name(),
                size,
                age(row.segment.createdMs()),
                creator(row.occupancy.creator()),
                row.occupancy.liveWorkers() + "/" + row.occupancy.workers(),
                row.occupancy.liveOthers(),
                row.updatesPerSecond == null ? "" : String.format(Locale.ROOT, "%,.0f", row.updatesPerSecond),
                row.stopped == 0 ? note(entry) : "stopped by signals: " + row.stopped);
    }

    private static void printRow(final PrintWriter out, final String format, final Object... columns) {
        out.println(Printable.text(String.format(Locale.ROOT, format, columns)).stripTrailing());
    }

    private static String age(final long sinceMs) {
        return Amounts.age(Amounts.since(sinceMs));
    }

    static String creator(final Creator creator) {
        return creator == Creator.DEAD_IN_EARLIER_BOOT ? "dead" : creator.name().toLowerCase(Locale.ROOT);
    }

    /** What is to be said beside a segment that is in use. */
    private static String note(final DeadSegments.Entry entry) {
        return switch (entry.condition()) {
            case IN_USE -> "";
            case ABANDONED -> "dead: `shmarrays clean` removes it and its values";
            case KEPT -> "unused: " + entry.reason();
            case UNFINISHED -> entry.reason() + ": `shmarrays clean` removes it";
            case SUPERVISED, UNSEEN, AT_WORK, INVALID, UNREADABLE, STRANGE -> entry.reason();
        };
    }

    private static Map<String, Object> json(final Row row) {
        final DeadSegments.Entry entry = row.entry;
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", entry.name());
        json.put("file", entry.file());
        json.put("condition", entry.condition().name().toLowerCase(Locale.ROOT));
        json.put("reason", entry.reason());
        json.put("sizeBytes", entry.sizeBytes());
        json.put("lastSignMs", entry.lastSignMs());
        if (row.segment != null) {
            json.put("createdMs", row.segment.createdMs());
            json.put(
                    "ageSeconds",
                    Duration.ofMillis(System.currentTimeMillis() - row.segment.createdMs())
                            .toSeconds());
            json.put("creator", creator(row.occupancy.creator()));
            json.put("creatorPid", row.segment.creatorPid());
            json.put("workersAlive", row.occupancy.liveWorkers());
            json.put("workersClaimed", row.occupancy.workers());
            json.put("othersAlive", row.occupancy.liveOthers());
            json.put("stopped", row.stopped);
            json.put("updatesPerSecond", row.updatesPerSecond);
        }
        return json;
    }
}
