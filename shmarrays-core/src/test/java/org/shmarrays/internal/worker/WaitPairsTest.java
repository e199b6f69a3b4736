package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.DeadOwner;
import org.shmarrays.testing.LogListener;
import org.shmarrays.worker.Worker;

/**
 * Every pair of waits, {@code docs/format/waits.md}: one worker waits for another one, which waits for the first. The
 * worker timeout is ten minutes, so a pair that nothing resolves runs into the timeout of the test.
 */
@Timeout(100)
class WaitPairsTest {
    private static final Map<String, float[]> ONE = Map.of("w", new float[] {1});

    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<ShmArrays> handles = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(6)
                .withWorkerTimeout(Duration.ofMinutes(10))
                .withLockTimeout(Duration.ofSeconds(50));
    }

    private void create(final Mode mode, final int count) {
        final ShmArrays base =
                ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 1).inMode(mode)), settings());
        handles.add(base);
        for (int rank = 0; rank < count; rank++) {
            workers.add(Worker.of(rank, count));
            handles.add(base.newHandle(workers.get(rank)));
        }
    }

    private ShmArrays handle(final int rank) {
        return handles.get(rank + 1);
    }

    private Worker worker(final int rank) {
        return workers.get(rank);
    }

    @AfterEach
    void close() {
        executor.shutdownNow();
        handles.forEach(ShmArrays::close);
    }

    private static <T> T get(final Future<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    private static Throwable failure(final Future<?> future) {
        return catchThrowable(() -> get(future)).getCause();
    }

    private void awaitWait(final int rank, final WaitKind kind) {
        Await.until("wait of rank " + rank, () -> isWaiting(handle(rank), kind));
    }

    private static boolean isWaiting(final ShmArrays handle, final WaitKind kind) {
        return WaitKind.of(Doors.SEGMENT.of(handle).slots().waitAcquire(handle.slotId())) == kind;
    }

    /** Each worker comes to its first turn, and takes it. */
    private void takeFirstTurns() throws Exception {
        final List<Future<?>> turns = new ArrayList<>();
        for (int rank = 0; rank < workers.size(); rank++) {
            final ShmArrays handle = handle(rank);
            turns.add(executor.submit(handle::skip));
        }
        for (final Future<?> turn : turns) {
            get(turn);
        }
    }

    /** Rank 0 waits in one way and rank 1 in the other, for each other. */
    enum Blocked {
        BARRIER_AND_BOUND(WaitKind.BARRIER, WaitKind.BOUND),
        BARRIER_AND_FIRST_TURN(WaitKind.BARRIER, WaitKind.FIRST_TURN),
        BOUND_AND_FIRST_TURN(WaitKind.BOUND, WaitKind.FIRST_TURN);

        private final WaitKind zero;
        private final WaitKind one;

        Blocked(final WaitKind zero, final WaitKind one) {
            this.zero = zero;
            this.one = one;
        }
    }

    private void await(final int rank, final WaitKind kind) {
        switch (kind) {
            case BARRIER -> worker(rank).barrier();
            case BOUND -> worker(rank).awaitBound(0);
            case FIRST_TURN, TURN -> handle(rank).add(ONE);
            case NONE -> throw new IllegalArgumentException("no wait");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndWaitsThatBlockEachOther(final Blocked pair) {
        create(Mode.ORDERED, 2);
        if (pair.zero == WaitKind.BOUND) {
            worker(0).countStep(1, 0);
        }
        if (pair.one == WaitKind.BOUND) {
            worker(1).countStep(1, 0);
        }
        final Future<?> zero = executor.submit(() -> await(0, pair.zero));
        awaitWait(0, pair.zero);
        final Future<?> one = executor.submit(() -> await(1, pair.one));
        Await.until("the end of one", () -> zero.isDone() || one.isDone());

        final Throwable failure = failure(zero.isDone() ? zero : one);
        assertThat(failure)
                .isInstanceOf(BlockedWaitException.class)
                .hasMessageContainingAll(
                        "rank 0 (slot " + handle(0).slotId(),
                        "rank 1 (slot " + handle(1).slotId())
                .hasMessageContaining(pair.zero.describe(1))
                .hasMessageContaining(pair.one.describe(pair.one == WaitKind.FIRST_TURN ? 0 : 1));
        handle(zero.isDone() ? 0 : 1).close(); // as a program does that has failed
        final Future<?> other = zero.isDone() ? one : zero;
        Await.until("the end of the other", other::isDone);
    }

    /** Ranks 1 and 2 wait for each other, rank 0 only for them. */
    @Test
    void shouldEndAWaitForWorkersThatBlockEachOther() {
        create(Mode.ORDERED, 3);
        worker(1).countStep(1, 0);
        worker(0).countStep(1, 0);
        final List<Future<?>> waits = new ArrayList<>();
        waits.add(executor.submit(() -> await(0, WaitKind.FIRST_TURN)));
        waits.add(executor.submit(() -> await(1, WaitKind.BOUND)));
        waits.add(executor.submit(() -> await(2, WaitKind.FIRST_TURN)));
        Await.until("the end of one", () -> waits.stream().anyMatch(Future::isDone));

        for (int rank = 0; rank < 3; rank++) {
            if (waits.get(rank).isDone()) {
                assertThat(failure(waits.get(rank)))
                        .isInstanceOf(BlockedWaitException.class)
                        .hasMessageContainingAll("rank " + rank + " (slot", "rank 1 (slot", "rank 2 (slot");
                handle(rank).close();
            }
        }
        handles.forEach(ShmArrays::close);
        Await.until("the end of all", () -> waits.stream().allMatch(Future::isDone));
    }

    /**
     * The worker with fewer batches waits at the end for the other one: its turns are passed on, in the same order each
     * time.
     */
    @ParameterizedTest
    @EnumSource(
            value = WaitKind.class,
            names = {"BARRIER", "BOUND"})
    void shouldPassOnTheTurnsOfAWorkerThatWaitsForTheOthers(final WaitKind kind) throws Exception {
        create(Mode.ORDERED, 3);
        final int[] pushes = {2, 5, 3};
        final List<List<Float>> reads = new ArrayList<>();
        final List<Future<?>> runs = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            final int own = rank;
            final List<Float> read = new ArrayList<>();
            reads.add(read);
            runs.add(executor.submit(() -> {
                for (int phase = 0; phase < 3; phase++) {
                    for (int i = 0; i < pushes[(own + phase) % 3]; i++) {
                        handle(own).updateAndRead(Map.of("w", new float[] {own + 1}), (g, w) -> {
                            w[0] = 2 * w[0] + g[0];
                            return w;
                        });
                        read.add(handle(own).read().get("w")[0]);
                    }
                    worker(own).countStep(1, 0);
                    await(own, kind);
                }
                return null;
            }));
        }
        for (final Future<?> run : runs) {
            get(run);
        }

        assertThat(reads).isEqualTo(inTurn(pushes));
    }

    /** The same, one after the other: in each phase the ranks go round until each has made its pushes. */
    private static List<List<Float>> inTurn(final int[] pushes) {
        final List<List<Float>> reads = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        float w = 0;
        int turn = 0;
        for (int phase = 0; phase < 3; phase++) {
            final int[] left = {pushes[phase % 3], pushes[(1 + phase) % 3], pushes[(2 + phase) % 3]};
            while (left[0] + left[1] + left[2] > 0) {
                final int rank = turn++ % 3;
                if (left[rank] > 0) {
                    left[rank]--;
                    w = 2 * w + (rank + 1); // as the workers add, in float
                    reads.get(rank).add(w);
                }
            }
        }
        return reads;
    }

    @Test
    void shouldPassOnTheTurnsOfAWorkerThatHasLeft() throws Exception {
        create(Mode.ORDERED, 2);
        takeFirstTurns();
        handle(0).close();

        for (int i = 0; i < 3; i++) {
            handle(1).add(ONE);
        }
        worker(1).barrier();
        assertThat(handle(1).read().get("w")).containsExactly(3);
    }

    /** A worker that is to stop leaves its loop for the last barrier, while the other one keeps the bound behind it. */
    @Test
    void shouldNotKeepTheBoundToAWorkerThatHasStopped() throws Exception {
        create(Mode.LOCKED, 2);
        worker(1).countStep(1, 0);
        final Future<?> one = executor.submit(() -> worker(1).awaitBound(0));
        awaitWait(1, WaitKind.BOUND);
        handles.get(0).runControl().stop();
        final Future<?> zero = executor.submit(worker(0)::barrier);

        get(one);
        assertThat(worker(1).shouldStop()).isTrue();
        worker(1).barrier();
        get(zero);
    }

    /** Rank 2 was killed, and has made no step; the others are at their ends. */
    @Test
    void shouldNotKeepTheBoundToADeadWorkerWhenItIsToStop() throws Exception {
        create(Mode.LOCKED, 3);
        DeadOwner.leaveIn(handle(2));
        handles.get(0).runControl().stop();
        worker(1).countStep(1, 0);
        final Future<?> zero = executor.submit(worker(0)::barrier);
        awaitWait(0, WaitKind.BARRIER);

        get(executor.submit(() -> worker(1).awaitBound(0)));

        worker(1).barrier();
        get(zero);
    }

    /** Rank 1 is to stop, and does not run while rank 0 looks at its wait: it will go on when it does. */
    @Test
    void shouldTakeAWaitForNoCircleThatEndsBecauseTheRunIsToStop() throws Exception {
        create(Mode.LOCKED, 2);
        worker(1).countStep(1, 0);
        Doors.SEGMENT.of(handle(1)).slots().waitRelease(handle(1).slotId(), WaitKind.BOUND.code(), 1);
        handles.get(0).runControl().stop();
        final Future<?> zero = executor.submit(worker(0)::barrier);
        awaitWait(0, WaitKind.BARRIER);
        awaitLooks();
        assertThat(zero.isDone()).isFalse();

        Doors.SEGMENT.of(handle(1)).slots().waitEndRelease(handle(1).slotId());
        worker(1).barrier();
        get(zero);
    }

    @Test
    void shouldKeepTheBoundToAWorkerThatHasNotComeToItsEnd() {
        create(Mode.LOCKED, 2);
        handles.get(0).runControl().stop();
        worker(1).countStep(1, 0);
        final Future<?> one = executor.submit(() -> worker(1).awaitBound(0));
        awaitWait(1, WaitKind.BOUND);

        worker(0).countStep(1, 0);
        Await.until("the bound", one::isDone);
    }

    /** A lock is held by a worker inside an update function: there it must not wait for others. */
    @ParameterizedTest
    @CsvSource({"LOCKED, BARRIER", "LOCKED, BOUND", "HOGWILD, BARRIER", "HOGWILD, BOUND"})
    void shouldRefuseToWaitInsideAnUpdateFunction(final Mode mode, final WaitKind kind) {
        create(mode, 2);
        worker(0).countStep(1, 0);

        assertThatThrownBy(() -> handle(0).update(Map.of("w", new float[1]), (g, w) -> {
                    await(0, kind);
                    return w;
                }))
                .isInstanceOf(UpdateFailedException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("inside an update function", "rank=0");

        handle(1).add(ONE); // the lock is free
    }

    /** Others attach when the initializer has returned. */
    @Test
    void shouldRefuseToWaitInsideTheInitializer() {
        final Worker zero = Worker.of(0, 2);

        assertThatThrownBy(() -> ShmArrays.createOrAttach(
                        zero, "s", List.of(ArraySpec.of("w", FLOAT32, 1)), fresh -> zero.barrier(), settings()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("initializer", "rank=0");
        final Worker lone = Worker.of(0, 1);
        handles.add(ShmArrays.createOrAttach(
                lone, "s", List.of(ArraySpec.of("w", FLOAT32, 1)), fresh -> lone.barrier(), settings()));
    }

    /** Pushes wait for the end of a pause, so who pauses must not wait for workers that push. */
    @ParameterizedTest
    @EnumSource(
            value = WaitKind.class,
            names = {"BARRIER", "BOUND", "TURN"})
    void shouldRefuseToWaitWhileItPausesTheSegment(final WaitKind kind) throws Exception {
        create(Mode.ORDERED, 2);
        takeFirstTurns();
        worker(1).countStep(1, 0);

        assertThatThrownBy(() -> Doors.PARTITIONS.of(handle(1)).whilePaused(() -> await(1, kind)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("paused", "rank=1");
        handle(0).add(ONE);
    }

    /** Else the others would go on without it, though it comes later. */
    @ParameterizedTest
    @EnumSource(
            value = WaitKind.class,
            names = {"BARRIER", "FIRST_TURN"})
    void shouldNotCountAWaitThatIsRefused(final WaitKind kind) throws Exception {
        create(Mode.ORDERED, 2);
        final SlotTable slots = Doors.SEGMENT.of(handle(1)).slots();

        assertThatThrownBy(() -> Doors.PARTITIONS.of(handle(1)).whilePaused(() -> await(1, kind)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("paused", "rank=1");

        assertThat(worker(1).barriers()).isZero();
        assertThat(slots.barriersAcquire(handle(1).slotId())).isZero();
        assertThat(slots.takesTurnsAcquire(handle(1).slotId())).isFalse();
        final Future<?> zero = executor.submit(() -> await(0, kind));
        awaitWait(0, kind);
        await(1, kind);
        get(zero);
    }

    /** The initializer may go on after a refusal, and the run come together later. */
    @Test
    void shouldNotCountABarrierThatIsRefusedInsideTheInitializer() throws Exception {
        final Worker zero = Worker.of(0, 2);
        handles.add(ShmArrays.createOrAttach(
                zero,
                "s",
                List.of(ArraySpec.of("w", FLOAT32, 1)),
                fresh -> assertThatThrownBy(zero::barrier).hasMessageContaining("initializer"),
                settings()));
        final Worker one = Worker.of(1, 2);
        handles.add(handles.get(0).newHandle(one));

        final Future<?> other = executor.submit(one::barrier);
        Await.until("the barrier", () -> isWaiting(handles.get(1), WaitKind.BARRIER));
        zero.barrier();
        get(other);
        assertThat(List.of(zero.barriers(), one.barriers())).containsOnly(1L);
    }

    /** Waits that end by themselves, or by what others do: none of them must be taken for a circle. */
    enum Resolved {
        BARRIER_AND_BARRIER,
        BOUND_AND_BOUND,
        TURN_AND_TURN,
        DEAD_IN_A_BARRIER,
        BARRIER_AND_WORK
    }

    /** Long enough for some looks at the waits. */
    private static void awaitLooks() {
        final long began = System.nanoTime();
        Await.until("some looks", () -> System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(600));
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveWaitsAloneThatEnd(final Resolved pair) throws Exception {
        create(Mode.ORDERED, 3);
        takeFirstTurns();
        final List<Future<?>> waits = new ArrayList<>();
        switch (pair) {
            case BARRIER_AND_BARRIER -> {
                waits.add(executor.submit(worker(0)::barrier));
                waits.add(executor.submit(worker(1)::barrier));
                awaitLooks();
                worker(2).barrier();
            }
            case BOUND_AND_BOUND -> {
                for (int i = 0; i < 2; i++) {
                    worker(0).countStep(1, 0);
                }
                worker(1).countStep(1, 0);
                waits.add(executor.submit(() -> worker(0).awaitBound(0)));
                waits.add(executor.submit(() -> {
                    worker(1).awaitBound(0);
                    worker(1).countStep(1, 0);
                }));
                awaitLooks();
                worker(2).countStep(1, 0);
                worker(2).countStep(1, 0);
            }
            case TURN_AND_TURN -> {
                waits.add(executor.submit(() -> handle(1).add(ONE)));
                waits.add(executor.submit(() -> handle(2).add(ONE)));
                awaitLooks();
                handle(0).add(ONE);
            }
            case DEAD_IN_A_BARRIER -> {
                // Its last wait stays published: it waits for rank 1, which waits for its clock.
                worker(1).countStep(1, 0);
                worker(2).countStep(1, 0);
                Doors.SEGMENT.of(handle(0)).slots().waitRelease(handle(0).slotId(), WaitKind.BARRIER.code(), 1);
                DeadOwner.leaveIn(handle(0));
                waits.add(executor.submit(() -> worker(1).awaitBound(0)));
            }
            case BARRIER_AND_WORK -> {
                waits.add(executor.submit(worker(0)::barrier));
                waits.add(executor.submit((Callable<Void>) () -> {
                    for (int i = 0; i < 4; i++) {
                        handle(1).add(ONE);
                        awaitLooks();
                    }
                    worker(1).barrier();
                    return null;
                }));
                for (int i = 0; i < 4; i++) {
                    handle(2).add(ONE);
                }
                worker(2).barrier();
            }
        }
        for (final Future<?> wait : waits) {
            get(wait);
        }
    }

    /**
     * Rank 1 of 2 is killed, and started again in a higher slot, as when a prober has the lock file of its own one: its
     * record stays, with the wait that it was in.
     */
    private ShmArrays startAgainInAnotherSlot(final Worker again, final WaitKind wasIn) {
        final ShmArrays killed = handle(1);
        final SlotTable slots = Doors.SEGMENT.of(killed).slots();
        slots.role(killed.slotId(), -1, 0, 0, 0, 0); // it is not seen while the other one joins
        final ShmArrays handle = handle(0).newHandle(again);
        handles.add(handle);
        slots.role(killed.slotId(), 1, 2, again.runId(), 2, 0);
        DeadOwner.leaveIn(killed);
        if (wasIn != WaitKind.NONE) {
            slots.waitRelease(killed.slotId(), wasIn.code(), 1);
        }
        assertThat(handle.slotId()).isGreaterThan(killed.slotId());
        return handle;
    }

    @ParameterizedTest
    @EnumSource(
            value = WaitKind.class,
            names = {"BARRIER", "BOUND"})
    void shouldLeaveAWorkerItsTurnThatWasKilledWhileItWaited(final WaitKind kind) throws Exception {
        create(Mode.ORDERED, 2);
        takeFirstTurns();
        final ShmArrays again = startAgainInAnotherSlot(Worker.ofRunUnderWay(1, 2), kind);
        final Future<?> one = executor.submit(() -> again.add(ONE));
        Await.until("its first turn", () -> isWaiting(again, WaitKind.TURN));
        handle(0).skip();
        get(one);

        handle(0).skip();
        final Future<?> zero = executor.submit(handle(0)::skip);
        Await.until("the wait for rank 1", () -> isWaiting(handle(0), WaitKind.TURN) || zero.isDone());
        again.add(ONE);
        get(zero);
        assertThat(handle(0).read().get("w")).containsExactly(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = WaitKind.class,
            names = {"BARRIER", "NONE"})
    void shouldPassOnTheTurnsOfAWorkerThatWasStartedAgainAndWaits(final WaitKind wasIn) throws Exception {
        create(Mode.ORDERED, 2);
        takeFirstTurns();
        final Worker worker = Worker.ofRunUnderWay(1, 2);
        final ShmArrays again = startAgainInAnotherSlot(worker, wasIn);
        final Future<?> one = executor.submit(worker::barrier);
        Await.until("its barrier", () -> isWaiting(again, WaitKind.BARRIER));

        get(executor.submit(() -> {
            handle(0).add(ONE);
            handle(0).add(ONE);
        }));
        worker(0).barrier();
        get(one);
    }

    /** Each wait counts in the slot; a dead worker has been found by the first one. */
    @ParameterizedTest
    @EnumSource(
            value = WaitKind.class,
            names = {"BARRIER", "BOUND"})
    void shouldWaitForADeadWorkerOnce(final WaitKind kind) throws Exception {
        create(Mode.LOCKED, 2);
        DeadOwner.leaveIn(handle(1));
        final Callable<Long> wait = () -> {
            worker(0).countStep(1, 0);
            await(0, kind);
            return Doors.SEGMENT.of(handle(0)).slots().waitAcquire(handle(0).slotId());
        };

        final long afterOne = wait.call();
        wait.call();
        final long afterThree = wait.call();

        assertThat(afterThree).isEqualTo(afterOne);
        // Its next owner is another one, who is waited for.
        final Worker again = Worker.ofRunUnderWay(1, 2);
        handles.add(handle(0).newHandle(again));
        final Future<Long> zero = executor.submit(wait);
        awaitWait(0, kind);
        if (kind == WaitKind.BARRIER) {
            again.barrier();
        } else {
            for (int i = 0; i < 4; i++) {
                again.countStep(1, 0);
            }
        }
        get(zero);
    }

    @Test
    void shouldFindADeadWorkerOnceInItsTurns() throws Exception {
        create(Mode.ORDERED, 2);
        takeFirstTurns();
        DeadOwner.leaveIn(handle(1));

        try (LogListener log = LogListener.on(Turns.class.getName())) {
            for (int i = 0; i < 4; i++) {
                handle(0).add(ONE);
            }
            assertThat(log.messages()).hasSize(1).first().asString().contains("a worker died", "rank=1");
        }
    }

    @Test
    void shouldSeeThatWaitsChange() throws Exception {
        create(Mode.LOCKED, 2);
        for (int i = 0; i < 20; i++) {
            // Each is for a moment in a barrier that the other one has not come to, and the other way round.
            final Future<?> zero = executor.submit(() -> {
                worker(0).countStep(1, 0);
                worker(0).awaitBound(0);
                worker(0).barrier();
            });
            worker(1).countStep(1, 0);
            worker(1).awaitBound(0);
            worker(1).barrier();
            get(zero);
        }
    }
}
