package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.shmarrays.dl4j.Claims.Unit;

class ClaimsTest {
    private static final long RUN = 7;

    private final long[] memory = new long[Claims.LENGTH];
    private final Set<Integer> alive = new HashSet<>(Set.of(0, 1, 2));
    private int accessesUntilDeath = Integer.MAX_VALUE;
    private final Words words = new WatchedWords(new MemoryWords(memory), this::reach);

    private void reach() {
        if (accessesUntilDeath-- == 0) {
            throw new Killed();
        }
    }

    private Claims claims(final int rank) {
        return claims(rank, RUN);
    }

    private Claims claims(final int rank, final long run) {
        return new Claims(words, rank, Claims.Run.of(run), alive::contains);
    }

    /** Of a worker that is started again, or added. */
    private Claims lateClaims(final int rank, final long run) {
        return new Claims(words, rank, new Claims.Run(run, () -> 1, () -> true, true, true), alive::contains);
    }

    private static Unit claim(final Claims claims) {
        return claims.claim(claims.head());
    }

    @Test
    void shouldGiveEachUnitToOneWorker() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        one.enter(pass, 0);
        final long head = zero.head();

        assertThat(zero.claim(head).index()).isZero();
        assertThat(one.claim(head)).isNull();
        assertThat(claim(one).index()).isEqualTo(1);
        assertThat(claim(zero).index()).isEqualTo(2);
        assertThat(one.end(head, 0)).isFalse();
        assertThat(one.end(one.head(), 0)).isTrue();
        assertThat(zero.isOver(pass)).isTrue();
    }

    /** Each of its accesses to the shared words may be the last one. */
    @Test
    void shouldLoseNoClaimOfAWorkerThatIsKilledInIt() {
        for (int last = 0; last < 40; last++) {
            Arrays.fill(memory, 0);
            final Claims zero = claims(0);
            final Claims one = claims(1);
            final int pass = zero.firstPass();
            zero.enter(pass, 0);
            zero.done(claim(zero));
            final Set<Integer> trained = new HashSet<>(Set.of(0));
            accessesUntilDeath = last;
            try {
                final Unit unit = claim(zero);
                zero.done(unit);
                accessesUntilDeath = Integer.MAX_VALUE;
                trained.add(unit.index());
            } catch (final Killed e) {
                accessesUntilDeath = Integer.MAX_VALUE;
            }
            for (Unit unit = claim(one); unit.index() < 3; unit = claim(one)) {
                assertThat(trained.add(unit.index()))
                        .as("unit %s, %s accesses", unit, last)
                        .isTrue();
                one.done(unit);
            }
            final Unit left = claims(0).retake(pass);
            if (left != null) {
                trained.add(left.index());
            }

            assertThat(trained).as("%s accesses", last).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @Test
    void shouldBeginAgainInAnotherRun() {
        final Claims first = claims(0);
        first.enter(first.firstPass(), 0);
        claim(first);
        final Claims other = claims(0, RUN + 1);
        other.enter(other.firstPass(), 4);

        assertThat(other.isInHand(other.firstPass())).isFalse();
        assertThat(claim(other).index()).isZero();
        assertThat(other.presentEpoch()).isEqualTo(4);
        assertThat(claims(1, RUN + 1).firstPass()).isEqualTo(other.firstPass());
    }

    @Test
    void shouldRefuseTwoRunsAtTheSameTime() {
        final Claims one = claims(0);
        final int pass = one.firstPass();
        one.enter(pass, 0);
        final Claims other = claims(0, RUN + 1);
        one.enter(pass + 1, 0); // the other one has not begun
        other.enter(other.firstPass(), 0);

        for (final ThrowingCallable next : List.<ThrowingCallable>of(
                () -> one.isOver(pass + 2), () -> one.enter(pass + 2, 0), one::presentEpoch)) {
            assertThatThrownBy(next).isInstanceOf(IllegalStateException.class).hasMessageContaining("another run");
        }
        assertThat(other.isOver(other.firstPass())).isFalse();
        final Claims again = claims(0); // a worker of the first run is started again
        again.enter(again.firstPass(), 0);
        assertThatThrownBy(() -> one.enter(pass + 9, 0)).hasMessageContaining("another run");
        assertThatThrownBy(() -> other.isOver(other.firstPass())).hasMessageContaining("another run");
    }

    /** A run that has ended has its ranks at the pass behind its last one. */
    @Test
    void shouldBeginAnAddedRankAtThePassOfItsOwnRun() {
        for (int rank = 0; rank < 3; rank++) {
            final Claims before = claims(rank);
            before.enter(before.firstPass(), 0);
            before.ownBatches(before.firstPass() + 1, 0);
        }
        final Claims zero = claims(0, RUN + 1);
        final int first = zero.firstPass();
        zero.ownBatches(first + 4, 0);

        assertThat(lateClaims(2, RUN + 1).ownPass()).isEqualTo(first + 4);
    }

    @Test
    void shouldSayOnceWhichEpochBeginsWithAPass() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        zero.enter(zero.firstPass(), 5);
        final long head = zero.head();

        assertThat(one.end(head, 5)).isTrue();
        assertThat(zero.end(head, 6)).isFalse();
        assertThat(zero.presentEpoch()).isEqualTo(6);
        one.end(one.head(), 0); // as if epochs were counted by samples
        assertThat(zero.presentEpoch()).isEqualTo(7);
    }

    @Test
    void shouldLetAnotherWorkerTakeOverWhatADeadOneHasLeft() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        final Unit left = claim(zero);
        zero.batchesDone(left, 6);
        assertThat(one.orphans(pass, pass, rank -> true)).isEmpty();
        alive.remove(0);

        assertThat(one.orphans(pass, pass, rank -> rank != 0)).isEmpty();
        final Unit orphan = one.orphans(pass, pass, rank -> true).get(0);
        final Unit taken = one.take(orphan);
        assertThat(one.batchesDone(taken)).isEqualTo(6);
        assertThat(claims(0).retake(pass)).isNull();
        assertThat(claims(2).take(orphan)).isNull();
        assertThat(claims(1).retake(pass).index()).isEqualTo(taken.index());
    }

    /** The rank that has claimed it may have a shard of the next fit when another worker pushes its last batch. */
    @Test
    void shouldNotCountBatchesOfAShardForALaterOne() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int first = zero.firstPass();
        zero.enter(first, 0);
        zero.giveBack(claim(zero));
        final Unit taken = one.take(one.orphans(first, first, rank -> true).get(0));
        zero.enter(zero.cut(1, first, first + 1, 0, true), 0);
        final Unit later = claim(zero);
        zero.batchesDone(later, 3);

        one.batchesDone(taken, 2);

        assertThat(zero.batchesDone(later)).isEqualTo(3);
        assertThat(one.batchesDone(taken)).isZero();
    }

    /** Its words are those of the pass after the next one, which may have another number of shards. */
    @Test
    void shouldOpenNoShardOfAPassThatIsCutOffMeanwhile() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int first = zero.firstPass();
        final AtomicInteger asked = new AtomicInteger();
        zero.enter(first, 0);
        final Dealer dealer = new ShardDealer(
                UnequalBatchesTest.steps(),
                zero,
                shard -> {
                    throw new AssertionError("opened: " + shard);
                },
                first,
                () -> {
                    if (asked.incrementAndGet() == 2) { // when it opens what it has claimed
                        final int next = one.cut(1, first, first + 1, 0, true);
                        one.enter(next, 0);
                        assertThat(one.shards(next, 1)).isEqualTo(1);
                    }
                    return 2;
                },
                () -> 0);

        assertThat(dealer.hasNext()).isFalse();
        assertThat(asked).hasValue(2);
        dealer.close();
    }

    @Test
    void shouldGiveBackWhatItsRankIsNotToTrainAnyMore() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int first = zero.firstPass();
        zero.enter(first, 0);
        final Unit own = claim(zero);
        final Unit other = claim(one);
        zero.end(zero.head(), 0);

        assertThat(zero.giveBackAll(first + 1, first + 2)).isEmpty();
        assertThat(claims(0).giveBackAll(first, first)).containsExactly(own);
        assertThat(zero.giveBackAll(first, first)).isEmpty();
        assertThat(one.orphans(first, first, rank -> true)).hasSize(1);
        assertThat(claims(1).giveBackAll(first, first)).containsExactly(other);
    }

    /** A worker that is started again goes through the fits before once more, and then trains on it. */
    @Test
    void shouldKeepWhatItHasTakenOverInALaterFit() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int first = zero.firstPass();
        zero.enter(first + 1, 0);
        one.giveBack(claim(one));
        final Unit taken =
                zero.take(zero.orphans(first + 1, first + 1, rank -> true).get(0));

        assertThat(claims(0).giveBackAll(first, first)).isEmpty();
        assertThat(claims(0).isInHand(first + 1)).isTrue();
        assertThat(claims(0).retake(first + 1).index()).isEqualTo(taken.index());
    }

    @Test
    void shouldNotTakeOverWhatItsWorkerHasBegunAgain() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        claim(zero);
        alive.remove(0);
        final Unit orphan = one.orphans(pass, pass, rank -> true).get(0);

        assertThat(claims(0).retake(pass)).isNotNull();
        assertThat(one.take(orphan)).isNull();
    }

    @Test
    void shouldLetOthersTakeOverWhatIsGivenBack() {
        final Claims zero = claims(0);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        zero.giveBack(claim(zero));

        assertThat(zero.isUnderWay(pass, zero.head())).isTrue();
        assertThat(claims(1).orphans(pass, pass, rank -> true)).hasSize(1);
    }

    /** Each of its accesses to the shared words may be the last one. */
    @Test
    void shouldCutAFitOffForAllWorkersOrNone() {
        boolean isKilled = true;
        for (int last = 0; isKilled; last++) {
            Arrays.fill(memory, 0);
            final Claims zero = claims(0);
            final Claims one = claims(1);
            final int first = zero.firstPass();
            zero.enter(first, 5);
            claim(zero);
            one.end(one.head(), 5);
            one.done(claim(one));
            accessesUntilDeath = last;
            try {
                zero.cut(1, first, first + 4, 6, true);
                isKilled = false;
            } catch (final Killed e) {
                assertThat(one.isOver(first + 1)).as("%s accesses", last).isEqualTo(one.passAfterCut(1, first) > 0);
            }
            accessesUntilDeath = Integer.MAX_VALUE;
            final int next = one.cut(1, first, first + 4, 6, true);

            assertThat(next).isEqualTo(first + 3);
            assertThat(claims(2).cut(1, first, first + 4, 9, true))
                    .isEqualTo(next); // after the others' next fit has begun
            assertThat(one.presentEpoch()).isEqualTo(6);
            assertThat(claim(one).pass()).isEqualTo(next);
            assertThat(one.passAfterCut(1, first)).isEqualTo(next);
            assertThat(one.passAfterCut(2, next)).isZero();
            one.end(one.head(), 6);
            assertThat(one.presentEpoch()).isEqualTo(7);
            assertThat(claims(2).passAfterCut(1, first)).isEqualTo(next);
        }
    }

    /** A worker has named the epoch after a pass that it did not end, because another one had claimed a unit. */
    @Test
    void shouldGoOnWithTheEpochOfAPassThatWasCutOff() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int first = zero.firstPass();
        zero.enter(first, 5);
        final long before = zero.head();
        claim(one);
        assertThat(zero.end(before, 5)).isFalse();
        final int next = one.cut(1, first, first + 4, 5, true);
        one.enter(next, 5);

        assertThat(one.presentEpoch()).isEqualTo(5);
        assertThat(one.epoch(next)).isEqualTo(5);
    }

    @Test
    void shouldNotCutAFitOffThatHasEnded() {
        final Claims zero = claims(0);
        final int first = zero.firstPass();
        zero.enter(first, 0);
        zero.end(zero.head(), 0);

        assertThat(zero.cut(1, first, first + 1, 1, true)).isEqualTo(first + 1);
        assertThat(zero.passAfterCut(1, first)).isZero();
        assertThat(zero.cut(2, first + 1, first + 2, 1, true)).isEqualTo(first + 3);
        final Claims other = claims(0, RUN + 1);
        assertThat(other.passAfterCut(2, other.firstPass())).isZero();
    }

    /** Each of its accesses to the shared words may be the last one. */
    @Test
    void shouldSeeTheClaimOfAWorkerThatIsKilledBeforeItShowsIt() {
        int kills = 0;
        boolean isKilled = true;
        for (int last = 0; isKilled; last++) {
            Arrays.fill(memory, 0);
            final Claims zero = claims(0);
            final Claims one = claims(1);
            final int pass = zero.firstPass();
            zero.enter(pass, 0);
            final long before = zero.head();
            accessesUntilDeath = last;
            try {
                zero.claim(before);
                isKilled = false;
            } catch (final Killed e) {
                kills++;
            }
            accessesUntilDeath = Integer.MAX_VALUE;

            assertThat(one.isUnderWay(pass, one.head()))
                    .as("%s accesses", last)
                    .isEqualTo(Claims.claimed(one.head()) == 1);
        }
        assertThat(kills).isGreaterThan(2);
    }

    /** A worker whose fit has failed is started again, or fits again, before another one has taken its unit over. */
    @Test
    void shouldGoOnWithWhatItsRankHasGivenBack() {
        final Claims zero = claims(0);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        zero.giveBack(claim(zero));
        final Claims again = claims(0);

        assertThat(claims(1).isInHand(pass)).isFalse();
        assertThat(again.isInHand(pass)).isTrue();
        assertThat(again.retake(pass).index()).isZero();
        assertThat(claims(1).orphans(pass, pass, rank -> true)).isEmpty();
    }

    @Test
    void shouldKeepTheNumberOfShardsOfAPass() {
        final Claims zero = claims(0);
        final int pass = zero.firstPass();

        assertThat(zero.shards(pass, 2)).isEqualTo(2);
        assertThat(zero.shards(pass, 3)).isEqualTo(2);
        assertThat(zero.shards(pass + 1, 3)).isEqualTo(3);
        assertThat(zero.shards(pass + 2, 1)).isEqualTo(1);
    }

    @Test
    void shouldBeginAnAddedRankWithOwnDataAtThePassOfTheSlowest() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final Claims two = claims(2);
        final int first = zero.firstPass();
        assertThat(two.firstPass()).isEqualTo(first);
        zero.ownBatches(first + 3, 1);
        one.ownBatches(first + 2, 5);

        assertThat(lateClaims(2, RUN).ownPass()).isEqualTo(first + 2);
        assertThat(two.ownPass()).isEqualTo(first);
        assertThat(one.ownPass()).isEqualTo(first + 2);
        assertThat(one.ownBatches(first + 2)).isEqualTo(5);
        assertThat(one.ownBatches(first + 1)).isZero();
    }

    @Test
    void shouldGoOnWhereItsRankIsAfterAFitThatWasCutOffBefore() {
        final Claims zero = claims(0);
        final int first = zero.firstPass();
        zero.ownBatches(first + 1, 4);
        assertThat(zero.cutOwn(first + 1, true)).isEqualTo(first + 1);
        assertThat(zero.ownBatches(first + 1)).isZero();
        zero.ownBatches(first + 3, 2); // in the next fit
        final Claims again = claims(0); // comes to the first fit again

        assertThat(again.cutOwn(first, true)).isEqualTo(first + 3);
        assertThat(again.ownBatches(first + 3)).isEqualTo(2);
    }

    /** The workers have shared the batches of a fit before. */
    @Test
    void shouldTakeNoClaimForBatchesOfAWorkersOwn() {
        final Claims zero = claims(0);
        final Claims one = claims(1);
        final int first = zero.firstPass();
        zero.enter(first, 0);
        zero.done(claim(zero));
        one.done(claim(one));

        assertThat(one.ownBatches(first)).isZero();
        assertThat(lateClaims(2, RUN).ownPass()).isEqualTo(first);
        zero.ownBatches(first + 3, 1);
        assertThat(lateClaims(2, RUN).ownPass()).isEqualTo(first + 3);
        assertThat(zero.isInHand(first + 3)).isFalse();
    }

    @Test
    void shouldRefuseWhatTheWordsCanNotHold() {
        assertThatThrownBy(() -> claims(4092))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rank=4092");
        memory[1] = (1L << 25) - 1 << 39;
        assertThatThrownBy(() -> claims(0).firstPass())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("passes=33554431");
        memory[1] = 1L << 39 | (1L << 24) - 1 << 15 | 1;
        final Claims full = claims(0);
        assertThatThrownBy(() -> claim(full))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("batches=16777215");
    }

    /** Of a run in a segment into which a checkpoint with these words was put. */
    private Claims restoredClaims(final int rank, final boolean isWhole, final boolean resumes) {
        return new Claims(words, rank, new Claims.Run(RUN + 1, () -> 2, () -> isWhole, false, resumes), other -> true);
    }

    @Test
    void shouldGiveWhatWasInHandToAnotherRankOfTheRunThatResumes() {
        final Claims before = claims(2);
        final int pass = before.firstPass();
        before.enter(pass, 0);
        before.done(claim(before));
        final Unit inHand = claim(before);

        final Claims after = restoredClaims(0, true, true);

        assertThat(after.firstPass()).isEqualTo(pass);
        assertThat(after.orphans(pass, pass, rank -> rank == 2)).containsExactly(inHand);
        assertThat(claim(after).index()).isEqualTo(2);
    }

    @Test
    void shouldBeginNewPassesWhereARunDoesNotResume() {
        final Claims before = claims(0);
        before.enter(before.firstPass(), 0);
        claim(before);

        assertThat(restoredClaims(0, true, false).firstPass()).isGreaterThan(before.firstPass());
    }

    @Test
    void shouldNotResumeFromWordsOfSeveralMomentsOrOfAnEarlierRelease() {
        final Claims before = claims(0);
        before.enter(before.firstPass(), 0);
        claim(before);

        assertThatThrownBy(() -> restoredClaims(0, false, true).firstPass())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("WHOLE_SEGMENT");
        memory[7] = 0; // which says which segment the words are of
        assertThatThrownBy(() -> restoredClaims(0, true, true).firstPass())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("an earlier release");
    }

    @Test
    void shouldNotGoOnWithTheWordsOfAnotherRun() {
        final Claims zero = claims(0);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        final long[] saved = memory.clone();
        final Claims other = claims(0, RUN + 5);
        other.enter(other.firstPass(), 0);

        System.arraycopy(saved, 0, memory, 0, saved.length);

        assertThatThrownBy(() -> other.isOver(other.firstPass()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("its checkpoint was put into it");
    }

    /** The first fit is interrupted in its first pass, and a worker that ends a pass of the next one is killed. */
    @Test
    void shouldCountEpochsWhereAnInterruptedFitGoesOn() {
        boolean isKilled = true;
        for (int last = 0; isKilled; last++) {
            Arrays.fill(memory, 0);
            final Claims zero = claims(0);
            final int pass = zero.firstPass();
            zero.enter(pass, 0);
            zero.done(claim(zero));
            zero.cut(1, pass, pass + 2L, 0, false);
            final long head = zero.head();
            accessesUntilDeath = last;
            try {
                isKilled = !zero.end(head, 0);
            } catch (final Killed e) {
                isKilled = true;
            }
            accessesUntilDeath = Integer.MAX_VALUE;
            if (isKilled) {
                final Claims after = restoredClaims(0, true, true);
                assertThat(after.firstPass()).isEqualTo(pass);
                assertThat(after.passAfterCut(1, pass)).isZero();
                assertThat(claim(after).index())
                        .as("killed after %s accesses", last)
                        .isEqualTo(1);
                for (int ended = 0; ended < 3; ended++) {
                    assertThat(after.end(after.head(), 0)).isTrue();
                }
                assertThat(after.epoch(pass + 3))
                        .as("killed after %s accesses", last)
                        .isEqualTo(3);
            }
        }
    }

    /** Its number of shards has taken the place of that of the pass that was cut off. */
    @Test
    void shouldNotTakeAFitBackWhenAPassOverShardsWasBegunAfterIt() {
        final Claims zero = claims(0);
        final int pass = zero.firstPass();
        zero.enter(pass, 0);
        zero.shards(pass, 5);
        zero.done(claim(zero));
        zero.cut(1, pass, pass + 2L, 0, false);
        zero.shards(pass + 2, 3);

        final Claims after = restoredClaims(0, true, true);

        assertThat(after.firstPass()).isEqualTo(pass);
        assertThat(after.passAfterCut(1, pass)).isEqualTo(pass + 2);
        assertThat(after.shards(pass + 2, 9)).isEqualTo(3);
    }
}
