package org.shmarrays.spark.examples;

import java.util.Locale;
import org.shmarrays.spark.Round;

/** A round as a line of an example's output. */
final class RoundText {
    private RoundText() {}

    /**
     * A line, which counts rounds and epochs from 1.
     *
     * @param figure what the evaluation is, a share
     */
    static String of(final Round round, final String figure) {
        final StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "round %d: %d %s, %,.0f samples/s, loss %.4f, %.2f s, %.2f s of them training, %.1f MB received",
                round.number() + 1,
                round.hosts(),
                round.hosts() == 1 ? "host" : "hosts",
                round.samples() / round.seconds(),
                round.loss(),
                round.seconds(),
                round.seconds() - round.syncSeconds(),
                round.remoteBytes() / 1e6));
        if (!Double.isNaN(round.evaluation())) {
            line.append(String.format(Locale.ROOT, ", %s %.2f %%", figure, 100 * round.evaluation()));
        }
        if (round.lostIntervals() > 0) {
            line.append(", lost intervals: ").append(round.lostIntervals());
        }
        return line.toString();
    }
}
