package org.shmarrays.spark;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Rounds as lines for people, at most one a second: rounds that end sooner have a line together, whose figures are of
 * all of them. For the driver's thread.
 */
final class RoundLines {
    private static final long SHORTEST_NS = TimeUnit.SECONDS.toNanos(1);

    private final PrintStream out;
    private final LongSupplier nanoClock;
    private boolean hasPrinted;
    private long printedNs;
    private Rounds waiting = Rounds.NONE;

    /**
     * Rounds that have no line yet.
     *
     * @param last of them; null of none
     */
    private record Rounds(
            Round last,
            long first,
            TrainingCounts counts,
            double seconds,
            double syncSeconds,
            int lostIntervals,
            double evaluation) {
        static final Rounds NONE = new Rounds(null, 0, TrainingCounts.ZERO, 0, 0, 0, Double.NaN);

        Rounds with(final Round round) {
            return new Rounds(
                    round,
                    last == null ? round.number() : first,
                    counts.plus(round.counts()),
                    seconds + round.seconds(),
                    syncSeconds + round.syncSeconds(),
                    lostIntervals + round.lostIntervals(),
                    Double.isNaN(round.evaluation()) ? evaluation : round.evaluation());
        }

        String line() {
            final StringBuilder line = new StringBuilder();
            line.append(first == last.number() ? "round " + first : "rounds " + first + " to " + last.number());
            line.append(": ").append(last.hosts()).append(last.hosts() == 1 ? " host" : " hosts");
            line.append(", epoch ").append(last.epoch());
            line.append(String.format(Locale.ROOT, ", %,.0f samples/s", counts.samples() / seconds));
            if (counts.nonFiniteLosses() < counts.steps()) {
                line.append(String.format(Locale.ROOT, ", loss %.4f", counts.loss()));
            }
            if (!Double.isNaN(evaluation)) {
                line.append(String.format(Locale.ROOT, ", evaluation %.4f", evaluation));
            }
            line.append(String.format(Locale.ROOT, ", sync %.0f %%", 100 * syncSeconds / seconds));
            if (lostIntervals > 0) {
                line.append(", lost intervals: ").append(lostIntervals);
            }
            return line.toString();
        }
    }

    RoundLines(final PrintStream out, final LongSupplier nanoClock) {
        this.out = out;
        this.nanoClock = nanoClock;
    }

    /** A round has ended. */
    void add(final Round round) {
        if (waiting.last() != null && round.number() != waiting.last().number() + 1) {
            flush(); // the training went back
        }
        waiting = waiting.with(round);
        final long nowNs = nanoClock.getAsLong();
        if (!hasPrinted || nowNs - printedNs >= SHORTEST_NS) {
            hasPrinted = true;
            printedNs = nowNs;
            flush();
        }
    }

    /** Prints the rounds that wait for a line. */
    void flush() {
        if (waiting.last() != null) {
            out.println(waiting.line());
            waiting = Rounds.NONE;
        }
    }
}
