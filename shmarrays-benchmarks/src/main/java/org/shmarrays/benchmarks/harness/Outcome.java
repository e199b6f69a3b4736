package org.shmarrays.benchmarks.harness;

/**
 * What a worker reports of one window, or of a check.
 *
 * @param passes how often it has done its work
 * @param elapsedNs how long that took, from the window's begin on
 * @param allocatedBytes what its thread has allocated meanwhile
 * @param worstNs the longest single wait
 * @param extra whatever the workload says it is
 */
public record Outcome(long passes, long elapsedNs, long allocatedBytes, long worstNs, long... extra) {
    /** The most values that {@code extra} can have. */
    public static final int MOST_EXTRA = 8;

    static final int FIELDS = 4 + MOST_EXTRA;

    /** The outcome of a check: the number of values that are not what they should be. */
    public static Outcome ofCheck(final long wrongValues) {
        return new Outcome(wrongValues, 0, 0, 0);
    }

    static Outcome ofFields(final long[] fields) {
        final long[] extra = new long[MOST_EXTRA];
        System.arraycopy(fields, 4, extra, 0, MOST_EXTRA);
        return new Outcome(fields[0], fields[1], fields[2], fields[3], extra);
    }

    long field(final int index) {
        return switch (index) {
            case 0 -> passes;
            case 1 -> elapsedNs;
            case 2 -> allocatedBytes;
            case 3 -> worstNs;
            default -> index - 4 < extra.length ? extra[index - 4] : 0;
        };
    }

    /** Passes a second. */
    public double rate() {
        return elapsedNs == 0 ? 0 : passes * 1e9 / elapsedNs;
    }
}
