package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Signals;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Only the worker that died is started again, and joins what the others go on with. */
@Tag("shared")
class RestartIT {
    private static final int STEPS = 40;

    @AutoClose
    private WatchedRun run;

    @BeforeEach
    void prepare(@TempDir final Path directory) {
        run = new WatchedRun(directory);
    }

    @Test
    void shouldNotSpeakOfOthersWhereThereAreNone() throws InterruptedException {
        create(Mode.LOCKED);
        start(Barriers.class, 1, 1);
        awaitLine("[0] step 3");

        Signals.send(run.group().pids().get(0), "KILL");
        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

        assertThat(result.isSuccess()).as(run.output()).isTrue();
        assertThat(result.stopped()).isZero();
        assertThat(run.output()).contains("restart 1 of 1; its last lines:\n").doesNotContain("others");
    }

    @Test
    void shouldStartAgainOnlyTheWorkerThatDied() throws InterruptedException {
        create(Mode.LOCKED);
        start(Barriers.class, 3, 1);
        awaitLine("[1] step 3");
        final List<Long> before = run.group().pids();

        Signals.send(before.get(1), "KILL");
        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

        assertThat(result.isSuccess()).as(run.output()).isTrue();
        assertThat(result.exitCodes()).containsExactly(0, 0, 0);
        assertThat(result.restarts()).containsExactly(0, 1, 0);
        assertThat(run.output())
                .contains("[launcher] worker 1 of 3 (pid " + before.get(1) + ") was ended by SIGKILL (exit code 137);"
                        + " it restarts in 20 ms, restart 1 of 1, the others go on; its last lines:\n")
                .contains("[0] rank 0 of 3, restart 0, late false")
                .contains("[1] rank 1 of 3, restart 1, late true")
                .contains("[1] done", "[0] done", "[2] done");
        final List<Long> after = run.group().pids();
        assertThat(List.of(after.get(0), after.get(2))).isEqualTo(List.of(before.get(0), before.get(2)));
        assertThat(after.get(1)).isNotEqualTo(before.get(1));
    }

    @Test
    void shouldFailWhenTheRestartsAreUsedUp() throws InterruptedException {
        create(Mode.LOCKED);
        start(Failing.class, 2, 2);

        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

        assertThat(result.failure()).isEqualTo("worker 1 of 2 failed with exit code 9, after 2 restarts");
        assertThat(result.exitCode()).isEqualTo(9);
        assertThat(result.exitCodes().get(0)).isEqualTo(143);
        assertThat(run.output())
                .contains("[1] start 0", "[1] start 1", "[1] start 2")
                .contains("restarts in 20 ms, restart 1 of 2")
                .contains("restarts in 40 ms, restart 2 of 2");
    }

    @Test
    void shouldEndAtOnceWhileAWorkerWaitsForItsRestart() {
        create(Mode.LOCKED);
        run.launch(run.launcher(Failing.class, 2).restarts(1).restartPause(Duration.ofHours(1), Duration.ofHours(1)));
        awaitLine("restart 1 of 1");

        final GroupResult result = run.group().stop();

        assertThat(result.isSuccess()).isTrue();
        assertThat(result.exitCodes()).containsExactly(143, 9);
    }

    /**
     * The step count is in the segment: with a step of its own the restarted worker would begin again with a count of
     * 1.
     */
    @Test
    void shouldKeepTheStepOfASharedOptimizer() throws InterruptedException {
        try (ShmArrays arrays = create(Mode.LOCKED)) {
            start(AdamSteps.class, 1, 1);
            awaitLine("[0] waiting after 5");

            Signals.send(run.group().pids().get(0), "KILL");
            assertThat(run.group().await(Await.DEADLINE).orElseThrow().isSuccess())
                    .as(run.output())
                    .isTrue();

            try (ShmArrays alone = ShmArrays.create(
                    "alone", List.of(ArraySpec.of("w", FLOAT32, 4).withState(2)), run.settings())) {
                for (int i = 0; i < 10; i++) {
                    alone.update(Map.of("w", AdamSteps.gradient(i)), AdamSteps.ADAM);
                }
                assertThat(arrays.read().get("w")).isEqualTo(alone.read().get("w"));
            }
        }
    }

    @Test
    void shouldMakeEachStepOnceWhicheverWorkersDie() throws InterruptedException {
        try (ShmArrays arrays = ShmArrays.create(
                "w", List.of(ArraySpec.of("made", INT64, 2 * STEPS).inMode(Mode.LOCKED)), run.settings())) {
            start(Counting.class, 2, 2);
            awaitLine("[0] at 10, restart 0");
            awaitLine("[1] at 10, restart 0");
            Signals.send(run.group().pids().get(1), "KILL");
            awaitLine("[1] at 10, restart 1");
            arrays.runControl().learningRate(1);
            awaitLine("[0] at 25, restart 0");
            awaitLine("[1] at 25, restart 1");
            run.group().pids().forEach(pid -> Signals.send(pid, "KILL"));
            awaitLine("[0] at 25, restart 1");
            awaitLine("[1] at 25, restart 2");
            arrays.runControl().learningRate(2);

            assertThat(run.group().await(Await.DEADLINE).orElseThrow().isSuccess())
                    .as(run.output())
                    .isTrue();
            assertThat((long[]) arrays.read(Object.class).get("made")).containsOnly(1);
            assertThat(arrays.runControl().globalStep()).isEqualTo(2 * STEPS);
            assertThat(arrays.runControl().samples()).isEqualTo(2 * STEPS);
        }
    }

    /** No process that used the segment is alive then, but the segment still belongs to this run. */
    @Test
    void shouldGoOnWithTheSegmentThatItCreatedItself() throws InterruptedException {
        start(Creator.class, 1, 1);
        awaitLine("[0] waiting");

        Signals.send(run.group().pids().get(0), "KILL");

        assertThat(run.group().await(Await.DEADLINE).orElseThrow().isSuccess())
                .as(run.output())
                .isTrue();
        assertThat(run.output()).contains("[0] found 5.0");
    }

    @Test
    void shouldTakeItsTurnsAgain() throws InterruptedException {
        try (ShmArrays arrays = create(Mode.ORDERED)) {
            start(TurnTaker.class, 3, 1);
            awaitLine("[1] turn 3");

            Signals.send(run.group().pids().get(1), "KILL");
            awaitLine("[1] turn 2 after restart 1");
            arrays.runControl().stop();
            final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

            assertThat(result.isSuccess()).as(run.output()).isTrue();
            assertThat(result.restarts()).containsExactly(0, 1, 0);
        }
    }

    private ShmArrays create(final Mode mode) {
        return ShmArrays.create(
                "w", List.of(ArraySpec.of("w", FLOAT32, 4).inMode(mode).withState(2)), run.settings());
    }

    private void start(final Class<?> mainClass, final int workers, final int restarts) {
        run.launch(run.launcher(mainClass, workers)
                .restarts(restarts)
                .restartPause(Duration.ofMillis(20), Duration.ofSeconds(1)));
    }

    private void awaitLine(final String text) {
        Await.until(
                "line with " + text + " in " + run.output(), () -> run.output().contains(text));
    }

    /** A barrier in each step, and one of the set-up, which the late leave out. */
    static final class Barriers {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                System.out.println("rank " + worker.rank() + " of " + worker.worldSize() + ", restart "
                        + worker.restart() + ", late " + worker.isLate());
                final int killed = Math.min(1, worker.worldSize() - 1);
                if (worker.barriers() == 0) {
                    worker.barrier();
                }
                while (worker.clock() < STEPS) {
                    arrays.add(Map.of("w", new float[4]));
                    worker.countStep(1, 0);
                    System.out.println("step " + worker.clock());
                    worker.barrier();
                    if (worker.rank() == killed && worker.restart() == 0 && worker.clock() == 3) {
                        Await.until("the kill", () -> false);
                    }
                }
                System.out.println("done");
            }
        }
    }

    /** Rank 1 fails at once, the other one waits for it. */
    static final class Failing {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            System.out.println("start " + worker.restart());
            if (worker.rank() == 1) {
                System.exit(9);
            }
            Await.until("the end", () -> false);
        }
    }

    /** Five steps, and after the restart five more. */
    static final class AdamSteps {
        static final org.shmarrays.update.UpdateFunction ADAM = Updates.adam(0.1f, 0.9f, 0.999f, 1e-8f);

        static float[] gradient(final int step) {
            return new float[] {1, -2, step, 0.5f * step - 1};
        }

        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                final int first = worker.restart() * 5;
                for (int step = first; step < first + 5; step++) {
                    arrays.update(Map.of("w", gradient(step)), ADAM);
                }
                if (worker.restart() == 0) {
                    System.out.println("waiting after 5");
                    Await.until("the kill", () -> false);
                }
            }
        }
    }

    /** Marks each step of each rank, and waits before the tenth and the twenty-fifth. */
    static final class Counting {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                for (long step = worker.clock(); step < STEPS; step++) {
                    if (step == 10 || step == 25) {
                        System.out.println("at " + step + ", restart " + worker.restart());
                        final double rate = step == 10 ? 1 : 2;
                        Await.until("the rate", () -> arrays.runControl().learningRate() >= rate);
                    }
                    final long[] made = new long[2 * STEPS];
                    made[worker.rank() * STEPS + (int) step] = 1;
                    arrays.add(Map.of("made", made));
                    worker.countStep(1, 0);
                }
            }
        }
    }

    /** Creates the segment, and finds it again after its restart. */
    static final class Creator {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.createOrAttach(
                    worker,
                    List.of(ArraySpec.of("w", FLOAT32, 1)),
                    fresh -> fresh.write(Map.of("w", new float[] {5})))) {
                if (worker.restart() == 0) {
                    System.out.println("waiting");
                    Await.until("the kill", () -> false);
                }
                System.out.println("found " + arrays.read().get("w")[0]);
            }
        }
    }

    /** Pushes in turn until it is stopped. */
    static final class TurnTaker {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                for (int i = 0; !worker.shouldStop(); i++) {
                    arrays.update(Map.of("w", new float[] {1, 1, 1, 1}), Updates.add());
                    if (i <= 3) {
                        System.out.println("turn " + i + (worker.restart() > 0 ? " after restart 1" : ""));
                    }
                }
            }
        }
    }
}
