package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DealerTest {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Integer> progress = new ArrayList<>();

    private Dealer<Integer> dealer(final int batches, final int rank, final int workers, final int pushed) {
        final Iterator<Integer> source = IntStream.range(0, batches).iterator();
        return new Dealer<>(source, rank, workers, pushed, stop::get, progress::add);
    }

    private static List<Integer> rest(final Dealer<Integer> dealer) {
        final List<Integer> dealt = new ArrayList<>();
        while (dealer.hasNext()) {
            dealt.add(dealer.next());
        }
        return dealt;
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "7,1", "1,2", "7,2", "8,2", "2,3", "7,3", "8,3", "9,3", "3,5"})
    void shouldDealEachBatchToOneRank(final int batches, final int workers) {
        final List<Integer> all = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            final List<Integer> dealt = rest(dealer(batches, rank, workers, 0));
            final int own = rank;
            assertThat(dealt).allMatch(batch -> batch % workers == own);
            all.addAll(dealt);
        }

        assertThat(all)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, batches).boxed().toList());
    }

    @Test
    void shouldSkipWhatTheRankHasPushed() {
        assertThat(rest(dealer(8, 1, 3, 1))).containsExactly(4, 7);
        assertThat(rest(dealer(8, 1, 3, 3))).isEmpty();
        assertThat(rest(dealer(8, 1, 3, 9))).isEmpty();
    }

    @Test
    void shouldTellWhatIsDoneWhenTheNextOneIsAskedFor() {
        rest(dealer(8, 1, 3, 1));

        assertThat(progress).containsExactly(1, 2, 3);
    }

    @Test
    void shouldNotTellThatSkippedBatchesAreStillToBeDone() {
        rest(dealer(8, 1, 3, 9));

        assertThat(progress).containsExactly(9);
    }

    @Test
    void shouldEndThePassBeforeTheNextBatchOfAStop() {
        final Dealer<Integer> dealer = dealer(8, 0, 2, 0);
        assertThat(dealer.next()).isZero();
        stop.set(true);

        assertThat(dealer.hasNext()).isFalse();
        assertThat(dealer.isCutOff()).isTrue();
        assertThatThrownBy(dealer::next)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("no batch is left for rank 0");
    }

    /** DL4J takes the batch that it was promised. */
    @Test
    void shouldGiveTheBatchThatItPromisedBeforeAStop() {
        final Dealer<Integer> dealer = dealer(8, 0, 2, 0);
        assertThat(dealer.hasNext()).isTrue();
        stop.set(true);

        assertThat(dealer.hasNext()).isTrue();
        assertThat(dealer.next()).isZero();
        assertThat(dealer.hasNext()).isFalse();
        assertThat(dealer.isCutOff()).isTrue();
    }

    @Test
    void shouldNotCallAPassCutOffThatHasEnded() {
        final Dealer<Integer> dealer = dealer(3, 0, 2, 0);
        rest(dealer);

        assertThat(dealer.isCutOff()).isFalse();
        assertThatThrownBy(dealer::next).isInstanceOf(NoSuchElementException.class);
    }
}
