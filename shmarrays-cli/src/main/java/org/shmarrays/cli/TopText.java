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
import org.shmarrays.worker.WorkerState;

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
    private static final String UNKNOWN = "-";
    private static final List<WorkerState> NOT_RUNNING =
            List.of(WorkerState.STOPPED, WorkerState.GONE, WorkerState.ABANDONED, WorkerState.ELSEWHERE);

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
        final List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s  %s UTC, age %s%s, rates over %.1f s: %s, %s%s",
                now.segment(),
                TIME.format(Instant.ofEpochMilli(now.timeMs())),
                time((now.timeMs() - now.createdMs()) * 1_000_000),
                now.run().epochs().hasBegun() ? ", epoch " + now.epoch() : "",
                view.change().seconds(),
                String.join(", ", owners(now)),
                Amounts.bytes(now.mappedBytes()),
                now.run().isStopped() ? ", asked to stop" : ""));
        lines.add(String.format(
                Locale.ROOT,
                "updates %s (%,d)   samples %s (%,d)   loss %s   learning rate %s",
                perSecond(view.change().updatesPerSecond()),
                now.counters().updates(),
                perSecond(view.change().samplesPerSecond()),
                now.samples(),
                loss(recent),
                Double.isNaN(now.learningRate()) ? UNKNOWN : now.learningRate()));
        lines.add(String.format(
                Locale.ROOT,
                "lock waits p50 %s, p99 %s, longest ever %s   contention %s   waiting %s workers",
                time(lock.waits(), 50),
                time(lock.waits(), 99),
                time(now.lock().waits(), 100),
                Double.isNaN(lock.contentionRatio())
                        ? UNKNOWN
                        : String.format(Locale.ROOT, "%.1f %%", PERCENT * lock.contentionRatio()),
                Double.isNaN(view.change().waitingWorkers())
                        ? UNKNOWN
                        : String.format(Locale.ROOT, "%.2f", view.change().waitingWorkers())));
        lines.add(String.format(
                Locale.ROOT,
                "lock holds p50 %s, p99 %s, longest ever %s   recoveries %d",
                time(lock.holds(), 50),
                time(lock.holds(), 99),
                time(now.lock().holds(), 100),
                now.lock().recoveries()));
        lines.add(String.format(
                Locale.ROOT,
                "staleness median %s, p99 %s, most ever %s   read retries %s (%,d)",
                percentile(recent.staleness(), 50),
                percentile(recent.staleness(), 99),
                percentile(now.counters().staleness(), 100),
                perSecond(view.change().perSecond(recent.readRetries())),
                now.counters().readRetries()));
        return lines;
    }

    /** How many workers there are in each state, and how many owners of slots without a rank. */
    private static List<String> owners(final StatusSnapshot now) {
        final List<String> owners = new ArrayList<>();
        owners.add(now.liveWorkers() + (now.liveWorkers() == 1 ? " live worker" : " live workers"));
        for (final WorkerState state : NOT_RUNNING) {
            final int count = now.workersIn(state);
            if (count > 0) {
                owners.add(count + " " + name(state));
            }
        }
        if (now.liveUnranked() > 0) {
            owners.add(now.liveUnranked() + " without a rank");
        }
        for (final WorkerState state : NOT_RUNNING) {
            final int count = now.unrankedIn(state);
            if (count > 0) {
                owners.add(count + " without a rank " + name(state));
            }
        }
        return owners;
    }

    private static String name(final WorkerState state) {
        return state.name().toLowerCase(Locale.ROOT);
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
                    time(waits, 50),
                    time(waits, 99),
                    time(row.total().lock().waits(), 100),
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
                    time(row.change().waits(), 50),
                    time(row.change().waits(), 99),
                    time(row.total().lock().waits(), 100),
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
            final WorkerCounters change = row.change().orElse(null);
            lines.add(format(
                    WORKERS,
                    row.now().rank() < 0
                            ? "slot " + row.now().slotId()
                            : row.now().rank(),
                    row.now().pid(),
                    name(row.now().state()),
                    time(row.now().heartbeatAgeMs(view.now().timeMs()) * 1_000_000),
                    change == null ? UNKNOWN : rate(view.change().perSecond(change.steps())),
                    change == null ? UNKNOWN : rate(view.change().perSecond(change.samples())),
                    change == null ? UNKNOWN : rate(view.change().perSecond(change.updates())),
                    change == null
                            ? UNKNOWN
                            : percentile(change.staleness(), 50) + "/" + percentile(change.staleness(), 99),
                    change == null ? UNKNOWN : change.readRetries(),
                    change == null
                            ? UNKNOWN
                            : share(view.change().perSecond(change.lockWaits().sum() / 1e9)),
                    change == null ? UNKNOWN : loss(change)));
        }
        return lines;
    }

    private static String loss(final WorkerCounters counters) {
        return counters.steps() == 0 ? UNKNOWN : String.format(Locale.ROOT, "%.4f", counters.meanLoss());
    }

    private static String share(final double share) {
        return Double.isNaN(share) ? UNKNOWN : String.format(Locale.ROOT, "%.0f%%", PERCENT * share);
    }

    private static String percentile(final Log2Histogram histogram, final double percent) {
        return histogram.isEmpty() ? UNKNOWN : Long.toString(histogram.percentile(percent));
    }

    /** A percentile of times; 100 for the longest. */
    private static String time(final Log2Histogram histogram, final double percent) {
        return histogram.isEmpty() ? UNKNOWN : time(histogram.percentile(percent));
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static String heat(final LockStatus lock) {
        if (Double.isNaN(lock.contentionRatio())) {
            return "";
        }
        final int filled = (int) Math.ceil(HEAT_WIDTH * lock.contentionRatio());
        return "#".repeat(filled) + ".".repeat(HEAT_WIDTH - filled);
    }

    private static String percent(final LockStatus lock) {
        return Double.isNaN(lock.contentionRatio())
                ? UNKNOWN
                : String.format(Locale.ROOT, "%.0f %%", PERCENT * lock.contentionRatio());
    }

    private static String shorten(final String name, final int length) {
        final String shown = Printable.text(name);
        return shown.length() <= length ? shown : shown.substring(0, length - 1) + "…";
    }

    private static String perSecond(final double perSecond) {
        return Double.isNaN(perSecond) ? UNKNOWN : rate(perSecond) + "/s";
    }

    /** A rate, or a dash where it is not known. */
    static String rate(final double perSecond) {
        if (Double.isNaN(perSecond)) {
            return UNKNOWN;
        }
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
