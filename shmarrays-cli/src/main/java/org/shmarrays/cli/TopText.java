package org.shmarrays.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.layout.Printable;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.LiveView.ArrayRow;
import org.shmarrays.report.LiveView.PartitionRow;
import org.shmarrays.report.LiveView.WorkerRow;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerCounters;

/** A view as lines of plain text. */
final class TopText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int NARROWEST = 40;
    private static final int HEAT_WIDTH = 10;
    private static final String ARRAYS = "%-20s %-7s %9s %12s  %-10s %5s %7s %7s %7s %5s";
    private static final String PARTITIONS = "%-38s %11s  %-10s %5s %7s %7s %7s %5s";
    private static final String WORKERS = "%-6s %8s %-9s %9s %8s %9s %9s %9s %7s %5s %7s";
    private static final double PERCENT = 100;
    private static final double SLOWEST_SHOWN_EXACTLY = 10;

    private TopText() {}

    /**
     * The lines, without escape sequences.
     *
     * @param width no line is longer
     * @param height no more lines than this, as long as every section keeps its head; 0 for all lines
     */
    static List<String> lines(final LiveView view, final TopSort sort, final int width, final int height) {
        final List<String> head = head(view);
        final List<List<String>> sections = List.of(arrays(view, sort), partitions(view), workers(view, sort));
        if (height > 0) {
            final int blank =
                    (int) sections.stream().filter(rows -> !rows.isEmpty()).count();
            cut(sections, height - head.size() - blank);
        }
        final List<String> lines = new ArrayList<>(head);
        for (final List<String> section : sections) {
            if (!section.isEmpty()) {
                lines.add("");
                lines.addAll(section);
            }
        }
        final int limit = Math.max(NARROWEST, width);
        return lines.stream()
                .map(line -> line.length() > limit ? line.substring(0, limit) : line)
                .map(String::stripTrailing)
                .toList();
    }

    /** Takes rows of the longest section away until they are few enough. */
    private static void cut(final List<List<String>> sections, final int limit) {
        final int[] rows = sections.stream().mapToInt(List::size).toArray();
        int count = 0;
        for (final int section : rows) {
            count += section;
        }
        while (count > limit) {
            int longest = 0;
            for (int i = 1; i < rows.length; i++) {
                longest = rows[i] > rows[longest] ? i : longest;
            }
            if (rows[longest] <= 2) {
                break;
            }
            rows[longest]--;
            count--;
        }
        for (int i = 0; i < rows.length; i++) {
            final List<String> section = sections.get(i);
            final int left = section.size() - rows[i];
            if (left > 0) {
                section.subList(rows[i] - 1, section.size()).clear();
                section.add("… " + (left + 1) + " more");
            }
        }
    }

    private static List<String> head(final LiveView view) {
        final StatusSnapshot now = view.now();
        final WorkerCounters recent = view.change().total();
        final LockStatus lock = view.change().lock();
        final long gone = view.workers().stream()
                .filter(row -> !row.now().state().isLive())
                .count();
        final List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s  %s UTC, age %s, rates over %.1f s: %d live workers%s%s, %s%s",
                now.segment(),
                TIME.format(Instant.ofEpochMilli(now.timeMs())),
                time((now.timeMs() - now.createdMs()) * 1_000_000),
                view.change().seconds(),
                now.liveWorkers(),
                now.liveUnranked() == 0 ? "" : ", " + now.liveUnranked() + " without a rank",
                gone == 0 ? "" : ", " + gone + " not seen to live",
                Amounts.bytes(now.mappedBytes()),
                now.run().isStopped() ? ", asked to stop" : ""));
        lines.add(String.format(
                Locale.ROOT,
                "updates %s/s (%,d)   samples %s/s (%,d)   loss %s",
                rate(view.change().updatesPerSecond()),
                now.counters().updates(),
                rate(view.change().samplesPerSecond()),
                now.counters().samples(),
                recent.steps() == 0 ? "-" : String.format(Locale.ROOT, "%.4f", recent.meanLoss())));
        lines.add(String.format(
                Locale.ROOT,
                "lock waits p50 %s, p99 %s, longest ever %s   contention %.1f %%   waiting %.2f workers",
                time(lock.waits().percentile(50)),
                time(lock.waits().percentile(99)),
                time(now.lock().waits().max()),
                PERCENT * lock.contentionRatio(),
                view.change().waitingWorkers()));
        lines.add(String.format(
                Locale.ROOT,
                "lock holds p50 %s, p99 %s, longest ever %s   recoveries %d",
                time(lock.holds().percentile(50)),
                time(lock.holds().percentile(99)),
                time(now.lock().holds().max()),
                now.lock().recoveries()));
        lines.add(String.format(
                Locale.ROOT,
                "staleness median %s, p99 %s, most ever %s   read retries %s/s (%,d)",
                percentile(recent.staleness(), 50),
                percentile(recent.staleness(), 99),
                percentile(now.counters().staleness(), 100),
                rate(view.change().perSecond(recent.readRetries())),
                now.counters().readRetries()));
        return lines;
    }

    private static List<String> arrays(final LiveView view, final TopSort sort) {
        final List<String> lines = new ArrayList<>();
        lines.add(format(
                ARRAYS, "ARRAY", "MODE", "UPDATES/S", "UPDATES", "CONTENTION", "", "P50", "P99", "LONGEST", "RECOV"));
        for (final ArrayRow row : view.arrays().stream().sorted(sort.arrays()).toList()) {
            final boolean isLocked = row.total().spec().mode().isLocked();
            final LockStatus lock = row.change().lock();
            final Log2Histogram waits = lock.waits();
            lines.add(format(
                    ARRAYS,
                    shorten(row.total().name(), 20),
                    row.total().spec().mode().name().toLowerCase(Locale.ROOT),
                    rate(view.change().perSecond(row.change().updates())),
                    String.format(Locale.ROOT, "%,d", row.total().updates()),
                    isLocked ? heat(lock) : "",
                    isLocked ? percent(lock) : "-",
                    isLocked ? time(waits.percentile(50)) : "-",
                    isLocked ? time(waits.percentile(99)) : "-",
                    isLocked ? time(row.total().maxWaitNs()) : "-",
                    isLocked ? row.total().recoveries() : "-"));
        }
        return lines;
    }

    private static List<String> partitions(final LiveView view) {
        final List<String> lines = new ArrayList<>();
        if (view.hottest().isEmpty()) {
            return lines;
        }
        lines.add(format(
                PARTITIONS, "HOTTEST PARTITIONS", "LOCKS/S", "CONTENTION", "", "P50", "P99", "LONGEST", "RECOV"));
        for (final PartitionRow row : view.hottest()) {
            lines.add(format(
                    PARTITIONS,
                    shorten("#" + row.total().index() + " " + row.name(), 38),
                    rate(view.change().perSecond(row.change().acquisitions())),
                    heat(row.change()),
                    percent(row.change()),
                    time(row.change().waits().percentile(50)),
                    time(row.change().waits().percentile(99)),
                    time(row.total().lock().waits().max()),
                    row.total().lock().recoveries()));
        }
        return lines;
    }

    private static List<String> workers(final LiveView view, final TopSort sort) {
        final List<String> lines = new ArrayList<>();
        lines.add(format(
                WORKERS,
                "WORKER",
                "PID",
                "STATE",
                "HEARTBEAT",
                "STEPS/S",
                "SAMPLES/S",
                "UPDATES/S",
                "STALENESS",
                "RETRIES",
                "WAITS",
                "LOSS"));
        for (final WorkerRow row :
                view.workers().stream().sorted(sort.workers()).toList()) {
            final WorkerCounters change = row.change();
            lines.add(format(
                    WORKERS,
                    row.now().rank() < 0
                            ? "slot " + row.now().slotId()
                            : row.now().rank(),
                    row.now().pid(),
                    row.now().state().name().toLowerCase(Locale.ROOT),
                    time(row.now().heartbeatAgeMs(view.now().timeMs()) * 1_000_000),
                    rate(view.change().perSecond(change.steps())),
                    rate(view.change().perSecond(change.samples())),
                    rate(view.change().perSecond(change.updates())),
                    percentile(change.staleness(), 50) + "/" + percentile(change.staleness(), 99),
                    change.readRetries(),
                    String.format(
                            Locale.ROOT,
                            "%.0f%%",
                            PERCENT * view.change().perSecond(change.lockWaits().sum() / 1e9)),
                    change.steps() == 0 ? "-" : String.format(Locale.ROOT, "%.4f", change.meanLoss())));
        }
        return lines;
    }

    private static String percentile(final Log2Histogram histogram, final double percent) {
        return histogram.isEmpty() ? "-" : Long.toString(histogram.percentile(percent));
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static String heat(final LockStatus lock) {
        final int filled = (int) Math.ceil(HEAT_WIDTH * lock.contentionRatio());
        return "#".repeat(filled) + ".".repeat(HEAT_WIDTH - filled);
    }

    private static String percent(final LockStatus lock) {
        return String.format(Locale.ROOT, "%.0f %%", PERCENT * lock.contentionRatio());
    }

    private static String shorten(final String name, final int length) {
        final String shown = Printable.text(name);
        return shown.length() <= length ? shown : shown.substring(0, length - 1) + "…";
    }

    static String rate(final double perSecond) {
        return perSecond == 0
                ? "0"
                : String.format(Locale.ROOT, perSecond < SLOWEST_SHOWN_EXACTLY ? "%.1f" : "%,.0f", perSecond);
    }

    /** A time with three digits at least, and its unit. */
    static String time(final long ns) {
        if (ns < 1_000) {
            return ns + "ns";
        }
        if (ns < 1_000_000) {
            return threeDigits(ns / 1e3) + "us";
        }
        if (ns < 1_000_000_000) {
            return threeDigits(ns / 1e6) + "ms";
        }
        final long seconds = ns / 1_000_000_000;
        if (seconds < 100) {
            return threeDigits(ns / 1e9) + "s";
        }
        return seconds < 6_000
                ? seconds / 60 + "m" + seconds % 60 + "s"
                : seconds / 3_600 + "h" + seconds / 60 % 60 + "m";
    }

    private static String threeDigits(final double value) {
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    }
}
