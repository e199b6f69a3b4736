package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.LockToken;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.segment.LockTimeoutException;
import org.shmarrays.testing.Background;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** What a turn that is held over several calls allows, what it refuses, and what ends it. */
@SuppressWarnings("try") // the turns are only held
class TurnTest {
    private static final Map<String, float[]> ONES = Map.of("a", ones(4), "b", ones(2));

    @TempDir
    private Path directory;

    private ShmArrays base;
    private Worker zero;
    private Worker one;
    private ShmArrays first;
    private ShmArrays second;

    private static float[] ones(final int count) {
        final float[] ones = new float[count];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }

    @BeforeEach
    void create() {
        base = ShmArrays.create(
                "turn",
                List.of(
                        ArraySpec.of("a", FLOAT32, 4)
                                .inMode(Mode.ORDERED)
                                .withState(1)
                                .withAlias(new AliasSpec("a0", 0, ArrayOrder.C, 1)),
                        ArraySpec.of("b", FLOAT32, 2).inMode(Mode.ORDERED),
                        ArraySpec.of("free", FLOAT32, 2).inMode(Mode.ATOMIC)),
                Settings.fromProperties()
                        .withDirectory(directory)
                        .withSlots(6)
                        .withLockTimeout(Duration.ofMillis(100)));
        zero = Worker.of(0, 2);
        one = Worker.of(1, 2);
        first = base.newHandle(zero);
        second = base.newHandle(one);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        base.close();
    }

    /** The first turn of rank 0 is held; rank 1 waits for its own, and skips it. */
    private CompletableFuture<Void> second() {
        return Background.run(second::skip);
    }

    private static void await(final CompletableFuture<?> future) {
        try {
            future.get(60, TimeUnit.SECONDS);
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    private long turn() {
        final var segment = base.segment();
        return RunControlDescriptor.turnAcquire(
                segment.control(), segment.controlLayout().runControlOffset());
    }

    private float a(final ShmArrays arrays) {
        return arrays.read().get("a")[0];
    }

    @Test
    void shouldTakeAllPushesIntoTheTurn() {
        final CompletableFuture<Void> other = second();
        try (Turn turn = first.takeTurn()) {
            first.add(ONES);
            first.add(ONES);
            first.update(Map.of("a", ones(4), "b", ones(2)), (g, old) -> g);
            assertThat(turn()).isZero();
            assertThat(other).isNotDone();
            assertThat(turn).isNotNull();
        }

        await(other);
        assertThat(turn()).isEqualTo(2);
        assertThat(first.read().get("a")).containsOnly(1);
    }

    @Test
    void shouldPushPartsInTheTurn() {
        final CompletableFuture<Void> other = second();
        final ChunkPush a = first.array("a").chunkPush();
        final ChunkPush b = first.array("b").chunkPush();
        final ChunkPush part = first.array("a0").chunkPush();

        try (Turn turn = first.takeTurn()) {
            a.run(new AddInPlace(a, 1));
            b.run(new AddInPlace(b, 0));
            part.run(new AddInPlace(part, 1));
            first.array("a0").update(ones(1), Updates.add());
            first.array("b").scatterAdd(new int[] {1}, ones(1));
        }

        await(other);
        assertThat(first.read().get("a")).containsExactly(3, 1, 1, 1);
        assertThat(first.read().get("b")).containsExactly(1, 2);
        assertThat(second.read().get("a")).containsExactly(3, 1, 1, 1);
        final float[] state = new float[4];
        first.array("a").readStateInto(0, state);
        assertThat(state).containsExactly(2, 1, 1, 1);
        assertThatThrownBy(() -> a.run(new AddInPlace(a, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("missing=b");
    }

    @Test
    void shouldReadTheNewestValuesInTheTurnAndTheCopyAfterIt() {
        final CompletableFuture<Void> other = Background.run(() -> second.add(ONES));
        first.add(ONES);
        await(other);
        assertThat(a(first)).isEqualTo(1);

        final CompletableFuture<Void> next;
        try (Turn turn = first.takeTurn()) {
            assertThat(a(first)).isEqualTo(2);
            assertThat(first.gather("a", new int[] {0})[0]).isEqualTo(2);
            first.array("a").update(ones(4), Updates.add());
            assertThat(a(first)).isEqualTo(3);
            next = Background.run(() -> second.add(ONES));
        }

        await(next);
        assertThat(a(first)).isEqualTo(3);
        assertThat(first.gather("a", new int[] {0})[0]).isEqualTo(3);
        assertThat(a(second)).isEqualTo(4);
    }

    @Test
    void shouldGiveAChunkFunctionTheMemoryOfValuesAndState() {
        final CompletableFuture<Void> other = second();
        final ChunkPush push = first.array("a").chunkPush();
        final FloatBuffer values = (FloatBuffer) push.typedView();
        final FloatBuffer state = (FloatBuffer) push.typedStateView(0);

        try (Turn turn = first.takeTurn()) {
            push.run((chunk, from, count) -> {
                for (int i = from; i < from + count; i++) {
                    state.put(i, state.get(i) + i);
                    values.put(i, values.get(i) + 2 * state.get(i));
                }
            });
            assertThat(values.get(3)).isEqualTo(6);
            assertThat(first.read().get("a")).containsExactly(0, 2, 4, 6);
        }
        await(other);
        assertThat(second.read().get("a")).containsExactly(0, 2, 4, 6);
    }

    @Test
    void shouldLetATurnPassInWhichNothingWasPushed() {
        final CompletableFuture<Void> other = second();
        first.takeTurn().close();
        await(other);

        assertThat(turn()).isEqualTo(2);
        first.add(ONES);
        assertThat(a(first)).isEqualTo(1);
    }

    @Test
    void shouldEndOneTurnHoweverOftenItIsClosed() {
        final CompletableFuture<Void> other = second();
        final Turn turn = first.takeTurn();
        turn.close();
        turn.close();
        await(other);
        assertThat(turn()).isEqualTo(2);

        final Turn next = first.takeTurn();
        turn.close(); // of an earlier one
        assertThat(turn()).isEqualTo(2);
        first.array("a").update(ones(4), Updates.add());
        next.close();
        assertThat(turn()).isEqualTo(3);
    }

    @Test
    void shouldRefuseWaitsForOthers() {
        final CompletableFuture<Void> other = second();
        try (Turn turn = first.takeTurn()) {
            assertThatThrownBy(first::takeTurn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("holds its turn, so it can't take another one: segment=turn")
                    .hasMessageContaining("close the Turn first");
            assertThatThrownBy(first::skip)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("holds its turn, so it can't skip");
            assertThatThrownBy(zero::barrier)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("this worker holds its turn")
                    .hasMessageContaining("rank=0");
            assertThatThrownBy(() -> zero.awaitBound(3))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("this worker holds its turn");
            assertThat(zero.barriers()).isZero();
            assertThat(turn()).isZero();
            first.array("a").update(ones(4), Updates.add());
        }
        await(other);
        zero.awaitBound(0);
        final CompletableFuture<Void> barrier = Background.run(one::barrier);
        zero.barrier();
        await(barrier);
    }

    @Test
    void shouldRefuseATurnWhereThereIsNone() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        try (ShmArrays locked = ShmArrays.create("locked", List.of(ArraySpec.of("a", FLOAT32, 1)), settings)) {
            assertThatThrownBy(locked::takeTurn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no array is of mode ORDERED");
        }
        try (ShmArrays reader = ShmArrays.attachReadOnly("turn", settings)) {
            assertThatThrownBy(reader::takeTurn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("attached read-only");
            assertThatThrownBy(reader::skip).hasMessageContaining("attached read-only");
        }
    }

    @Test
    void shouldRefuseTheTurnAndItsEndInsideAFunction() {
        final CompletableFuture<Void> other = second();
        try (Turn turn = first.takeTurn()) {
            final ChunkPush push = first.array("a").chunkPush();
            for (final Runnable call : List.<Runnable>of(first::takeTurn, turn::close)) {
                assertThatThrownBy(() -> push.run((chunk, from, count) -> call.run()))
                        .hasRootCauseInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("inside an update function");
            }
            assertThat(turn()).isZero();
            first.add(ONES);
        }
        await(other);
        assertThat(a(second)).isEqualTo(1);
    }

    @Test
    void shouldHoldTheTurnAfterAPushThatFailed() {
        final CompletableFuture<Void> other = second();
        try (Turn turn = first.takeTurn()) {
            final ChunkPush push = first.array("a").chunkPush();
            final AddInPlace add = new AddInPlace(push, 1);

            assertThatThrownBy(() -> push.run(add.failingAt(0)))
                    .isInstanceOfSatisfying(
                            UpdateFailedException.class,
                            failed -> assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class));
            assertThat(first.read().get("a")).containsOnly(0);
            assertThat(turn()).isZero();
            push.run(add);
        }
        await(other);
        assertThat(first.read().get("a")).containsOnly(1);
    }

    /** What an Error leaves of a call is given back, and the turn, which is more than that call, is not. */
    @Test
    void shouldHoldTheTurnAfterAnError() {
        final CompletableFuture<Void> other = second();
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
            assertThat(turn()).isZero();
            assertThat(other).isNotDone();
            push.run(add);
        }
        await(other);
        assertThat(first.read().get("a")).containsOnly(1);
    }

    /** As where a program does not use try-with-resources: the turn is its holder's until it is closed. */
    @Test
    void shouldHoldTheTurnOverAnExceptionBetweenTheCalls() {
        final CompletableFuture<Void> other = second();
        final Turn turn = first.takeTurn();
        assertThatThrownBy(() -> {
                    first.array("a").update(ones(4), Updates.add());
                    throw new ArithmeticException("forward pass");
                })
                .isInstanceOf(ArithmeticException.class);

        assertThat(a(first)).isEqualTo(1);
        assertThatThrownBy(first::takeTurn).isInstanceOf(IllegalStateException.class);
        assertThat(turn()).isZero();
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
        final long held = turn();

        alone.close();

        assertThat(turn()).isEqualTo(held + 1);
        base.skip();
        assertThat(turn()).isEqualTo(held + 2);
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
        final var segment = base.segment();
        RunControlDescriptor.compareAndSetTurn(
                segment.control(), segment.controlLayout().runControlOffset(), turn());

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
        zero = Worker.of(0, 1);
        first = base.newHandle(zero);
        return first.takeTurn();
    }

    /** The arrays can't be copied: the turn is over, and what was pushed in it stays. */
    @Test
    void shouldEndTheTurnWhereTheCopyCannotBeMade() {
        final Turn turn = takeTurnAlone();
        first.array("a").update(ones(4), Updates.add());
        final var control = base.segment().control();
        final int block = base.segment()
                .controlLayout()
                .partition(base.segment().layout().array("b").firstPartition());
        final long version = PartitionDescriptor.versionAcquire(control, block);
        PartitionDescriptor.versionRelease(control, block, version + 1);
        assertThat(PartitionDescriptor.compareAndSetLock(control, block, 0, LockToken.of(base.slotId(), 1)))
                .isTrue();

        assertThatThrownBy(turn::close)
                .isInstanceOf(UpdateFailedException.class)
                .hasMessageContaining("the turn's copy can't be made")
                .hasCauseInstanceOf(LockTimeoutException.class);

        turn.close();
        PartitionDescriptor.versionRelease(control, block, version);
        assertThat(PartitionDescriptor.compareAndSetLock(control, block, LockToken.of(base.slotId(), 1), 0))
                .isTrue();
        assertThat(turn()).isEqualTo(1);
        assertThat(a(first)).isEqualTo(1);
        first.skip();
    }

    @Test
    void shouldCloseNothingInARemovedSegmentButSaySo() {
        final Turn turn = takeTurnAlone();
        ShmArrays.remove("turn", Settings.fromProperties().withDirectory(directory));

        assertThatThrownBy(turn::close).isInstanceOf(org.shmarrays.segment.SegmentRemovedException.class);
        first.close();
        turn.close();
    }

    /** A snapshot waits for a push, not for a step. */
    @Test
    void shouldLetOthersPauseTheSegmentWhileTheTurnIsHeld() {
        final CompletableFuture<Void> other = second();
        try (Turn turn = first.takeTurn()) {
            base.partitions().whilePaused(() -> assertThat(a(base)).isZero());
            first.partitions().whilePaused(() -> assertThat(a(first)).isZero());
            first.add(ONES);
        }
        await(other);
        assertThat(a(second)).isEqualTo(1);
    }

    /** Arrays of the other modes take no part. */
    @Test
    void shouldPushToOtherArraysAtAnyTime() {
        final CompletableFuture<Void> other = second();
        try (Turn turn = first.takeTurn()) {
            first.add(Map.of("free", ones(2)));
            base.add(Map.of("free", ones(2)));
            assertThat(first.read().get("free")).containsOnly(2);
        }
        await(other);
    }
}
