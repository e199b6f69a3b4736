package org.shmarrays.spark;

import java.util.Locale;

/** A round as a line for people. */
final class RoundLine {
    private RoundLine() {}

    static String of(final Round round) {
        final StringBuilder line = new StringBuilder();
        line.append(String.format(
                Locale.ROOT,
                "round %d: epoch %d, %d %s, %,.0f samples/s",
                round.number(),
                round.epoch(),
                round.hosts(),
                round.hosts() == 1 ? "host" : "hosts",
                round.samples() / round.seconds()));
        if (!Double.isNaN(round.loss())) {
            line.append(String.format(Locale.ROOT, ", loss %.4f", round.loss()));
        }
        if (!Double.isNaN(round.evaluation())) {
            line.append(String.format(Locale.ROOT, ", evaluation %.4f", round.evaluation()));
        }
        line.append(String.format(Locale.ROOT, ", %.2f s, %.2f s of it sync", round.seconds(), round.syncSeconds()));
        if (round.lostIntervals() > 0) {
            line.append(", lost intervals: ").append(round.lostIntervals());
        }
        return line.toString();
    }
}
