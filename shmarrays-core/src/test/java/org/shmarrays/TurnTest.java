package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.TwoInTurn.ONES;
import static org.shmarrays.TwoInTurn.a;
import static org.shmarrays.TwoInTurn.await;
import static org.shmarrays.TwoInTurn.ones;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Background;
import org.shmarrays.update.Updates;

/** What a turn that is held over several calls allows, and what it refuses. */
@SuppressWarnings("try") // the turns are only held
class TurnTest {
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

    @Test
    void shouldTakeAllPushesIntoTheTurn() {
        final CompletableFuture<Void> other = two.secondSkips();
        try (Turn turn = first.takeTurn()) {
            first.add(ONES);
            first.add(ONES);
            first.update(Map.of("a", ones(4), "b", ones(2)), (g, old) -> g);
            assertThat(two.turn()).isZero();
            assertThat(other).isNotDone();
            assertThat(turn).isNotNull();
        }

        await(other);
        assertThat(two.turn()).isEqualTo(2);
        assertThat(first.read().get("a")).containsOnly(1);
    }

    @Test
    void shouldPushPartsInTheTurn() {
        final CompletableFuture<Void> other = two.secondSkips();
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
        final CompletableFuture<Void> other = two.secondSkips();
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
    void shouldRefuseWaitsForOthers() {
        final CompletableFuture<Void> other = two.secondSkips();
        try (Turn turn = first.takeTurn()) {
            assertThatThrownBy(first::takeTurn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("holds its turn, so it can't take another one: segment=turn")
                    .hasMessageContaining("close the Turn first");
            assertThatThrownBy(first::skip)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("holds its turn, so it can't skip");
            assertThatThrownBy(two.zero()::barrier)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("this worker holds its turn")
                    .hasMessageContaining("rank=0");
            assertThatThrownBy(() -> two.zero().awaitBound(3))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("this worker holds its turn");
            assertThat(two.zero().barriers()).isZero();
            assertThat(two.turn()).isZero();
            first.array("a").update(ones(4), Updates.add());
        }
        await(other);
        two.zero().awaitBound(0);
        final CompletableFuture<Void> barrier = Background.run(two.one()::barrier);
        two.zero().barrier();
        await(barrier);
    }

    @Test
    void shouldRefuseATurnWhereThereIsNone() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        try (ShmArrays locked = ShmArrays.create("locked", List.of(ArraySpec.of("a", FLOAT32, 1)), settings)) {
            assertThatThrownBy(locked::takeTurn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no array has mode ORDERED");
        }
        try (ShmArrays reader = ShmArrays.attachReadOnly("turn", settings)) {
            assertThatThrownBy(reader::takeTurn)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("attached read-only");
            assertThatThrownBy(reader::skip).hasMessageContaining("attached read-only");
        }
    }

    /** A snapshot waits for a push, not for a step. */
    @Test
    void shouldLetOthersPauseTheSegmentWhileTheTurnIsHeld() {
        final CompletableFuture<Void> other = two.secondSkips();
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
        final CompletableFuture<Void> other = two.secondSkips();
        try (Turn turn = first.takeTurn()) {
            first.add(Map.of("free", ones(2)));
            base.add(Map.of("free", ones(2)));
            assertThat(first.read().get("free")).containsOnly(2);
        }
        await(other);
    }
}
