package org.shmarrays.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.worker.ProcessName;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;

/** Workers that are threads of one process. */
@Timeout(100)
class WorkerTest {
    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private ShmArrays arrays;

    @BeforeEach
    void create() {
        arrays = ShmArrays.create(
                "s",
                List.of(ArraySpec.of("w", FLOAT32, 8)),
                Settings.fromProperties().withDirectory(directory).withSlots(6));
    }

    @AfterEach
    void close() {
        arrays.close();
        executor.shutdownNow();
    }

    @Test
    void shouldRefuseRanksOutsideOfTheWorld() {
        assertThatThrownBy(() -> Worker.of(2, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Worker.of(-1, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Worker.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldSayThatItIsNotAttached() {
        try (Worker worker = Worker.of(0, 1)) {
            for (final Runnable call : List.<Runnable>of(
                    worker::barrier,
                    worker::barriers,
                    worker::clock,
                    worker::shouldStop,
                    () -> worker.awaitBound(0),
                    () -> worker.countStep(1, 1))) {
                assertThatThrownBy(call::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll("not attached", "rank=0");
            }
        }
    }

    @Test
    void shouldMakeUpANameForAWorkerThatIsAlone() {
        final Worker alone = Worker.of(0, 1);
        final Worker oneOfTwo = Worker.of(0, 2);

        assertThat(alone.hasSegmentName()).isFalse();
        assertThat(alone.segmentName())
                .contains("-" + ProcessHandle.current().pid() + "-")
                .isEqualTo(Worker.of(0, 1).segmentName());
        assertThatThrownBy(() -> ShmArrays.attach(alone))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("createOrAttach");
        assertThatThrownBy(oneOfTwo::segmentName)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("--name", "rank=0 of 2");
    }

    @Test
    void shouldNameASegmentByTheMainClass() {
        final Map<String, String> names = Map.of(
                "com.acme.Train --epochs 3", "Train",
                "/opt/my app.jar x", "my",
                "/opt/app-1.2.jar x", "app-1-2",
                "com.acme/com.acme.Train", "Train",
                "Outer$Inner", "Outer-Inner",
                "", "worker",
                "Ünï", "n");

        names.forEach((command, name) ->
                assertThat(ProcessName.main(command)).as(command).isEqualTo(name));
    }

    @Test
    void shouldMeetAtBarriers() throws Exception {
        try (Worker zero = Worker.of(0, 2);
                Worker one = Worker.of(1, 2);
                ShmArrays first = arrays.newHandle(zero);
                ShmArrays second = arrays.newHandle(one)) {
            final int[] reached = new int[1];
            final Future<?> other = executor.submit(() -> {
                for (int i = 0; i < 50; i++) {
                    one.barrier();
                    reached[0]++;
                    one.barrier();
                }
            });
            for (int i = 0; i < 50; i++) {
                zero.barrier();
                zero.barrier();
                assertThat(reached[0]).isEqualTo(i + 1);
            }
            other.get(60, TimeUnit.SECONDS);
            assertThat(first.name()).isEqualTo(second.name());
        }
    }

    @Test
    void shouldWaitAtABarrierForThoseWhoHaveNotComeYet() throws Exception {
        try (Worker zero = Worker.of(0, 2);
                ShmArrays first = arrays.newHandle(zero)) {
            final Future<?> waiter = executor.submit(zero::barrier);
            Await.until("the barrier", () -> Doors.SEGMENT.of(first).slots().barriersAcquire(1) == 1);
            // Neither an evaluator, nor a worker of another run or world counts.
            arrays.newHandle().close();
            try (Worker stranger = Worker.of(1, 2, 7);
                    ShmArrays strange = arrays.newHandle(stranger)) {
                assertThat(strange.isReadOnly()).isFalse();
                assertThat(waiter.isDone()).isFalse();
            }
            try (Worker one = Worker.of(1, 2);
                    ShmArrays second = arrays.newHandle(one)) {
                assertThat(second.isReadOnly()).isFalse();
                assertThat(waiter.isDone()).isFalse();
                one.barrier();
                waiter.get(60, TimeUnit.SECONDS);
            }
        }
    }

    /**
     * As after a failure in the set-up: no worker has reached its barrier, so one that is started again must reach
     * it.
     */
    @Test
    void shouldWaitAtTheFirstBarrierForOneThatIsStartedAgain() throws Exception {
        try (Worker zero = Worker.of(0, 2);
                Worker again = Worker.ofRunUnderWay(1, 2);
                Worker later = Worker.ofRunUnderWay(1, 2);
                ShmArrays first = arrays.newHandle(zero)) {
            try (ShmArrays second = arrays.newHandle(again)) {
                assertThat(again.barriers()).isZero();
                final Future<?> waiter = executor.submit(zero::barrier);
                Await.until(
                        "the barrier", () -> Doors.SEGMENT.of(second).slots().barriersAcquire(first.slotId()) == 1);
                assertThat(waiter.isDone()).isFalse();

                again.barrier();
                waiter.get(60, TimeUnit.SECONDS);
                assertThat(again.barriers()).isEqualTo(1);
                assertThat(zero.barriers()).isEqualTo(1);
            }
            try (ShmArrays third = arrays.newHandle(later)) {
                assertThat(later.barriers()).as("of %s", third.name()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldSeeWhichRanksAreAlive() {
        final Worker own = Worker.of(0, 2, 7);
        final Worker other = Worker.of(1, 2, 7);
        final Worker ofAnotherRun = Worker.of(2, 3, 8);
        try (ShmArrays attached = arrays.newHandle(own);
                ShmArrays third = arrays.newHandle(ofAnotherRun)) {
            assertThat(own.isAlive(0)).isTrue();
            assertThat(own.isAlive(1)).isFalse();
            try (ShmArrays second = arrays.newHandle(other)) {
                assertThat(own.isAlive(1)).as(second.name()).isTrue();
            }
            assertThat(own.isAlive(1)).isFalse();
            assertThat(own.isAlive(2)).as(third.name() + attached.name()).isFalse();
        }
    }

    @Test
    void shouldNotWaitAtABarrierForTheDeparted() {
        try (Worker zero = Worker.of(0, 2);
                ShmArrays first = arrays.newHandle(zero)) {
            try (Worker one = Worker.of(1, 2)) {
                arrays.newHandle(one).close();
            }
            assertThat(first.isReadOnly()).isFalse();
            // Whoever takes a slot now must not wipe out that rank 1 was there.
            try (ShmArrays evaluator = arrays.newHandle()) {
                assertThat(evaluator.isReadOnly()).isFalse();
                zero.barrier();
                zero.barrier();
            }
        }
    }

    @Test
    void shouldKeepTheBound() throws Exception {
        try (Worker zero = Worker.of(0, 2);
                Worker one = Worker.of(1, 2);
                ShmArrays first = arrays.newHandle(zero)) {
            final ShmArrays second = arrays.newHandle(one);
            for (int i = 0; i < 3; i++) {
                zero.countStep(32, 0.5);
            }
            zero.awaitBound(3);
            final CountDownLatch passed = new CountDownLatch(1);
            final Future<?> waiter = executor.submit(() -> {
                zero.awaitBound(1);
                passed.countDown();
            });
            one.countStep(32, 0.5);
            assertThat(passed.getCount()).as("two steps ahead").isOne();
            one.countStep(32, 0.5);
            waiter.get(60, TimeUnit.SECONDS);

            one.awaitBound(0);
            assertThat(zero.clock()).isEqualTo(3);
            assertThat(arrays.runControl().globalStep()).isEqualTo(5);
            assertThat(arrays.runControl().samples()).isEqualTo(5 * 32);
            assertThatThrownBy(() -> zero.awaitBound(-1)).isInstanceOf(IllegalArgumentException.class);

            second.close();
            zero.awaitBound(0);
            assertThat(first.name()).isEqualTo("s");
        }
    }

    @Test
    void shouldBeginAtTheSlowestClockWhereItWasAdded() {
        try (Worker zero = Worker.of(0, 2, 7);
                Worker one = Worker.of(1, 2, 7);
                Worker added = Worker.ofRunUnderWay(2, 3, 7);
                ShmArrays first = arrays.newHandle(zero);
                ShmArrays second = arrays.newHandle(one)) {
            for (int i = 0; i < 5; i++) {
                zero.countStep(1, 0);
                one.countStep(1, 0);
            }
            one.countStep(1, 0);
            try (ShmArrays third = arrays.newHandle(added)) {
                assertThat(added.clock()).isEqualTo(5);
                zero.awaitBound(0);
                assertThat(third.name()).isEqualTo(first.name()).isEqualTo(second.name());
            }
        }
    }

    /** It has made no step: whoever goes by its clock must make them all. */
    @Test
    void shouldBeginAtZeroWhereTheRunBeganWithItsRank() {
        try (Worker zero = Worker.of(0, 3, 7);
                Worker late = Worker.ofRunUnderWay(1, 3, 7);
                Worker slow = Worker.of(2, 3, 7);
                ShmArrays first = arrays.newHandle(zero)) {
            zero.countStep(1, 0);
            try (ShmArrays second = arrays.newHandle(late);
                    ShmArrays third = arrays.newHandle(slow)) {
                assertThat(List.of(late.clock(), slow.clock()))
                        .as("of %s", List.of(first.name(), second.name(), third.name()))
                        .containsOnly(0L);
            }
        }
    }

    @Test
    void shouldSeeThatTheRunIsToStop() {
        try (Worker worker = Worker.of(0, 1);
                ShmArrays handle = arrays.newHandle(worker);
                ShmArrays watcher =
                        ShmArrays.attachReadOnly("s", Settings.fromProperties().withDirectory(directory))) {
            assertThat(worker.shouldStop()).isFalse();
            arrays.runControl().stop();
            assertThat(worker.shouldStop()).isTrue();
            assertThat(watcher.runControl().isStopped()).isTrue();
            handle.runControl().resume();
            assertThat(worker.shouldStop()).isFalse();
            handle.runControl().learningRate(0.25);
            assertThat(watcher.runControl().learningRate()).isEqualTo(0.25);
        }
    }
}
