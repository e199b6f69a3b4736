package org.shmarrays.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.report.LiveView;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/** The figures of the whole segment, above the tables of {@code top}. */
final class TopHead {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final List<WorkerState> NOT_RUNNING =
            List.of(WorkerState.STOPPED, WorkerState.GONE, WorkerState.ABANDONED, WorkerState.ELSEWHERE);
    private static final double PERCENT = 100;
    private static final String INDENT = "  ";

    private TopHead() {}

    /** The lines; one that is too long goes on in the next, indented. */
    static List<TopLine> lines(final LiveView view, final int width) {
        final StatusSnapshot now = view.now();
        final WorkerStatus.Counters recent = view.change().total();
        final LockStatus lock = view.change().lock();
        final List<TopLine> lines = new ArrayList<>();
        lines.addAll(folded(first(view), ", ", width));
        lines.addAll(folded(
                List.of(
                        part(
                                "updates %s (%,d)",
                                TopFigures.perSecond(view.change().updatesPerSecond()),
                                now.counters().updates()),
                        part(
                                "samples %s (%,d)",
                                TopFigures.perSecond(view.change().samplesPerSecond()), now.samples()),
                        part("loss %s", TopFigures.loss(recent)),
                        part(
                                "learning rate %s",
                                Double.isNaN(now.learningRate()) ? TopFigures.UNKNOWN : now.learningRate())),
                "   ",
                width));
        lines.addAll(folded(
                List.of(
                        part(
                                "lock waits p50 %s, p99 %s, longest ever %s",
                                TopFigures.time(lock.waits(), 50),
                                TopFigures.time(lock.waits(), 99),
                                TopFigures.time(now.lock().waits(), 100)),
                        new TopLine.Part("contention " + contention(lock), TopStyle.ofShare(lock.contentionRatio())),
                        part(
                                "waiting %s workers",
                                Double.isNaN(view.change().waitingWorkers())
                                        ? TopFigures.UNKNOWN
                                        : String.format(
                                                Locale.ROOT,
                                                "%.2f",
                                                view.change().waitingWorkers()))),
                "   ",
                width));
        lines.addAll(folded(
                List.of(
                        part(
                                "lock holds p50 %s, p99 %s, longest ever %s",
                                TopFigures.time(lock.holds(), 50),
                                TopFigures.time(lock.holds(), 99),
                                TopFigures.time(now.lock().holds(), 100)),
                        new TopLine.Part(
                                "recoveries " + now.lock().recoveries(),
                                now.lock().recoveries() == 0 ? TopStyle.PLAIN : TopStyle.WARNING)),
                "   ",
                width));
        lines.addAll(folded(
                List.of(
                        part(
                                "staleness median %s, p99 %s, most ever %s",
                                TopFigures.percentile(recent.staleness(), 50),
                                TopFigures.percentile(recent.staleness(), 99),
                                TopFigures.percentile(now.counters().staleness(), 100)),
                        part(
                                "read retries %s (%,d)",
                                TopFigures.perSecond(view.change().perSecond(recent.readRetries())),
                                now.counters().readRetries())),
                "   ",
                width));
        return lines;
    }

    private static List<TopLine.Part> first(final LiveView view) {
        final StatusSnapshot now = view.now();
        final List<TopLine.Part> parts = new ArrayList<>();
        parts.add(new TopLine.Part(
                now.segment() + "  " + TIME.format(Instant.ofEpochMilli(now.timeMs())) + " UTC", TopStyle.TITLE));
        parts.add(part("age %s", TopFigures.time((now.timeMs() - now.createdMs()) * 1_000_000)));
        if (now.run().countsEpochs()) {
            parts.add(part("epoch %s", now.epoch()));
        }
        parts.add(part(
                "rates over %.1f s: %d live %s",
                view.change().seconds(), now.liveWorkers(), now.liveWorkers() == 1 ? "worker" : "workers"));
        for (final WorkerState state : NOT_RUNNING) {
            addCount(parts, now.workersIn(state), TopFigures.name(state), TopStyle.of(state));
        }
        addCount(parts, now.liveUnranked(), "without a rank", TopStyle.PLAIN);
        for (final WorkerState state : NOT_RUNNING) {
            addCount(parts, now.unrankedIn(state), "without a rank " + TopFigures.name(state), TopStyle.of(state));
        }
        parts.add(part("%s", Amounts.bytes(now.mappedBytes())));
        if (now.run().isStopped()) {
            parts.add(new TopLine.Part("asked to stop", TopStyle.WARNING));
        }
        return parts;
    }

    private static void addCount(
            final List<TopLine.Part> parts, final int count, final String what, final TopStyle style) {
        if (count > 0) {
            parts.add(new TopLine.Part(count + " " + what, style));
        }
    }

    private static String contention(final LockStatus lock) {
        return Double.isNaN(lock.contentionRatio())
                ? TopFigures.UNKNOWN
                : String.format(Locale.ROOT, "%.1f %%", PERCENT * lock.contentionRatio());
    }

    private static TopLine.Part part(final String format, final Object... values) {
        return new TopLine.Part(String.format(Locale.ROOT, format, values), TopStyle.PLAIN);
    }

    private static List<TopLine> folded(final List<TopLine.Part> parts, final String separator, final int width) {
        final List<TopLine> lines = new ArrayList<>();
        TopLine line = TopLine.EMPTY;
        for (int i = 0; i < parts.size(); i++) {
            final TopLine next = new TopLine(List.of(parts.get(i)));
            final String after = i < parts.size() - 1 ? separator.stripTrailing() : "";
            if (line.length() > 0 && line.length() + separator.length() + next.length() + after.length() > width) {
                lines.add(line.with(TopLine.of(separator.stripTrailing())));
                line = TopLine.of(INDENT).with(next);
            } else {
                line = i == 0 ? next : line.with(TopLine.of(separator)).with(next);
            }
        }
        lines.add(line);
        return lines;
    }
}
