package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * A worker process: claims minibatches of the training set, computes gradients, pushes them. In the
 * lock-free modes the network computes on the shared memory itself; in the locked ones on a private copy, pulled before
 * each step.
 */
final class MnistWorker {
    private static final String WARM_UP_SEGMENT = "warm-up";
    private static final int WARM_UP_STEPS = 20;
    private static final int WARM_UP_PUSHES = 10_000;
    private static final long WARM_UP_NS = 800_000_000;

    /** For the images, which the coordinator unpacks while its workers start. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);

    private final Worker worker;
    private final ShmArrays arrays;
    private final TrainingPlan plan;
    private final Map<String, INDArray> gradients;
    private final Map<String, FloatMemory> pulled = new LinkedHashMap<>();
    private final Map<String, Object> pushed = new LinkedHashMap<>();
    private final Network network;
    private final WorkTable work;
    private final Batches[] streams;
    private final LabelledImages images;
    private final Batch batch;
    private final Velocity velocity;
    private final RunControl control;
    private final Runnable whenPushed = this::countStep;
    private double learningRate;
    private UpdateFunction update;
    private double loss;

    private MnistWorker(
            final Worker worker, final ShmArrays arrays, final TrainingPlan plan, final LabelledImages images) {
        this.worker = worker;
        this.arrays = arrays;
        this.plan = plan;
        final boolean live = plan.isLive();
        final Map<String, INDArray> parameters =
                live ? views(arrays, plan) : plan.ownModel().zeros();
        gradients = plan.ownModel().zeros();
        network = plan.ownModel().network(parameters, gradients, plan.batchSize(), Dropout.of(plan.seed(), 0));
        this.images = images;
        work = new WorkTable(arrays, worker, plan.epochs(), plan.mode().takesTurns());
        streams = new Batches[work.streams()];
        batch = new Batch(plan.batchSize());
        if (!live) {
            parameters.forEach((name, array) -> pulled.put(name, FloatMemory.of(array)));
        }
        velocity = plan.momentum() == 0 ? null : new Velocity(gradients, plan.momentum());
        if (velocity == null) {
            gradients.forEach((name, array) -> pushed.put(name, FloatMemory.of(array)));
        } else {
            pushed.putAll(velocity.values());
        }
        control = arrays.runControl();
        learningRate = plan.learningRate();
        update = Updates.sgd(learningRate);
    }

    private static Map<String, INDArray> views(final ShmArrays arrays, final TrainingPlan plan) {
        final Nd4jArrays nd4j = Nd4jArrays.of(arrays);
        final Map<String, INDArray> views = new LinkedHashMap<>();
        plan.ownModel().parameters().forEach(parameter -> views.put(parameter.name(), nd4j.view(parameter.name())));
        return views;
    }

    /** Trains until the epochs are over or the coordinator asks to stop. */
    public static void main(final String... arguments) {
        final TrainingPlan plan = TrainingPlan.of(arguments);
        final Worker worker = Worker.join();
        try (ShmArrays arrays = ShmArrays.attach(worker)) {
            final LabelledImages images =
                    SharedImages.attach(worker.segmentName(), LONGEST_WAIT, Settings.fromProperties());
            new MnistWorker(worker, arrays, plan, images).train();
        } catch (final SegmentRemovedException | SegmentNotFoundException | SegmentVanishedException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private void train() {
        warmUp();
        if (worker.barriers() == 0) {
            worker.barrier(); // all are warm
        }
        for (long position = work.next(); position != WorkTable.NONE; position = work.next()) {
            final long began = System.nanoTime();
            stream(work.stream(position)).read(work.step(position), batch);
            final long ready = System.nanoTime();
            if (!pulled.isEmpty()) {
                arrays.readInto(pulled);
            }
            final long hasPulled = System.nanoTime();
            loss = network.gradient(batch, position);
            final long hasGradient = System.nanoTime();
            if (velocity != null) {
                velocity.add();
            }
            arrays.update(pushed, update(), whenPushed);
            final long hasPushed = System.nanoTime();
            worker.countTimes(hasPulled - ready, hasGradient - hasPulled, hasPushed - hasGradient, hasPushed - began);
        }
    }

    /** A checkpoint has the push, the step and the batch that is done, or none of the three. */
    private void countStep() {
        work.done();
        worker.countStep(batch.size(), loss);
    }

    private Batches stream(final int stream) {
        if (streams[stream] == null) {
            streams[stream] = new Batches(images, plan.batchSize(), plan.seed(), stream);
        }
        return streams[stream];
    }

    /** With the learning rate that is set for all, or else the plan's. */
    private UpdateFunction update() {
        final double rate = control.learningRateOr(plan.learningRate());
        worker.reportLearningRate(rate);
        if (rate != learningRate) {
            learningRate = rate;
            update = Updates.sgd(rate);
        }
        return update;
    }

    /**
     * Steps that no one sees, so that the clock of the training does not count the JIT compiler's work: gradients that
     * are thrown away, and pushes of them to a segment of its own, so that no counter of the training's one counts
     * them.
     */
    private void warmUp() {
        if (!pulled.isEmpty()) {
            arrays.readInto(pulled);
        }
        try {
            final Path directory = Files.createTempDirectory("warm-up");
            directory.toFile().deleteOnExit(); // a signal may end this process
            final Settings settings =
                    Settings.fromProperties().withDirectory(directory).withSlots(1);
            try (RemovalAtEnd removal = RemovalAtEnd.ofCreated(WARM_UP_SEGMENT, settings);
                    ShmArrays scratch = removal.create(plan.specs(), fresh -> {})) {
                warmUp(scratch);
            } catch (final SegmentRemovedException e) {
                // A signal ends this process, and has taken the segment of the warm-up away before.
            } finally {
                Files.deleteIfExists(directory);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("no place for the segment of the warm-up", e);
        }
    }

    /**
     * All paths must have been taken often enough to be compiled. Where a push is short beside a gradient, several of
     * them follow each, until there were enough: what they take, gradients lack.
     */
    private void warmUp(final ShmArrays scratch) {
        final Batches batches = stream(worker.rank() % work.streams());
        final Velocity rehearsed = velocity == null ? null : new Velocity(gradients, plan.momentum());
        int pushes = 0;
        final long began = System.nanoTime();
        for (int i = 0; i < WARM_UP_STEPS || System.nanoTime() - began < WARM_UP_NS; i++) {
            final long start = System.nanoTime();
            // The epoch's last batch, which is short, goes another way through the code than the others.
            batches.read(i % 4 == 0 ? batches.batchesPerEpoch() - 1 : i, batch);
            network.gradient(batch, i);
            final long gradientTime = System.nanoTime() - start;
            do {
                if (rehearsed != null) {
                    rehearsed.add();
                }
                scratch.update(pushed, update);
                pushes++;
            } while (pushes < WARM_UP_PUSHES && System.nanoTime() - start < 2 * gradientTime);
        }
    }
}
