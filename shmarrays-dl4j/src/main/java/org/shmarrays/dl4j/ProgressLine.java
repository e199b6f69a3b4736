package org.shmarrays.dl4j;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * How far a training is, as a line for people, in the same form in every locale: {@code epoch 2 of 10, 45 %, 12,345
 * samples/s, loss 0.1234, 1:23 left}. What is unknown is left out.
 *
 * @param epoch that is under way, from 1
 * @param epochs of the whole training
 * @param share of the present epoch that is done, 0 to 1
 * @param samplesPerSecond of all workers
 * @param loss mean of late; NaN where there was none, or one was not finite
 * @param secondsLeft to the end of the training
 */
record ProgressLine(
        long epoch,
        long epochs,
        OptionalDouble share,
        double samplesPerSecond,
        double loss,
        OptionalDouble secondsLeft) {
    private static final double TEN = 10;
    private static final long SECONDS_OF_MINUTE = 60;
    private static final long SECONDS_OF_HOUR = 60 * SECONDS_OF_MINUTE;

    @Override
    public String toString() {
        final StringBuilder line = new StringBuilder("epoch " + epoch + " of " + epochs);
        share.ifPresent(done -> line.append(", ").append((int) (100 * done)).append(" %"));
        line.append(", ").append(rate()).append(" samples/s, loss ").append(String.format(Locale.ROOT, "%.4g", loss));
        secondsLeft.ifPresent(seconds -> line.append(", ").append(time(seconds)).append(" left"));
        return line.toString();
    }

    private String rate() {
        return String.format(Locale.ROOT, samplesPerSecond < TEN ? "%,.1f" : "%,.0f", samplesPerSecond);
    }

    /** 1:23, 1:02:03, and 100:02:03 for more than four days. */
    private static String time(final double seconds) {
        final long whole = Math.round(seconds);
        final long minutes = whole % SECONDS_OF_HOUR / SECONDS_OF_MINUTE;
        final long rest = whole % SECONDS_OF_MINUTE;
        return whole < SECONDS_OF_HOUR
                ? String.format(Locale.ROOT, "%d:%02d", minutes, rest)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / SECONDS_OF_HOUR, minutes, rest);
    }
}
