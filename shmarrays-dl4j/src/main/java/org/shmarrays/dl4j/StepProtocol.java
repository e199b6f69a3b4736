package org.shmarrays.dl4j;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ChunkFunction;
import org.shmarrays.ChunkPush;
import org.shmarrays.Turn;
import org.shmarrays.nd4j.ChunkViews;

/**
 * A step of a joined model: begun before the forward pass, ended by a push in the place of the model's own update. The
 * model's own fit calls both, for each batch, and for each segment of truncated backpropagation through time.
 *
 * <p>The training has one clock, in run control: iterations are the steps of all workers, and an epoch ends when all
 * have gone through their data. The model's own counts follow it.
 */
final class StepProtocol implements ChunkFunction {
    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final StateLayout layout;
    private final LearningRates rates;
    private final ChunkPush push;
    private final PartitionSlices slices;
    private final List<ConstrainedChunks> constrained;
    private final INDArray gradient;
    private final INDArray parameters;

    /** The epoch that the model was given. It counts on by itself when it has gone through its data. */
    private int givenEpoch;

    private int batchSize;

    /** The thread that has begun a step and not ended it; null between steps. */
    private Thread thread;

    /** The turn of the step that was begun, in mode ORDERED. */
    private Turn turn;

    /** Whether the step is the first one of its batch. */
    private boolean beginsBatch;

    /** Whether a batch has been begun that is not counted yet. */
    private boolean isBatchOpen;

    /**
     * Steps of a model in a segment.
     *
     * @param live whether the model's parameters are the shared values
     */
    StepProtocol(final ModelSeam seam, final TrainingSegment segment, final boolean live) {
        this.seam = seam;
        this.segment = segment;
        this.layout = new StateLayout(seam.ranges());
        this.rates = new LearningRates(seam.ranges());
        this.gradient = seam.gradient();
        this.parameters = live ? null : seam.parameters();
        final NetworkRanges ranges = rates.controlled();
        final ChunkViews views = segment.views();
        this.slices = new PartitionSlices(ranges, segment.push(), views, gradient, parameters);
        this.constrained = live
                ? List.of() // DL4J constrains the shared values themselves
                : ConstrainedChunks.of(seam.constrainedLayers(), ranges, segment.push(), views, gradient, parameters);
        ChunkPush grouped = segment.push();
        for (final ConstrainedChunks group : constrained) {
            grouped = group.in(grouped);
        }
        this.push = grouped;
        pull();
        followClock();
    }

    /**
     * Begins a step: the model gets the shared values, and the counts of the training.
     *
     * @throws TrainingStoppedException if the training is to stop
     */
    void begin() {
        checkThread();
        abandon();
        notePasses();
        if (segment.worker().shouldStop()) {
            throw new TrainingStoppedException("the training was asked to stop: segment="
                    + segment.arrays().name() + ", rank=" + segment.worker().rank() + ", iteration="
                    + segment.iteration());
        }
        beginsBatch = !seam.continuesBatch();
        if (beginsBatch) {
            closeBatch();
            isBatchOpen = true;
        }
        turn = segment.takeTurn();
        thread = Thread.currentThread();
        pull();
        followClock();
        rates.set(segment.control().learningRate());
    }

    private void checkThread() {
        final Thread other = thread;
        if (other != null && other != Thread.currentThread() && other.isAlive()) {
            throw new IllegalStateException("two threads train one model: " + other.getName() + " has not ended its"
                    + " step, " + Thread.currentThread().getName() + " begins one; give each thread a clone of the"
                    + " model, and join it there");
        }
    }

    /** In mode ORDERED lets a turn pass in which the other workers have a batch, and this one has none. */
    void skipTurn() {
        turn = segment.takeTurn();
        abandon();
    }

    /** Gives up a step that was begun, if there is one, and its turn. */
    void abandon() {
        thread = null;
        if (turn != null) {
            final Turn held = turn;
            turn = null;
            held.close();
        }
    }

    /** Copies the shared values into the model's own parameters; consistent per partition. */
    void pull() {
        if (parameters != null) {
            segment.readInto(parameters);
        }
    }

    /** Number of samples of the batch that the next push is for. */
    void batchSize(final int samples) {
        batchSize = samples;
    }

    /**
     * Ends a step: updates the shared values and state by the gradient, partition by partition, and counts the step.
     *
     * @param given the gradient that DL4J updates by, in the flat gradient's own memory, or null for that one
     * @throws IllegalStateException if no step was begun, or it was ended already
     */
    void push(final int iteration, final int epoch, final INDArray given) {
        if (thread == null) {
            throw new IllegalStateException("a push without a gradient, or a second one of the same gradient: segment="
                    + segment.arrays().name() + ", iteration=" + iteration + "; compute a gradient before each push");
        }
        checkThread();
        thread = null;
        try {
            pushInTurn(iteration, epoch, given);
        } finally {
            abandon();
        }
    }

    private void pushInTurn(final int iteration, final int epoch, final INDArray given) {
        if (given != null && given.data().address() != gradient.data().address()) {
            throw new IllegalStateException("the model's gradient has moved to other memory since it joined;"
                    + " close the training, and join again");
        }
        slices.at(iteration, epoch);
        constrained.forEach(group -> group.at(iteration, epoch));
        segment.worker().reportLearningRate(rates.at(iteration, epoch));
        push.run(this);
    }

    @Override
    public void update(final int chunk, final int first, final int count) {
        slices.update(chunk, first, count);
    }

    /** Counts the step before a snapshot can begin, so that one never has the values without it. */
    @Override
    public void pushed() {
        segment.worker().countStep(beginsBatch ? batchSize : 0, seam.score());
        if (!seam.isTruncated()) {
            closeBatch();
        }
    }

    /** Counts the batch whose steps are all done. */
    private void closeBatch() {
        if (isBatchOpen) {
            isBatchOpen = false;
            segment.position().countBatch();
        }
    }

    /** Counts the passes over its data that the model has ended by itself, and gives it the training's epoch. */
    void notePasses() {
        for (int ended = seam.epoch() - givenEpoch; ended > 0; ended--) {
            closeBatch();
            segment.position().countPass();
            segment.control().endPass(segment.worker().worldSize());
        }
        followClock();
    }

    /** Gives the model the training's epoch; passes that it counts as ended were cut off. */
    void dropPasses() {
        closeBatch();
        followClock();
    }

    private void followClock() {
        givenEpoch = segment.epoch();
        seam.counts(segment.iteration(), givenEpoch);
    }

    /** The shared state arrays, {@code [n]} each. */
    List<INDArray> states() {
        return segment.views().states();
    }

    /**
     * Copies what all workers have pushed so far, while none pushes.
     *
     * @param into the values, {@code [n]}; null for a model that computes on the shared ones
     */
    Contents contents(final INDArray into) {
        final Contents[] contents = new Contents[1];
        segment.whilePaused(() -> {
            if (into != null) {
                into.assign(segment.views().values());
            }
            contents[0] = new Contents(updaterState(), segment.iteration(), segment.epoch());
        });
        return contents[0];
    }

    /** What a segment has beside the values; the state is null if there is none. */
    record Contents(INDArray updaterState, int iteration, int epoch) {}

    /** The model's own parameters where they are not the shared ones, or null. */
    INDArray ownParameters() {
        return parameters;
    }

    /** A copy of the shared state in DL4J's flat layout, consistent per element; null if there is none. */
    INDArray updaterState() {
        return layout.toFlat(segment.views().states(), segment.views().values().dataType());
    }
}
