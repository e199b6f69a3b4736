package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldComeToTheEndOfAPassThatOthersHaveEnded(final boolean skips) {
        final NumberedBatches batches = skips ? new NumberedBatches.Skipping(0, COUNT) : new NumberedBatches(0, COUNT);
        final BatchStream stream = BatchStream.of(batches);
        stream.toPass(0);
        stream.goTo(1);
        stream.toEnd(0, true);

        assertThat(batches.hasNext()).isFalse();
        assertThat(batches.loaded).isEqualTo(skips ? 0 : COUNT);
    }

    @Test
    void shouldBeResetAsOftenWhereOthersHaveEndedAllPasses() {
        final Counting used = new Counting();
        final Counting unused = new Counting();
        final Counting ofARestartedWorker = new Counting();
        final BatchStream stream = BatchStream.of(used);
        stream.toPass(0);
        stream.goTo(1);
        stream.toEnd(2, true);
        BatchStream.of(unused).toEnd(2, true);
        BatchStream.of(ofARestartedWorker).toEnd(2, false);

        assertThat(used.hasNext()).isFalse();
        assertThat(unused.hasNext()).isFalse();
        assertThat(unused.resets).isEqualTo(used.resets).isEqualTo(2);
        assertThat(ofARestartedWorker.loaded).isZero();
        BatchStream.of(used).toPass(0); // the next fit
        BatchStream.of(ofARestartedWorker).toPass(0);
        assertThat(ofARestartedWorker.resets).isEqualTo(used.resets);
    }

    @Test
    void shouldGoOnWithTheNextPassWhereOneWasCutOff() {
        final Counting batches = new Counting();
        final BatchStream stream = BatchStream.of(batches);
        stream.leave();
        assertThat(batches.resets).isZero();
        stream.toPass(0);
        stream.goTo(2);
        stream.leave();

        assertThat(batches.resets).isEqualTo(1);
        assertThat(batches.next).isZero();
    }
}
