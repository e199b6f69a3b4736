package org.shmarrays.benchmarks.dl4j;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.shmarrays.Settings;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.Window;
import org.shmarrays.benchmarks.harness.Workload;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;
import org.shmarrays.examples.dl4j.TrainableModel;
import org.shmarrays.examples.mnist.MnistData;
import org.shmarrays.examples.mnist.MnistDataSets;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * Trains a model without a break, in a thread of its own, from when it is made. {@link #STEPS} counts the steps of a
 * window, which is longer if they are too few; {@link #ACCURACY}, the last order, ends the training and evaluates.
 */
public final class Dl4jWorkload implements Workload {
    /** Candidate whose passes are the steps of the window. */
    static final int STEPS = 0;

    /** Candidate whose passes are, of rank 0, the test images that the trained model knows. */
    static final int ACCURACY = 1;

    static final int BATCH = 64;
    static final int TEST_IMAGES = 1000;

    /** How long the last order may take, with the steps that are made before. */
    static final Duration END_TIMEOUT = Duration.ofMinutes(5);

    private static final String WRAPPER_CLASS = Dl4jWorkload.class.getPackageName() + ".ParallelWrapperFit";
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SHUFFLE_SEED = 1;

    private final Rendezvous rendezvous;
    private final TrainableModel model;
    private final EndlessBatches batches;
    private final SharedTraining training;
    private final Thread thread;
    private final long fewestInWindow;
    private final long fewestInAll;
    private volatile Throwable failure;

    /**
     * Arguments: model, way, mode, name of the segment, number of training images, fewest steps of a window, fewest
     * steps of all workers before the evaluation.
     */
    public Dl4jWorkload(final Rendezvous rendezvous, final String... arguments) throws ReflectiveOperationException {
        this.rendezvous = rendezvous;
        final Way way = Way.of(arguments[1]);
        this.model = BenchModel.of(arguments[0]).create();
        final int images = Integer.parseInt(arguments[4]);
        this.batches = new EndlessBatches(MnistDataSets.batches(
                MnistData.bundled().train(), MnistDataSets.shuffled(images, SHUFFLE_SEED), BATCH));
        this.fewestInWindow = Long.parseLong(arguments[5]);
        this.fewestInAll = Long.parseLong(arguments[6]);
        this.training = way.isShared() ? join(Mode.valueOf(arguments[2]), arguments[3]) : null;
        final Runnable fit = fit(way);
        this.thread = new Thread(
                () -> {
                    try {
                        fit.run();
                    } catch (final Throwable e) {
                        failure = e;
                    }
                },
                "bench-training");
        thread.setDaemon(true);
        thread.start();
    }

    private SharedTraining join(final Mode mode, final String segment) {
        return model.join(TrainingOptions.defaults()
                .inMode(mode)
                .withName(segment)
                .withSettings(Settings.fromProperties())
                .withWorker(Worker.of(rendezvous.rank(), rendezvous.workers())));
    }

    private Runnable fit(final Way way) throws ReflectiveOperationException {
        return switch (way) {
            case FIT, FIT_TUNED -> () -> model.fit(batches, 1);
            case SHARED_1, SHARED_2 -> () -> training.fit(batches, 1);
            case WRAPPER, WRAPPER_TUNED -> {
                @SuppressWarnings("unchecked") // the class is compiled by the run
                final BiConsumer<Model, DataSetIterator> wrapper = (BiConsumer<Model, DataSetIterator>)
                        Class.forName(WRAPPER_CLASS).getConstructor().newInstance();
                yield () -> wrapper.accept(model.model().orElseThrow(), batches);
            }
        };
    }

    @Override
    public Candidate candidate(final int number) {
        return number == STEPS ? this::steps : window -> accuracy();
    }

    private Outcome steps(final Window window) {
        window.awaitStart();
        final long began = System.nanoTime();
        final long before = batches.taken();
        long now = began;
        while (now < window.endNs() || batches.taken() - before < fewestInWindow) {
            LockSupport.parkNanos(Math.max(POLL_NS, Math.min(LOOK_NS, window.endNs() - now)));
            checkThatItTrains();
            now = System.nanoTime();
        }
        final long steps = batches.taken() - before;
        return new Outcome(steps, now - began, 0, 0);
    }

    private Outcome accuracy() {
        if (rendezvous.rank() > 0) {
            awaitEnd(); // rank 0 ends the training of all
            training.close();
            return Outcome.ofCheck(0);
        }
        while (batches.taken() * rendezvous.workers() < fewestInAll) {
            LockSupport.parkNanos(POLL_NS);
            checkThatItTrains();
        }
        if (training == null) {
            batches.end();
            awaitEnd();
        } else {
            training.arrays().arrays().runControl().stop();
            awaitEnd();
            training.close();
        }
        final double accuracy =
                model.evaluate(MnistDataSets.test(TEST_IMAGES, BATCH)).accuracy();
        return Outcome.ofCheck(Math.round(accuracy * TEST_IMAGES));
    }

    private void checkThatItTrains() {
        if (!thread.isAlive()) {
            throw new IllegalStateException("the training has ended by itself", failure);
        }
    }

    private void awaitEnd() {
        try {
            thread.join(END_TIMEOUT.toMillis());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive() || failure != null) {
            throw new IllegalStateException("the training does not end, or has failed", failure);
        }
    }
}
