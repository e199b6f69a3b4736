package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.NoFreeSlotException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.DeadOwner;
import org.shmarrays.worker.Worker;

/** Which workers are peers, where several runs use one segment, one after the other or at the same time. */
@Timeout(100)
class RunsTest {
    private static final long RUN = 7;

    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<ShmArrays> handles = new ArrayList<>();
    private ShmArrays arrays;

    /** How a run ends. */
    enum End {
        /** All close their handles. */
        LEFT,
        /** All are killed. */
        KILLED,
        /** Only one has come at all. */
        INCOMPLETE
    }

    @BeforeEach
    void create() {
        arrays = create("s", Mode.LOCKED, 6);
    }

    private ShmArrays create(final String name, final Mode mode, final int slots) {
        return ShmArrays.create(
                name,
                List.of(ArraySpec.of("w", FLOAT32, 1).inMode(mode)),
                Settings.fromProperties().withDirectory(directory).withSlots(slots));
    }

    @AfterEach
    void close() {
        handles.forEach(ShmArrays::close);
        arrays.close();
        executor.shutdownNow();
    }

    private ShmArrays attach(final Worker worker) {
        final ShmArrays handle = arrays.newHandle(worker);
        handles.add(handle);
        return handle;
    }

    private static void kill(final ShmArrays handle) {
        DeadOwner.leaveIn(handle);
    }

    /** Returns when a worker waits for others. */
    private static void awaitWaiting(final ShmArrays handle) {
        Await.until(
                "the wait",
                () -> SlotTable.waitKind(Doors.SEGMENT.of(handle).slots().waitAcquire(handle.slotId())) != 0);
    }

    private void passBarriers(final Worker zero, final Worker one, final int count) throws Exception {
        final Future<?> other = executor.submit(() -> {
            for (int i = 0; i < count; i++) {
                one.barrier();
            }
        });
        for (int i = 0; i < count; i++) {
            zero.barrier();
        }
        other.get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotTakeWorkersOfAnEarlierRunForPeers(final End end) throws Exception {
        final Worker zeroBefore = Worker.of(0, 2);
        final ShmArrays first = attach(zeroBefore);
        if (end != End.INCOMPLETE) {
            final Worker oneBefore = Worker.of(1, 2);
            final ShmArrays second = attach(oneBefore);
            passBarriers(zeroBefore, oneBefore, 3);
            for (int i = 0; i < 5; i++) {
                zeroBefore.countStep(1, 0);
            }
            if (end == End.KILLED) {
                kill(second);
            } else {
                second.close();
            }
        }
        if (end == End.KILLED) {
            kill(first);
        } else {
            first.close();
        }

        final Worker one = Worker.of(1, 2);
        final ShmArrays handle = attach(one);
        assertThat(one.runId()).isNegative().isNotEqualTo(zeroBefore.runId());
        assertThat(one.clock()).isZero();
        assertThat(one.barriers()).isZero();
        final Future<?> waiter = executor.submit(one::barrier);
        awaitWaiting(handle);
        final Worker zero = Worker.of(0, 2);
        attach(zero);
        assertThat(zero.runId()).isEqualTo(one.runId());
        assertThat(waiter.isDone()).isFalse();
        zero.barrier();
        waiter.get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldKeepTheOrderOfEachRun() throws Exception {
        arrays.close();
        arrays = create("ordered", Mode.ORDERED, 6);
        for (int run = 0; run < 3; run++) {
            final float before = arrays.read().get("w")[0];
            final int workers = 2 + run;
            final List<Future<Float>> initial = new ArrayList<>();
            for (int rank = workers - 1; rank >= 0; rank--) {
                final ShmArrays handle = attach(Worker.of(rank, workers));
                final int pushes = 3 - rank % 2; // an odd rank leaves a turn early
                initial.add(executor.submit(() -> {
                    final float read = handle.read().get("w")[0];
                    for (int i = 0; i < pushes; i++) {
                        handle.add(Map.of("w", new float[] {1}));
                    }
                    handle.close();
                    return read;
                }));
            }
            for (final Future<Float> read : initial) {
                assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(before);
            }
        }
    }

    @Test
    void shouldRefuseTheTurnsOfARunThatIsUnderWay() throws Exception {
        arrays.close();
        arrays = create("ordered", Mode.ORDERED, 6);
        final ShmArrays lone = attach(Worker.of(0, 1, RUN));
        lone.skip();
        final ShmArrays other = attach(Worker.of(0, 1, RUN + 1));

        assertThatThrownBy(other::skip)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("another run", "slot " + lone.slotId());

        lone.close();
        other.skip();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, RUN})
    void shouldRefuseARankThatIsThereAlready(final long runId) {
        final IntFunction<Worker> worker = rank -> runId == 0 ? Worker.of(rank, 2) : Worker.of(rank, 2, runId);
        attach(worker.apply(0));
        final ShmArrays second = attach(worker.apply(1));

        assertThatThrownBy(() -> attach(worker.apply(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("rank=1", "slot " + second.slotId());
    }

    /** It may be the next run's, or one that replaces a worker: a barrier would let it pass in both cases. */
    @Test
    void shouldRefuseARankThatComesAgainWhileOthersAreThere() {
        final ShmArrays first = attach(Worker.of(0, 2));
        attach(Worker.of(1, 2)).close();

        assertThatThrownBy(() -> attach(Worker.of(1, 2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("rank=1", "slot " + first.slotId(), "ofRunUnderWay");

        final Worker again = Worker.ofRunUnderWay(1, 2);
        attach(again);
        assertThat(again.isLate()).isTrue();
    }

    @Test
    void shouldRefuseAnotherNumberOfWorkersWhileARunIsUnderWay() {
        final ShmArrays first = attach(Worker.of(0, 2));

        assertThatThrownBy(() -> attach(Worker.of(2, 3)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("workers=2", "world size=3");
        assertThatThrownBy(() -> attach(Worker.ofRunUnderWay(2, 3))).hasMessageContaining("workers=2");

        first.close();
        attach(Worker.of(2, 3));
    }

    @Test
    void shouldRefuseAnotherNumberOfWorkersOfANamedRun() {
        attach(Worker.of(0, 2, RUN));

        assertThatThrownBy(() -> attach(Worker.of(2, 3, RUN)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("workers=2", "world size=3");
    }

    @Test
    void shouldLetLoneWorkersAndNamedRunsBeBesideARun() throws Exception {
        final Worker zero = Worker.of(0, 2);
        final Worker one = Worker.of(1, 2);
        final ShmArrays first = attach(zero);
        final Worker lone = Worker.of(0, 1);
        final Worker named = Worker.of(1, 2, RUN);
        attach(lone).close();
        attach(named);
        named.countStep(1, 0);

        final Future<?> waiter = executor.submit(zero::barrier);
        awaitWaiting(first);
        assertThat(waiter.isDone()).isFalse();
        attach(one);
        assertThat(one.clock()).isZero();
        one.barrier();
        waiter.get(60, TimeUnit.SECONDS);
        assertThat(List.of(zero.runId(), lone.runId(), named.runId())).doesNotHaveDuplicates();
    }

    @Test
    void shouldGoOnWithTheBarriersOfARankThatComesAgainToANamedRun() throws Exception {
        final Worker zero = Worker.of(0, 2, RUN);
        final Worker one = Worker.of(1, 2, RUN);
        attach(zero);
        final ShmArrays second = attach(one);
        passBarriers(zero, one, 2);
        one.countStep(1, 0);
        second.close();

        final Worker again = Worker.of(1, 2, RUN);
        final ShmArrays handle = attach(again);

        assertThat(again.isLate()).isTrue();
        assertThat(again.barriers()).isEqualTo(2);
        assertThat(again.clock()).isEqualTo(1);
        final Future<?> waiter = executor.submit(again::barrier);
        awaitWaiting(handle);
        zero.barrier();
        waiter.get(60, TimeUnit.SECONDS);
    }

    /** The rank was started again before it had ever joined: the others are still to come. */
    @Test
    void shouldWaitForRanksThatHaveNotComeThoughItIsLate() throws Exception {
        final Worker one = Worker.ofRunUnderWay(1, 2, RUN);
        final ShmArrays handle = attach(one);
        final Future<?> waiter = executor.submit(one::barrier);
        awaitWaiting(handle);

        final Worker zero = Worker.of(0, 2, RUN);
        attach(zero);
        assertThat(waiter.isDone()).isFalse();
        zero.barrier();
        waiter.get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "ORDERED"})
    void shouldKeepTheRecordOfAWorkerThatHasLeftWhereACoordinatorTakesItsSlot(final Mode mode) {
        arrays.close();
        arrays = create("full", mode, 3);
        arrays.close();
        final Worker zero = Worker.of(0, 3, RUN);
        final ShmArrays first =
                ShmArrays.attach(zero, "full", Settings.fromProperties().withDirectory(directory));
        handles.add(first);
        for (int rank = 1; rank < 3; rank++) {
            final ShmArrays other = first.newHandle(Worker.of(rank, 3, RUN));
            if (rank == 1) {
                other.close();
            } else {
                kill(other);
            }
        }
        for (int i = 0; i < 3; i++) {
            try (ShmArrays coordinator = first.newHandle();
                    ShmArrays evaluator = first.newHandle()) {
                assertThat(coordinator.slotId()).isNotEqualTo(evaluator.slotId());
                zero.barrier();
                first.add(Map.of("w", new float[] {1}));
            }
        }
        assertThatThrownBy(() -> first.newHandle(Worker.of(0, 1)))
                .isInstanceOf(NoFreeSlotException.class)
                .hasMessageContaining("rank 1");
        final Worker again = Worker.ofRunUnderWay(1, 3, RUN);
        handles.add(first.newHandle(again));
        assertThat(again.barriers()).isEqualTo(3);
    }

    @Test
    void shouldKnowItsRunsSegmentThoughAnEvaluatorHasTakenTheSlot() {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(1);
        final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, 1));
        kill(ShmArrays.createOrAttach(
                Worker.of(0, 1, RUN), "own", specs, fresh -> fresh.add(Map.of("w", new float[] {5})), settings));
        ShmArrays.attach("own", settings).close();

        try (ShmArrays again =
                ShmArrays.createOrAttach(Worker.ofRunUnderWay(0, 1, RUN), "own", specs, fresh -> {}, settings)) {
            assertThat(again.read().get("w")).containsExactly(5);
        }
    }

    @Test
    void shouldGiveUpTheRecordsOfARunThatIsOver() {
        arrays.close();
        arrays = create("full", Mode.LOCKED, 2);
        arrays.close();
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        for (int run = 0; run < 4; run++) {
            try (ShmArrays first = ShmArrays.attach(Worker.of(0, 2), "full", settings);
                    ShmArrays second = ShmArrays.attach(Worker.of(1, 2), "full", settings)) {
                assertThat(first.slotId()).isNotEqualTo(second.slotId());
            }
        }
    }

    @Test
    void shouldContinueTheClockOfItsRank() {
        final Worker zero = Worker.of(0, 3, RUN);
        attach(zero);
        final Worker one = Worker.of(1, 3, RUN);
        final ShmArrays second = attach(one);
        for (int i = 0; i < 4; i++) {
            one.countStep(1, 0);
        }
        for (int i = 0; i < 9; i++) {
            zero.countStep(1, 0);
        }
        kill(second);

        final Worker again = Worker.ofRunUnderWay(1, 3, RUN);
        attach(again);
        final Worker added = Worker.ofRunUnderWay(3, 4, RUN);
        attach(added);

        assertThat(again.clock()).as("its own").isEqualTo(4);
        assertThat(added.clock()).as("the slowest one's").isEqualTo(4);
    }

    @Test
    void shouldContinueTheClocksWhenAllHaveDied() {
        final List<ShmArrays> run = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            final Worker worker = Worker.of(rank, 3);
            run.add(attach(worker));
            for (int i = 0; i < 10 * rank + 5; i++) {
                worker.countStep(1, 0);
            }
        }
        run.forEach(RunsTest::kill);
        arrays.newHandle().close(); // an evaluator comes by

        for (int rank = 2; rank >= 0; rank--) {
            final Worker again = Worker.ofRunUnderWay(rank, 3);
            attach(again);
            assertThat(again.clock()).isEqualTo(10 * rank + 5);
        }
    }

    @Test
    void shouldContinueTheClockOfALoneWorker() {
        final Worker lone = Worker.of(0, 1);
        final ShmArrays handle = attach(lone);
        for (int i = 0; i < 6; i++) {
            lone.countStep(1, 0);
        }
        attach(Worker.of(0, 1)).close(); // another one comes and goes
        kill(handle);

        final Worker again = Worker.ofRunUnderWay(0, 1);
        attach(again);

        assertThat(again.clock()).isEqualTo(6);
        assertThat(again.runId()).isEqualTo(lone.runId());
        final Worker next = Worker.of(0, 1);
        attach(next);
        assertThat(next.clock()).isZero();
    }
}
