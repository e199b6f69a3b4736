package org.shmarrays.cli;

import java.util.Locale;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.status.WorkerStatus;

/** The figures of {@code top} as text; a dash is one that is not known. */
final class TopFigures {
    static final String UNKNOWN = "-";

    private static final double PERCENT = 100;
    private static final double SLOWEST_SHOWN_EXACTLY = 10;

    private TopFigures() {}

    static String name(final WorkerState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    static String loss(final WorkerStatus.Counters counters) {
        return counters.steps() == 0 ? UNKNOWN : String.format(Locale.ROOT, "%.4f", counters.meanLoss());
    }

    static String share(final double share) {
        return Double.isNaN(share) ? UNKNOWN : String.format(Locale.ROOT, "%.0f%%", PERCENT * share);
    }

    static String percentile(final Log2Histogram histogram, final double percent) {
        return histogram.isEmpty() ? UNKNOWN : Long.toString(histogram.percentile(percent));
    }

    /** A percentile of times; 100 for the longest. */
    static String time(final Log2Histogram histogram, final double percent) {
        return histogram.isEmpty() ? UNKNOWN : time(histogram.percentile(percent));
    }

    static String percent(final LockStatus lock) {
        return Double.isNaN(lock.contentionRatio())
                ? UNKNOWN
                : String.format(Locale.ROOT, "%.0f %%", PERCENT * lock.contentionRatio());
    }

    static String perSecond(final double perSecond) {
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
