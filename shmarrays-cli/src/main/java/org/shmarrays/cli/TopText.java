package org.shmarrays.cli;

import static org.shmarrays.cli.TopTable.Column.left;
import static org.shmarrays.cli.TopTable.Column.right;
import static org.shmarrays.cli.TopTable.cell;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.internal.Printable;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.LiveView.ArrayRow;
import org.shmarrays.report.LiveView.PartitionRow;
import org.shmarrays.report.LiveView.WorkerRow;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.WorkerStatus;

/** A view as lines of text. */
final class TopText {
    private static final int NARROWEST = 40;
    private static final int HEAT_WIDTH = 10;

    /** Of a section: its heading, and one line more. */
    private static final int LEAST_ROWS = 2;

    private TopText() {}

    /**
     * The lines. In a narrow terminal the head is folded, if the height allows it, and tables leave columns out.
     *
     * @param width no line is longer, if it is 40 or more
     * @param height no more lines than this, as long as every section keeps its head; 0 for all lines
     */
    static List<TopLine> lines(final LiveView view, final TopSort sort, final int width, final int height) {
        final int limit = Math.max(NARROWEST, width);
        final List<List<TopLine>> sections = List.of(
                arrays(view, sort).lines(limit),
                view.hottest().isEmpty() ? List.of() : partitions(view).lines(limit),
                workers(view, sort).lines(limit));
        final int blank =
                (int) sections.stream().filter(rows -> !rows.isEmpty()).count();
        List<TopLine> head = TopHead.lines(view, limit);
        if (height > 0) {
            if (head.size() + blank * (1 + LEAST_ROWS) > height) {
                head = TopHead.lines(view, Integer.MAX_VALUE);
            }
            cut(sections, height - head.size() - blank);
        }
        final List<TopLine> lines = new ArrayList<>(head);
        for (final List<TopLine> section : sections) {
            if (!section.isEmpty()) {
                lines.add(TopLine.EMPTY);
                lines.addAll(section);
            }
        }
        return lines.stream().map(line -> line.first(limit)).toList();
    }

    /** Takes rows of the longest section away until they are few enough. */
    private static void cut(final List<List<TopLine>> sections, final int limit) {
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
            if (rows[longest] <= LEAST_ROWS) {
                break;
            }
            rows[longest]--;
            count--;
        }
        for (int i = 0; i < rows.length; i++) {
            final List<TopLine> section = sections.get(i);
            final int left = section.size() - rows[i];
            if (left > 0) {
                section.subList(rows[i] - 1, section.size()).clear();
                section.add(TopLine.of("… " + (left + 1) + " more", TopStyle.DIM));
            }
        }
    }

    private static TopTable arrays(final LiveView view, final TopSort sort) {
        final TopTable table = new TopTable(
                left("ARRAY", 20, 0),
                left("MODE", 7, 4),
                right("UPDATES/S", 9, 0),
                right("UPDATES", 12, 6),
                right("", HEAT_WIDTH, 5),
                right("CONTENTION", 10, 0),
                right("P50", 7, 7),
                right("P99", 7, 3),
                right("LONGEST", 7, 2),
                right("RECOV", 5, 1));
        for (final ArrayRow row : view.arrays().stream().sorted(sort.arrays()).toList()) {
            final boolean isLocked = row.total().spec().mode().isLocked();
            final LockStatus lock = row.change().lock();
            table.add(
                    cell(Printable.text(row.total().name())),
                    cell(row.total().spec().mode().name().toLowerCase(Locale.ROOT)),
                    cell(TopFigures.rate(view.change().perSecond(row.change().updates()))),
                    cell(String.format(Locale.ROOT, "%,d", row.total().updates())),
                    isLocked ? heat(lock) : cell(""),
                    isLocked ? contention(lock) : cell(TopFigures.UNKNOWN),
                    cell(TopFigures.time(lock.waits(), 50)),
                    cell(TopFigures.time(lock.waits(), 99)),
                    cell(TopFigures.time(row.total().lock().waits(), 100)),
                    isLocked ? recoveries(row.total().recoveries()) : cell(TopFigures.UNKNOWN));
        }
        return table;
    }

    private static TopTable partitions(final LiveView view) {
        final TopTable table = new TopTable(
                left("HOTTEST PARTITIONS", 38, 0),
                right("LOCKS/S", 11, 4),
                right("", HEAT_WIDTH, 5),
                right("CONTENTION", 10, 0),
                right("P50", 7, 6),
                right("P99", 7, 3),
                right("LONGEST", 7, 2),
                right("RECOV", 5, 1));
        for (final PartitionRow row : view.hottest()) {
            table.add(
                    cell(Printable.text("#" + row.total().index() + " " + row.name())),
                    cell(TopFigures.rate(view.change().perSecond(row.change().acquisitions()))),
                    heat(row.change()),
                    contention(row.change()),
                    cell(TopFigures.time(row.change().waits(), 50)),
                    cell(TopFigures.time(row.change().waits(), 99)),
                    cell(TopFigures.time(row.total().lock().waits(), 100)),
                    recoveries(row.total().lock().recoveries()));
        }
        return table;
    }

    private static TopTable workers(final LiveView view, final TopSort sort) {
        final TopTable table = new TopTable(
                left("WORKER", 7, 0),
                right("PID", 7, 4),
                left("STATE", 9, 0),
                right("HEARTBEAT", 9, 5),
                right("STEPS/S", 8, 0),
                right("SAMPLES/S", 9, 1),
                right("UPDATES/S", 9, 3),
                right("STALENESS", 9, 2),
                right("RETRIES", 7, 6),
                right("WAITS", 5, 0),
                right("LOSS", 7, 0));
        for (final WorkerRow row :
                view.workers().stream().sorted(sort.workers()).toList()) {
            final WorkerStatus now = row.now();
            final TopLine.Part unknown = cell(TopFigures.UNKNOWN);
            final WorkerStatus.Counters change = row.change().orElse(null);
            final double waits = change == null
                    ? Double.NaN
                    : view.change().perSecond(change.lockWaits().sum() / 1e9);
            table.add(
                    cell(now.rank() < 0 ? "slot " + now.slotId() : now.rank()),
                    cell(now.pid()),
                    cell(TopFigures.name(now.state()), TopStyle.of(now.state())),
                    cell(TopFigures.time(now.heartbeatAgeMs(view.now().timeMs()) * 1_000_000)),
                    change == null
                            ? unknown
                            : cell(TopFigures.rate(view.change().perSecond(change.steps()))),
                    change == null
                            ? unknown
                            : cell(TopFigures.rate(view.change().perSecond(change.samples()))),
                    change == null
                            ? unknown
                            : cell(TopFigures.rate(view.change().perSecond(change.updates()))),
                    change == null
                            ? unknown
                            : cell(TopFigures.percentile(change.staleness(), 50) + "/"
                                    + TopFigures.percentile(change.staleness(), 99)),
                    change == null ? unknown : cell(change.readRetries()),
                    cell(TopFigures.share(waits), TopStyle.ofShare(waits)),
                    change == null ? unknown : cell(TopFigures.loss(change)));
        }
        return table;
    }

    private static TopLine.Part contention(final LockStatus lock) {
        return cell(TopFigures.percent(lock), TopStyle.ofShare(lock.contentionRatio()));
    }

    private static TopLine.Part heat(final LockStatus lock) {
        if (Double.isNaN(lock.contentionRatio())) {
            return cell("");
        }
        final int filled = (int) Math.ceil(HEAT_WIDTH * lock.contentionRatio());
        return cell("#".repeat(filled) + ".".repeat(HEAT_WIDTH - filled), TopStyle.ofShare(lock.contentionRatio()));
    }

    private static TopLine.Part recoveries(final long recoveries) {
        return cell(recoveries, recoveries == 0 ? TopStyle.PLAIN : TopStyle.WARNING);
    }
}
