package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;
import org.shmarrays.worker.Worker;

/** Workers are added and taken away while the others train, with a barrier in each step. */
@Tag("shared")
class ScalingIT {
    @AutoClose
    private WatchedRun run;

    @BeforeEach
    void prepare(@TempDir final Path directory) {
        run = new WatchedRun(directory);
    }

    @Test
    void shouldAddAndTakeAwayWorkersWhileOthersTrain() throws InterruptedException {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            start(Stepper.class, 2, Duration.ofSeconds(60));
            awaitWorkers(arrays, 2);

            assertThat(scale(4)).hasValue(2);
            awaitWorkers(arrays, 4);
            awaitSteps(arrays, 4);
            assertThat(scale(1)).hasValue(4);
            awaitWorkers(arrays, 1);
            awaitSteps(arrays, 1);
            assertThat(scale(2)).hasValue(1);
            awaitWorkers(arrays, 2);
            awaitSteps(arrays, 2);
            arrays.runControl().stop();
            final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

            assertThat(result.isSuccess()).as(run.output()).isTrue();
            assertThat(result.exitCodes()).as(run.output()).containsExactly(0, 0, 0, 0);
            assertThat(run.output())
                    .contains("[launcher] the run goes on with 4 workers instead of 2")
                    .contains("[3] rank 3 of 4, restart 0, late true")
                    .contains("[1] rank 1 of 2, restart 0, late true");
        }
    }

    @Test
    void shouldStopAWorkerThatDoesNotLeave() throws InterruptedException {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            start(Stubborn.class, 2, Duration.ofMillis(100));
            awaitWorkers(arrays, 2);

            scale(1);
            Await.until(
                    "end of rank 1", () -> !Await.isRunning(run.group().pids().get(1)));
            arrays.runControl().stop();
            final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

            assertThat(result.isSuccess()).isTrue();
            assertThat(result.exitCodes()).containsExactly(0, 143);
        }
    }

    @Test
    void shouldGoOnWithTheOldNumberWhenANewWorkerFails() throws InterruptedException {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            run.launch(run.launcher(FailingNewcomer.class, 1).restarts(1).restartPause(Duration.ZERO, Duration.ZERO));
            awaitWorkers(arrays, 1);

            request(3);
            Await.until("the old number", () -> {
                run.group().poll();
                return run.group().worldSize() == 1 && wanted(arrays) == 1;
            });
            awaitSteps(arrays, 1);
            request(3);
            Await.until("the second failure", () -> {
                run.group().poll();
                return run.output().split("the run goes on with 1 worker instead of 3", -1).length == 3;
            });
            awaitSteps(arrays, 1);
            arrays.runControl().stop();
            final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

            assertThat(result.isSuccess()).as(run.output()).isTrue();
            assertThat(result.exitCodes().get(0)).isZero();
            assertThat(run.output())
                    .contains("[launcher] worker 1 of 3 (pid ")
                    .contains("failed with exit code 9; the run goes on with 1 worker instead of 3");
        }
    }

    /** At once, while the output of those that failed may still be on its way. */
    @Test
    void shouldTryANumberAgainThatFailedBefore(@TempDir final Path marks) throws InterruptedException, IOException {
        final Path isBroken = Files.createFile(marks.resolve("broken"));
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            run.launch(run.launcher(FailingWhileBroken.class, 1, isBroken.toString()));
            awaitWorkers(arrays, 1);

            request(3);
            Await.until("the old number", () -> {
                run.group().poll();
                return run.output().contains("the run goes on with 1 worker instead of 3");
            });
            run.group().poll();
            Files.delete(isBroken);
            request(3);
            Await.until("the new workers", () -> {
                run.group().poll();
                return workers(arrays) == 3;
            });
            awaitSteps(arrays, 3);
            arrays.runControl().stop();

            assertThat(run.group().await(Await.DEADLINE).orElseThrow().exitCodes())
                    .as(run.output())
                    .containsExactly(0, 0, 0);
        }
    }

    @Test
    void shouldGoOnWithTheOldNumberWhenThereIsNoSlotForANewWorker() throws InterruptedException {
        try (ShmArrays arrays = ShmArrays.create(
                        "w",
                        List.of(ArraySpec.of("w", FLOAT32, 4)),
                        run.settings().withSlots(2));
                ShmArrays observer = ShmArrays.attachReadOnly("w", run.settings())) {
            start(Stepper.class, 1, Duration.ofSeconds(60));
            awaitWorkers(arrays, 1);

            request(2);
            Await.until("the refusal", () -> {
                run.group().poll();
                return run.output().contains("the run goes on with 1 worker instead of 2");
            });
            awaitSteps(observer, 1);
            arrays.runControl().stop();
            final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

            assertThat(result.isSuccess()).as(run.output()).isTrue();
            assertThat(run.output()).contains("no slot of the segment is free");
        }
    }

    @Test
    void shouldTellWhoeverAsksThatTheNumberWasTakenBack() {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            start(Stepper.class, 1, Duration.ofSeconds(60));
            awaitWorkers(arrays, 1);
            run.group().poll();
            final CompletableFuture<OptionalInt> first =
                    Background.supply(() -> WorkerGroup.requestWorkers("w", 3, run.settings(), Await.DEADLINE));
            Await.until("the first request", () -> wanted(arrays) == 3);

            final CompletableFuture<OptionalInt> second =
                    Background.supply(() -> WorkerGroup.requestWorkers("w", 2, run.settings(), Await.DEADLINE));

            assertThatThrownBy(first::join)
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(
                            "the run did not keep the requested number of workers: name=w, wanted=3, set to=2");
            Await.until("the answer", () -> {
                run.group().poll();
                return second.isDone();
            });
        }
    }

    @Test
    void shouldRefuseToScaleOrderedArrays() {
        create(Mode.ORDERED).close();

        assertThatThrownBy(() -> WorkerGroup.requestWorkers("w", 2, run.settings(), Duration.ZERO))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ORDERED");
    }

    @Test
    void shouldRefuseANumberThatTheSegmentHasNoSlotsFor() {
        create(Mode.LOCKED).close();

        for (final int workers : new int[] {0, 9}) {
            assertThatThrownBy(() -> WorkerGroup.requestWorkers("w", workers, run.settings(), Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("workers=" + workers)
                    .hasMessageContaining("slots=8");
        }
    }

    @Test
    void shouldSayThatNoProcessSupervises() throws InterruptedException {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            assertThatThrownBy(() -> WorkerGroup.requestWorkers("w", 2, run.settings(), Duration.ZERO))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no run that can be scaled");
            start(Stepper.class, 1, Duration.ofSeconds(60));
            run.group().poll();

            // No thread polls from now on.
            assertThatThrownBy(() -> WorkerGroup.requestWorkers("w", 2, run.settings(), Duration.ofMillis(50)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("does not answer");
            run.group().close();
            assertThatThrownBy(() -> WorkerGroup.requestWorkers("w", 2, run.settings(), Duration.ZERO))
                    .hasMessageContaining("no run that can be scaled");
            arrays.runControl().stop();
            assertThat(run.group().await(Await.DEADLINE).orElseThrow().isSuccess())
                    .as(run.output())
                    .isTrue();
        }
    }

    @Test
    void shouldEndOneOfTwoRunsThatBeganAtTheSameTime() {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            start(Stepper.class, 1, Duration.ofSeconds(60));
            run.group().poll();
            final RunControlBlock runControl = Doors.SEGMENT.of(arrays).runControl();
            runControl.supervisedRelease(run.group().runId() + 1, 2);

            assertThatThrownBy(run.group()::poll)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("another run began to train this segment at the same time: name=w; give each run a"
                            + " name of its own");

            final ProcessIdentity dead = ProcessIdentity.current();
            runControl.supervisorRelease(dead.pid(), dead.start() + 1, dead.bootId(), dead.pidNamespace());
            run.group().poll();
            assertThat(runControl.supervisedRunAcquire()).isEqualTo(run.group().runId());
            arrays.runControl().stop();
        }
    }

    private ShmArrays create(final Mode mode) {
        return ShmArrays.create("w", List.of(ArraySpec.of("w", FLOAT32, 4).inMode(mode)), run.settings());
    }

    private void start(final Class<?> mainClass, final int workers, final Duration leaveGrace) {
        run.launch(run.launcher(mainClass, workers).leaveGrace(leaveGrace));
    }

    /** Asks as `shmarrays scale` does, and answers as `shmarrays run` does. */
    private OptionalInt scale(final int workers) {
        run.group().poll();
        final CompletableFuture<OptionalInt> request =
                Background.supply(() -> WorkerGroup.requestWorkers("w", workers, run.settings(), Await.DEADLINE));
        Await.until("the answer", () -> {
            run.group().poll();
            return request.isDone();
        });
        return request.join();
    }

    /** Asks, and does not wait for the answer. */
    private void request(final int workers) {
        run.group().poll();
        try {
            WorkerGroup.requestWorkers("w", workers, run.settings(), Duration.ZERO);
        } catch (final IllegalStateException e) {
            assertThat(e).hasMessageContaining("does not answer");
        }
    }

    private long wanted(final ShmArrays arrays) {
        return Doors.SEGMENT
                .of(arrays)
                .runControl()
                .wantedWorkersAcquire(run.group().runId());
    }

    private void awaitWorkers(final ShmArrays arrays, final int count) {
        Await.until(count + " workers", () -> workers(arrays) == count);
    }

    private static long workers(final ShmArrays arrays) {
        return arrays.status().workers().stream()
                .filter(worker -> worker.active() && worker.rank() >= 0)
                .count();
    }

    /** Waits until each worker that is there has made some more steps, and so came through barriers with all others. */
    private static void awaitSteps(final ShmArrays arrays, final int count) {
        final long steps = arrays.runControl().globalStep();
        Await.until("more steps", () -> arrays.runControl().globalStep() > steps + 5L * count);
    }

    static final class Stepper {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                System.out.println("rank " + worker.rank() + " of " + worker.worldSize() + ", restart "
                        + worker.restart() + ", late " + worker.isLate());
                while (!worker.shouldStop()) {
                    arrays.add(Map.of("w", new float[4]));
                    worker.countStep(1, 0);
                    worker.barrier();
                }
            }
        }
    }

    /** All but rank 0 fail before they are attached. */
    static final class FailingNewcomer {
        public static void main(final String... arguments) {
            if (Worker.join().rank() > 0) {
                System.exit(9);
            }
            Stepper.main();
        }
    }

    /** All but rank 0 fail as long as there is a file. */
    static final class FailingWhileBroken {
        public static void main(final String... arguments) {
            if (Worker.join().rank() > 0 && Files.exists(Path.of(arguments[0]))) {
                System.exit(9);
            }
            Stepper.main();
        }
    }

    /** Looks only whether the whole run is to stop. */
    static final class Stubborn {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                Await.until("stop", arrays.runControl()::isStopped);
            }
        }
    }
}
