package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two workers whose iterators should have the same batches. */
class UnequalBatchesTest {
    private final Words words = new MemoryWords(new long[Claims.LENGTH]);
    private final List<String> warnings = new ArrayList<>();

    private final class Steps extends FreeSteps {
        private final int rank;

        Steps(final int rank) {
            this.rank = rank;
        }

        @Override
        public void pause() {
            throw new AssertionError("waits: rank=" + rank);
        }

        @Override
        public void warn(final String what, final String values, final String advice) {
            assertThat(advice).contains("the same batches");
            warnings.add(rank + ": " + values);
        }
    }

    /** Of a training that is not stopped. */
    static Dealer.Steps steps() {
        return new UnequalBatchesTest().new Steps(0);
    }

    private Dealer dealer(final int rank, final int batches) {
        final Claims claims = new Claims(words, rank, Claims.Run.of(7), other -> true);
        claims.enter(claims.firstPass(), 0);
        final BatchStream stream = BatchStream.of(new NumberedBatches(0, batches));
        stream.toPass(0);
        return new BatchDealer(
                new Steps(rank), claims, stream, claims.firstPass(), () -> 0, left -> false, left -> false);
    }

    private static void train(final Dealer dealer, final int batches) {
        for (int i = 0; i < batches; i++) {
            dealer.next();
        }
    }

    @Test
    void shouldTellWhoseIteratorHasMoreThanThePass() {
        final Dealer zero = dealer(0, 3);
        final Dealer one = dealer(1, 5);
        train(zero, 1);
        train(one, 2);

        assertThat(zero.hasNext()).isFalse();
        assertThat(one.hasNext()).isFalse();
        assertThat(warnings).containsExactly("1: batches of the pass=3, ended by rank=0");
    }

    @Test
    void shouldTellWhoseIteratorHasFewerThanAreClaimed() {
        final Dealer zero = dealer(0, 3);
        final Dealer one = dealer(1, 5);
        train(zero, 1);
        train(one, 4);

        assertThat(zero.hasNext()).isFalse();
        assertThat(one.hasNext()).isFalse();
        assertThat(warnings).containsExactly("0: batches of this worker=3, batches that are claimed=5");
    }

    @Test
    void shouldTellWhichBatchItsIteratorLacks() {
        train(dealer(1, 5), 4);
        final Dealer again = dealer(1, 3);

        assertThat(again.hasNext()).isFalse();
        assertThat(warnings).containsExactly("1: batch=3", "1: batches of this worker=3, batches that are claimed=4");
    }

    @Test
    void shouldNotWarnWhereAllHaveTheSame() {
        final Dealer zero = dealer(0, 4);
        final Dealer one = dealer(1, 4);
        train(zero, 1);
        train(one, 3);

        assertThat(zero.hasNext()).isFalse();
        assertThat(one.hasNext()).isFalse();
        assertThat(warnings).isEmpty();
    }
}
