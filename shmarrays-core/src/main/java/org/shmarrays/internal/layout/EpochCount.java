package org.shmarrays.internal.layout;

/**
 * How the epochs of a training are counted: by samples where the number of samples of an epoch is known, else by passes
 * of workers over their shares of the data.
 *
 * @param epoch by passes the present one; by samples the one at which counting began
 * @param endedPasses passes of the present epoch that have ended; they don't count while samples do
 * @param samplesOfEpoch 0 where it is unknown
 * @param firstSample samples of the training when counting by samples began
 */
public record EpochCount(long epoch, long endedPasses, long samplesOfEpoch, long firstSample) {
    /** The last epoch that can be counted. */
    public static final long LAST_EPOCH = Integer.MAX_VALUE;

    /** A training that has not begun, with an unknown number of samples. */
    public static final EpochCount NONE = new EpochCount(0, 0, 0, 0);

    private static final long ENDED_PASSES = 0xFFFF_FFFFL;

    public EpochCount {
        checkEpoch(epoch);
        checkSamplesOfEpoch(samplesOfEpoch);
        if (endedPasses < 0 || endedPasses > ENDED_PASSES) {
            throw new IllegalArgumentException("ended passes must be 0 to " + ENDED_PASSES + ": " + endedPasses);
        }
    }

    /** Throws IllegalArgumentException unless the number can be that of an epoch. */
    public static long checkEpoch(final long epoch) {
        if (epoch < 0 || epoch > LAST_EPOCH) {
            throw new IllegalArgumentException("the epoch must be 0 to " + LAST_EPOCH + ": " + epoch);
        }
        return epoch;
    }

    /** Throws IllegalArgumentException if the number is negative. */
    public static long checkSamplesOfEpoch(final long samplesOfEpoch) {
        if (samplesOfEpoch < 0) {
            throw new IllegalArgumentException("samples of an epoch must be 0 (unknown) or more: " + samplesOfEpoch);
        }
        return samplesOfEpoch;
    }

    static EpochCount ofWord(final long word, final long samplesOfEpoch, final long firstSample) {
        return new EpochCount(
                (word >>> Integer.SIZE) & LAST_EPOCH, word & ENDED_PASSES, Math.max(0, samplesOfEpoch), firstSample);
    }

    /** Epoch and ended passes as they are stored: in the high and the low 32 bits. */
    long word() {
        return epoch << Integer.SIZE | endedPasses;
    }

    public boolean isBySamples() {
        return samplesOfEpoch > 0;
    }

    /** False while there is nothing to tell: no pass has ended since epoch 0, and samples are not counted. */
    public boolean hasBegun() {
        return epoch != 0 || endedPasses != 0 || samplesOfEpoch != 0;
    }

    /** The epoch of a training that has seen so many samples. */
    public long epochAt(final long samples) {
        return epoch + epochsSince(samples);
    }

    /** Epochs that have ended since counting began; 0 by passes, whose epoch is the present one. */
    private long epochsSince(final long samples) {
        return isBySamples() ? Math.min(LAST_EPOCH - epoch, Math.max(0, samples - firstSample) / samplesOfEpoch) : 0;
    }

    /** The same count as of now: its epoch is the present one, and its first sample is the first one of that epoch. */
    public EpochCount at(final long samples) {
        return isBySamples()
                ? new EpochCount(
                        epochAt(samples), 0, samplesOfEpoch, firstSample + epochsSince(samples) * samplesOfEpoch)
                : this;
    }

    /** The {@link #word()} when one of so many workers, which share the data, has ended a pass. */
    static long wordAfterPass(final long word, final int workers) {
        final EpochCount count = ofWord(word, 0, 0);
        return count.endedPasses + 1 < workers
                ? word + 1
                : new EpochCount(Math.min(LAST_EPOCH, count.epoch + 1), 0, 0, 0).word();
    }

    /** The {@link #word()} of this epoch, if the present one is an earlier one: no pass of it has ended. */
    static long wordAtLeast(final long word, final long epoch) {
        return ofWord(word, 0, 0).epoch >= epoch ? word : new EpochCount(epoch, 0, 0, 0).word();
    }

    /** The count that goes on from the present epoch, with another number of samples of an epoch. */
    public EpochCount withSamplesOfEpoch(final long number, final long samples) {
        return new EpochCount(epochAt(samples), isBySamples() ? 0 : endedPasses, number, samples);
    }
}
