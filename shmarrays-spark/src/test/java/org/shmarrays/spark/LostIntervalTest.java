package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;

/** Rounds that are broken off, with one host, which is the driver itself. A step breaks them off. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LostIntervalTest {
    private static final int BATCHES = 30;

    /** Reached by steps, which are threads of this JVM. */
    private static JavaSparkContext context;

    private static final AtomicInteger BREAKS = new AtomicInteger();
    private static Thread driver;

    @TempDir
    private Path directory;

    @BeforeEach
    void startSpark() {
        System.setProperty("shmarrays.directory", directory.toString());
        context = new JavaSparkContext(LocalSpark.conf("lost intervals"));
        driver = Thread.currentThread();
        BREAKS.set(0);
    }

    @AfterEach
    void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
        assertThat(directory).isEmptyDirectory();
    }

    /** Each batch adds 1, and 1 to a sparse element of its own. */
    private static HostTraining<Integer> counting(final HostStep<Integer> before) {
        return HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 1), ArraySpec.of("s", FLOAT32, BATCHES)), fresh -> {})
                .sparse("s")
                .data(context.parallelize(IntStream.range(0, BATCHES).boxed().toList(), 2))
                .step((params, batch, worker) -> {
                    params.add(Map.of("w", new float[] {1}));
                    params.array("s").scatterAdd(new int[] {batch}, new float[] {1});
                    before.step(params, batch, worker);
                })
                .workersPerHost(2)
                .every(Interval.steps(5));
    }

    private static float[] trained(final HostTrainingResult result) {
        return (float[]) result.values().get("w");
    }

    /** Has the driver believe that an executor was lost, and waits until it has acted. */
    private static void loseAnExecutor() {
        try {
            context.sc().listenerBus().post(new SparkListenerExecutorRemoved(0, "1", "killed by a test"));
            context.sc().listenerBus().waitUntilEmpty();
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldKeepNothingOfALostInterval() throws Exception {
        final HostTrainingResult result = counting((params, batch, worker) -> {
                    if (batch % 10 == 3 && BREAKS.incrementAndGet() <= 4) {
                        loseAnExecutor();
                    }
                })
                .epochs(2)
                .run();

        assertThat(result.lostIntervals()).isPositive();
        assertThat(result.rounds()).hasSize(6);
        assertThat(result.samples()).isEqualTo(2 * BATCHES);
        assertThat(trained(result)).containsExactly(2 * BATCHES);
        assertThat((float[]) result.values().get("s")).containsOnly(2);
    }

    @Test
    void shouldGiveUpWhenEachAttemptOfARoundLosesAHost() {
        final HostTraining<Integer> training = counting((params, batch, worker) -> loseAnExecutor());

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("an interval was lost 10 times in a row: round=0")
                .withMessageContaining("killed by a test");
    }

    @Test
    void shouldCancelItsJobsWhenTheDriverIsInterrupted() {
        final HostTraining<Integer> training = counting((params, batch, worker) -> {
            if (BREAKS.getAndIncrement() == 7) {
                driver.interrupt();
            }
        });

        assertThatThrownBy(training::run).isInstanceOf(InterruptedException.class);
        Await.until("no job runs", () -> context.statusTracker().getActiveJobIds().length == 0, () -> "");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldTrainAgainAfterATrainingThatFailed() throws Exception {
        final HostTraining<Integer> training = counting((params, batch, worker) -> {})
                .whileTrue(round -> {
                    throw new UnsupportedOperationException("a bad listener");
                });
        assertThatThrownBy(training::run).hasMessage("a bad listener");
        assertThat(directory).isEmptyDirectory();

        assertThat(trained(counting((params, batch, worker) -> {}).run())).containsExactly(BATCHES);
    }

    @Test
    void shouldSayThatTheApplicationHasEnded() {
        final HostTraining<Integer> training = counting((params, batch, worker) -> {
            if (BREAKS.getAndIncrement() == 7) {
                context.stop();
            }
        });

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("the Spark application has ended: round=0");
    }

    @Test
    void shouldSayWhereAStepIsThatDoesNotEnd() {
        final HostTraining<Integer> training = counting((params, batch, worker) -> {
                    if (batch == 3) {
                        new CountDownLatch(1).await();
                    }
                })
                .stepTimeout(Duration.ofMillis(100));

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("a step does not end: worker=")
                .withMessageContaining("CountDownLatch.await");
    }

    @Test
    void shouldTrainOnABatchAlsoWhereTheTimeOfAnIntervalIsOverAtOnce() throws Exception {
        final HostTrainingResult result = counting((params, batch, worker) -> {})
                .every(Interval.steps(5).atMost(Duration.ofNanos(1)))
                .rounds(3)
                .run();

        assertThat(trained(result)).containsExactly(3);
    }

    /** Hosts are weighted by samples: without any nothing would be taken over of what they trained. */
    @Test
    void shouldRefuseStepsThatCountNoSamples() {
        final HostTraining<Integer> training = counting((params, batch, worker) -> worker.countStep(0, 1));

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("the steps have counted no samples");
    }

    @Test
    void shouldRunTwoTrainingsAtOnce() throws Exception {
        final HostTrainingResult[] other = new HostTrainingResult[1];
        final Thread thread = new Thread(() -> {
            try {
                other[0] = counting((params, batch, worker) -> {}).epochs(2).run();
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        final HostTrainingResult result =
                counting((params, batch, worker) -> {}).epochs(3).run();
        thread.join();

        assertThat(trained(result)).containsExactly(3 * BATCHES);
        assertThat(trained(other[0])).containsExactly(2 * BATCHES);
    }
}
