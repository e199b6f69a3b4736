package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.dl4j.NumberedBatches.Numbered;

/** Where an iterator stands after a fit, whatever this worker's batches were. */
class BatchStreamTest {
    private static final int COUNT = 4;

    /** Counts how often it was reset. */
    private static final class Counting extends NumberedBatches {
        private static final long serialVersionUID = 1;
        private int resets;

        Counting() {
            super(0, COUNT);
        }

        @Override
        public void reset() {
            super.reset();
            resets++;
        }
    }

    /** The fit's first batch is number 1. */
    @Test
    void shouldGoBackToTheFirstBatchOfThePassWhereTheProgramHasReadSomeBefore() {
        final NumberedBatches batches = new NumberedBatches.Skipping(0, COUNT);
        batches.next();
        final BatchStream stream = BatchStream.of(batches);
        stream.toPass(0);
        assertThat(stream.goTo(COUNT)).isFalse();
        for (final int index : new int[] {2, 0, 1}) {
            assertThat(stream.rewind()).isTrue();
            assertThat(stream.goTo(index)).isTrue();
            assertThat(((Numbered) stream.next()).number).isEqualTo(1 + index);
        }
        assertThat(stream.goTo(COUNT - 1)).isFalse();

        stream.toPass(1); // all of them
        stream.goTo(2);
        assertThat(stream.rewind()).isTrue();
        assertThat(stream.goTo(0)).isTrue();
        assertThat(((Numbered) stream.next()).number).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldComeToTheEndOfAPassThatOthersHaveEnded(final boolean skips) {
        final NumberedBatches batches = skips ? new NumberedBatches.Skipping(0, COUNT) : new NumberedBatches(0, COUNT);
        final BatchStream stream = BatchStream.of(batches);
        stream.toPass(0);
        stream.goTo(1);
        stream.toEnd(0);

        assertThat(batches.hasNext()).isFalse();
        assertThat(batches.loaded).isEqualTo(skips ? 0 : COUNT);
    }

    @Test
    void shouldBeResetAsOftenWhereOthersHaveEndedAllPasses() {
        final Counting used = new Counting();
        final Counting unused = new Counting();
        final BatchStream stream = BatchStream.of(used);
        stream.toPass(0);
        stream.goTo(1);
        stream.toEnd(2);
        BatchStream.of(unused).toEnd(2);

        assertThat(used.hasNext()).isFalse();
        assertThat(unused.hasNext()).isFalse();
        assertThat(unused.resets).isEqualTo(used.resets).isEqualTo(2);
    }

    /** A worker that is started again has none of the batches of fits that have ended. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void shouldBeResetAsOftenBeforeTheNextFit(final boolean isUnused, final boolean programResets) {
        final Counting batches = new Counting();
        final BatchStream stream = BatchStream.of(batches);
        if (!isUnused) {
            stream.toPass(0);
            stream.goTo(1);
        }
        stream.toEnd(0);
        if (programResets) {
            batches.reset();
        }
        BatchStream.of(batches).toPass(0);

        assertThat(batches.resets).isEqualTo(1);
        assertThat(batches.next).isZero();
    }

    @Test
    void shouldGoOnWithTheNextPassWhereOneWasCutOff() {
        final Counting batches = new Counting();
        final Counting late = new Counting();
        final Counting unused = new Counting();
        final BatchStream stream = BatchStream.of(batches);
        stream.toPass(2);
        stream.goTo(2);
        stream.leave(2);
        final BatchStream ofLate = BatchStream.of(late);
        ofLate.toPass(1);
        ofLate.goTo(3);
        ofLate.leave(2);
        BatchStream.of(unused).leave(2);

        assertThat(batches.resets).isEqualTo(3);
        assertThat(late.resets).isEqualTo(3);
        assertThat(unused.resets).isEqualTo(3);
        assertThat(batches.next + late.next + unused.next).isZero();
    }
}
