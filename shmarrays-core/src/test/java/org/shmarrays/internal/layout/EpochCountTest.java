package org.shmarrays.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Offsets and words are those of docs/format/layout.md, run control, worked by hand. */
class EpochCountTest {
    private static final int BLOCK = 512;

    private final UnsafeBuffer control = new UnsafeBuffer(new byte[BLOCK + RunControlBlock.LENGTH + 512]);
    private final RunControlBlock runControl = new RunControlBlock(control);

    @Test
    void shouldStandWhereTheFormatSays() {
        runControl.epochCountRelease(new EpochCount(3, 5, 60_000, 77));

        assertThat(control.getLong(BLOCK + 640)).isEqualTo(3L << 32 | 5);
        assertThat(control.getLong(BLOCK + 648)).isEqualTo(60_000);
        assertThat(control.getLong(BLOCK + 656)).isEqualTo(77);
        for (int offset = 0; offset < control.capacity(); offset += Long.BYTES) {
            if (offset < BLOCK + 640 || offset > BLOCK + 656) {
                assertThat(control.getLong(offset)).as("offset %d", offset).isZero();
            }
        }
        assertThat(runControl.epochCountAcquire()).isEqualTo(new EpochCount(3, 5, 60_000, 77));
    }

    @Test
    void shouldBeginAtZeroInASegmentWithoutAClock() {
        assertThat(runControl.epochCountAcquire()).isEqualTo(EpochCount.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1, 1, 0",
        "0, 0, 3, 0, 1",
        "0, 1, 3, 0, 2",
        "0, 2, 3, 1, 0",
        "7, 3, 2, 8, 0", // four workers had been scaled down to two
        "7, 1, 4, 7, 2", // and up
        "2147483647, 0, 1, 2147483647, 0",
    })
    void shouldCountPasses(
            final long epoch, final long ended, final int workers, final long nextEpoch, final long nextEnded) {
        runControl.epochCountRelease(new EpochCount(epoch, ended, 0, 0));

        runControl.endPass(workers);

        assertThat(runControl.epochCountAcquire()).isEqualTo(new EpochCount(nextEpoch, nextEnded, 0, 0));
    }

    @ParameterizedTest
    @CsvSource({"0, 3, 0, 0, 3", "4, 3, 5, 5, 0", "4, 3, 4, 4, 3", "4, 3, 2, 4, 3", "4, 0, 2147483647, 2147483647, 0"})
    void shouldBeginAnEpochOnce(
            final long epoch, final long ended, final long wanted, final long nextEpoch, final long nextEnded) {
        runControl.epochCountRelease(new EpochCount(epoch, ended, 0, 0));

        runControl.epochAtLeast(wanted);
        runControl.epochAtLeast(wanted);

        assertThat(runControl.epochCountAcquire()).isEqualTo(new EpochCount(nextEpoch, nextEnded, 0, 0));
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "99, 2", "100, 2", "149, 2", "150, 3", "199, 3", "200, 4"})
    void shouldCountSamplesFromTheFirstOneOn(final long samples, final long epoch) {
        assertThat(new EpochCount(2, 1, 50, 100).epochAt(samples)).isEqualTo(epoch);
    }

    /** A checkpoint keeps this: it goes on as the count that it was made of. */
    @ParameterizedTest
    @CsvSource({"0, 2, 100", "149, 2, 100", "150, 3, 150", "249, 4, 200"})
    void shouldMoveToThePresentEpoch(final long samples, final long epoch, final long firstSample) {
        final EpochCount count = new EpochCount(2, 1, 50, 100);

        final EpochCount moved = count.at(samples);

        assertThat(moved).isEqualTo(new EpochCount(epoch, 0, 50, firstSample));
        for (long later = samples; later < 1000; later++) {
            assertThat(moved.epochAt(later)).isEqualTo(count.epochAt(later));
        }
        assertThat(new EpochCount(2, 1, 0, 100).at(samples)).isEqualTo(new EpochCount(2, 1, 0, 100));
    }

    @ParameterizedTest
    @CsvSource({"9223372036854775807, 0", "9223372036854775807, -9223372036854775808", "-9223372036854775808, 1"})
    void shouldStayAnEpochWithForeignSamples(final long samples, final long firstSample) {
        assertThat(new EpochCount(5, 0, 1, firstSample).epochAt(samples)).isBetween(5L, EpochCount.LAST_EPOCH);
    }

    @Test
    void shouldCountNoPassWhileSamplesAreCounted() {
        final EpochCount bySamples = new EpochCount(2, 1, 50, 100);
        runControl.epochCountRelease(bySamples);

        runControl.endPass(1);
        runControl.epochAtLeast(9);

        assertThat(runControl.epochCountAcquire()).isEqualTo(bySamples);
    }

    /** Foreign bytes must neither throw at a watcher nor let a worker count forever. */
    @ParameterizedTest
    @CsvSource({"-1, 0", "-9223372036854775808, -5"})
    void shouldReadForeignBytes(final long word, final long samplesOfEpoch) {
        control.putLong(BLOCK + 640, word);
        control.putLong(BLOCK + 648, samplesOfEpoch);

        runControl.endPass(1);

        assertThat(runControl.epochCountAcquire().epoch()).isBetween(0L, EpochCount.LAST_EPOCH);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 0", "2147483648, 0, 0", "0, -1, 0", "0, 4294967296, 0", "0, 0, -1"})
    void shouldRefuseWhatTheFieldsCannotHold(final long epoch, final long ended, final long samplesOfEpoch) {
        assertThatThrownBy(() -> new EpochCount(epoch, ended, samplesOfEpoch, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
