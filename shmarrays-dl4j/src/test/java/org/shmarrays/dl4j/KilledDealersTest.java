package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.dl4j.NumberedBatches.Numbered;

/**
 * Two workers deal batches; both are killed, each at any access to the shared words or in any step, and both are
 * started again.
 */
class KilledDealersTest {
    private static final int PASSES = 2;
    private static final int BATCHES = 2;

    private final long[] memory = new long[Claims.LENGTH];
    private final int[][] trained = new int[PASSES][BATCHES];
    private final Set<Integer> alive = new HashSet<>();
    private Runnable whenPaused = () -> {};

    /** A worker from its start to its end or death. */
    private final class Process extends FreeSteps {
        private final int rank;
        private final boolean isLate;
        private int accesses;

        Process(final int rank, final boolean isLate, final int accesses) {
            this.rank = rank;
            this.isLate = isLate;
            this.accesses = accesses;
        }

        private void reach() {
            if (accesses-- == 0) {
                throw new Killed();
            }
        }

        @Override
        public void pause() {
            whenPaused.run();
        }

        /** Does its program, as {@link Passes} does; false if it was killed. */
        boolean run() {
            alive.add(rank);
            try {
                final Claims claims = new Claims(
                        new WatchedWords(new MemoryWords(memory), this::reach),
                        rank,
                        new Claims.Run(7, () -> 1, () -> true, isLate, true),
                        alive::contains);
                for (int ofFit = 0; ofFit < PASSES; ofFit++) {
                    final int pass = claims.firstPass() + ofFit;
                    if (!claims.isOver(pass) || claims.isInHand(pass)) {
                        claims.enter(pass, 0);
                        train(claims, pass, ofFit);
                    }
                }
                return true;
            } catch (final Killed e) {
                return false;
            }
        }

        private void train(final Claims claims, final int pass, final int ofFit) {
            final BatchStream stream = BatchStream.of(new NumberedBatches.Skipping(0, BATCHES));
            final Dealer dealer = new BatchDealer(this, claims, stream, pass, () -> 0, left -> true, left -> false);
            while (dealer.hasNext()) {
                final int batch = ((Numbered) dealer.next()).number;
                reach(); // or it is killed before its push
                trained[ofFit][batch]++;
                push();
            }
        }
    }

    /** The batch that the first one was killed with may be in the other one's hands when the first one is back. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLoseNoBatchThatWasTakenOver(final boolean isBackAtOnce) {
        boolean isFirstKilled = true;
        for (int first = 0; isFirstKilled; first++) {
            boolean isSecondKilled = true;
            for (int second = 0; isSecondKilled; second++) {
                final String kills = "killed after " + first + " and " + second + " accesses";
                Arrays.fill(memory, 0);
                Arrays.stream(trained).forEach(pass -> Arrays.fill(pass, 0));
                whenPaused = () -> {};
                isFirstKilled = !new Process(0, false, first).run();
                alive.remove(0);
                isSecondKilled = !new Process(1, true, second).run(); // it seems to live until the first one waits
                whenPaused = () -> {
                    whenPaused = () -> {
                        throw new AssertionError("waits without end: " + kills);
                    };
                    kill(isBackAtOnce);
                };
                assertThat(new Process(0, true, -1).run()).isTrue();
                kill(true);

                check(kills);
            }
        }
    }

    private void check(final String kills) {
        final Claims after = new Claims(new MemoryWords(memory), 2, Claims.Run.of(7), rank -> false);
        assertThat(after.orphans(after.firstPass(), after.firstPass() + PASSES, rank -> true))
                .as(kills)
                .isEmpty();
        final IntSummaryStatistics times =
                Arrays.stream(trained).flatMapToInt(Arrays::stream).summaryStatistics();
        assertThat(times.getMin()).as(kills).isPositive();
        assertThat(times.getSum()) // a step may be cut off after its push, before it is counted
                .as(kills)
                .isLessThanOrEqualTo(PASSES * BATCHES + 2);
    }

    private void kill(final boolean isBack) {
        alive.remove(1);
        if (isBack) {
            assertThat(new Process(1, true, -1).run()).isTrue();
        }
    }
}
