package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.TwoInTurn.ONES;
import static org.shmarrays.TwoInTurn.a;
import static org.shmarrays.TwoInTurn.await;
import static org.shmarrays.TwoInTurn.ones;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.testing.Background;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** What ends a turn that is held over several calls, and what does not. */
@SuppressWarnings("try") // the turns are only held
class TurnEndTest {
    @TempDir
    private Path directory;

    @AutoClose
    private TwoInTurn two;

    private ShmArrays base;
    private ShmArrays first;
    private ShmArrays second;

    @BeforeEach
    void create() {
        two = new TwoInTurn(directory);
        base = two.base();
        first = two.first();
        second = two.second();
    }

    @AfterEach
    void close() {
        first.close();
    }

    @Test
    void shouldLetATurnPassInWhichNothingWasPushed() {
        final CompletableFuture<Void> other = two.secondSkips();
        first.takeTurn().close();
        await(other);

        assertThat(two.turn()).isEqualTo(2);
        first.add(ONES);
        assertThat(a(first)).isEqualTo(1);
    }

    @Test
    void shouldEndOneTurnHoweverOftenItIsClosed() {
        final CompletableFuture<Void> other = two.secondSkips();
        final Turn turn = first.takeTurn();
        turn.close();
        turn.close();
        await(other);
        assertThat(two.turn()).isEqualTo(2);

        final Turn next = first.takeTurn();
        turn.close(); // of an earlier one
        assertThat(two.turn()).isEqualTo(2);
        first.array("a").update(ones(4), Updates.add());
        next.close();
        assertThat(two.turn()).isEqualTo(3);
    }

    @Test
    void shouldRefuseTheTurnAndItsEndInsideAFunction() {
        final CompletableFuture<Void> other = two.secondSkips();
        try (Turn turn = first.takeTurn()) {
            final ChunkPush push = first.array("a").chunkPush();
            for (final Runnable call : List.<Runnable>of(first::takeTurn, turn::close)) {
                assertThatThrownBy(() -> push.run((chunk, from, count) -> call.run()))
                        .hasRootCauseInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("inside an update function");
            }
            assertThat(two.turn()).isZero();
            first.add(ONES);
        }
        await(other);
        assertThat(a(second)).isEqualTo(1);
    }

    @Test
    void shouldHoldTheTurnAfterAPushThatFailed() {
        final CompletableFuture<Void> other = two.secondSkips();
        try (Turn turn = first.takeTurn()) {
            final ChunkPush push = first.array("a").chunkPush();
            final AddInPlace add = new AddInPlace(push, 1);

            assertThatThrownBy(() -> push.run(add.failingAt(0)))
                    .isInstanceOfSatisfying(
                            UpdateFailedException.class,
                            failed -> assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class));
            assertThat(first.read().get("a")).containsOnly(0);
            assertThat(two.turn()).isZero();
            push.run(add);
        }
        await(other);
        assertThat(first.read().get("a")).containsOnly(1);
    }

    /** What an Error leaves of a call is given back, and the turn, which is more than that call, is not. */
    @Test
    void shouldHoldTheTurnAfterAnError() {
        final CompletableFuture<Void> other = two.secondSkips();
        try (Turn turn = first.takeTurn()) {
            final ChunkPush push = first.array("a").chunkPush();
            final AddInPlace add = new AddInPlace(push, 1);
            final AssertionError error = new AssertionError("no");

            assertThatThrownBy(() -> push.run((chunk, from, count) -> {
                        add.update(chunk, from, count);
                        throw error;
                    }))
                    .isSameAs(error);
            assertThat(first.read().get("a")).containsOnly(0);
            assertThat(two.turn()).isZero();
            assertThat(other).isNotDone();
            push.run(add);
        }
        await(other);
        assertThat(first.read().get("a")).containsOnly(1);
    }

    /** As where a program does not use try-with-resources: the turn is its holder's until it is closed. */
    @Test
    void shouldHoldTheTurnOverAnExceptionBetweenTheCalls() {
        final CompletableFuture<Void> other = two.secondSkips();
        final Turn turn = first.takeTurn();
        assertThatThrownBy(() -> {
                    first.array("a").update(ones(4), Updates.add());
                    throw new ArithmeticException("forward pass");
                })
                .isInstanceOf(ArithmeticException.class);

        assertThat(a(first)).isEqualTo(1);
        assertThatThrownBy(first::takeTurn).isInstanceOf(IllegalStateException.class);
        assertThat(two.turn()).isZero();
        turn.close();
        await(other);
        assertThat(a(second)).isEqualTo(1);
    }

    @Test
    void shouldGiveTheTurnBackWhenTheHandleIsClosed() {
        final CompletableFuture<Void> other = Background.run(() -> second.add(ONES));
        final Turn turn = first.takeTurn();
        first.array("a").update(ones(4), Updates.add());

        first.close();

        turn.close();
        await(other);
        assertThat(second.read().get("a")).containsOnly(2);
        assertThat(second.read().get("b")).containsOnly(1);
    }

    /** Without a worker there is no peer that would pass the turn on. */
    @Test
    void shouldGiveTheTurnBackWhenTheOnlyHandleIsClosed() {
        first.close();
        second.close();
        final ShmArrays alone = base.newHandle();
        alone.takeTurn();
        final long held = two.turn();

        alone.close();

        assertThat(two.turn()).isEqualTo(held + 1);
        base.skip();
        assertThat(two.turn()).isEqualTo(held + 2);
    }

    @Test
    void shouldJoinTheNextRunWithoutATurn() {
        first.close();
        second.close();
        final Worker worker = Worker.of(0, 1);
        final ShmArrays holder = base.newHandle(worker);
        holder.takeTurn();
        holder.close();

        try (ShmArrays again = base.newHandle(worker)) {
            worker.barrier();
            again.takeTurn().close();
        }
    }

    @Test
    void shouldNotPushInATurnThatWasTakenAway() {
        final Turn turn = takeTurnAlone();
        two.takeTurnAway();

        assertThatThrownBy(() -> first.add(ONES))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the turn was taken away");
        assertThatThrownBy(turn::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the turn was taken away");
        turn.close();
        assertThat(a(base)).isZero();
    }

    private Turn takeTurnAlone() {
        first.close();
        second.close();
        first = base.newHandle(Worker.of(0, 1));
        return first.takeTurn();
    }

    /** The arrays can't be copied: the turn is over, and what was pushed in it stays. */
    @Test
    void shouldEndTheTurnWhereTheCopyCannotBeMade() {
        final Turn turn = takeTurnAlone();
        first.array("a").update(ones(4), Updates.add());
        final var partitions = base.segment().partitions();
        final int partition = base.segment().layout().array("b").firstPartition();
        final long version = partitions.versionAcquire(partition);
        partitions.versionRelease(partition, version + 1);
        assertThat(partitions.compareAndSetLock(partition, 0, LockToken.of(base.slotId(), 1)))
                .isTrue();

        assertThatThrownBy(turn::close)
                .isInstanceOf(UpdateFailedException.class)
                .hasMessageContaining("the worker's copy after its turn can't be made")
                .hasCauseInstanceOf(LockTimeoutException.class);

        turn.close();
        partitions.versionRelease(partition, version);
        assertThat(partitions.compareAndSetLock(partition, LockToken.of(base.slotId(), 1), 0))
                .isTrue();
        assertThat(two.turn()).isEqualTo(1);
        assertThat(a(first)).isEqualTo(1);
        first.skip();
    }

    @Test
    void shouldCloseNothingInARemovedSegmentButSaySo() {
        final Turn turn = takeTurnAlone();
        ShmArrays.remove("turn", Settings.fromProperties().withDirectory(directory));

        assertThatThrownBy(turn::close).isInstanceOf(SegmentRemovedException.class);
        first.close();
        turn.close();
    }
}
