package org.shmarrays.dl4j;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ChunkPush;
import org.shmarrays.Turn;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.UpdaterKernels;
import org.shmarrays.update.ChunkFunction;

/**
 * A step of a joined model: begun before the forward pass, ended by a push in the place of the model's own update. The
 * model's own fit calls both, for each batch, and for each segment of truncated backpropagation through time.
 */
final class StepProtocol implements ChunkFunction {
    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final SharedValues values;
    private final ModelClock clock;
    private final LearningRates rates;
    private final ChunkPush push;
    private final PartitionSlices slices;
    private final List<ConstrainedChunks> constrained;
    private final INDArray gradient;
    private final StepRandom random;
    private final boolean hasRandomStream;

    private int batchSize;

    /** The thread that has begun a step and not ended it; null between steps. */
    private volatile Thread thread;

    /** The turn of the step that was begun, in mode ORDERED. */
    private Turn turn;

    /** When the step was begun. */
    private long beganNs;

    /** How long the step's pull took. */
    private long pullNs;

    /** When the step's gradient was begun. */
    private long gradientBeganNs;

    /** Whether the step is the first one of its batch. */
    private boolean beginsBatch;

    /** Whether each batch is announced before its first step. */
    private boolean announcesBatches;

    /** Whether a batch was announced of which no step was begun. */
    private boolean isAnnounced;

    /** What follows each push. */
    private Runnable afterPush = () -> {};

    /** What to call when the announced batch is pushed. */
    private Runnable whenPushed;

    /**
     * Steps of a model in a segment.
     *
     * @param live whether the model's parameters are the shared values
     * @param kernels that compute updates
     * @param randomStream as of {@link TrainingOptions#withRandomStream}
     */
    StepProtocol(
            final ModelSeam seam,
            final TrainingSegment segment,
            final boolean live,
            final UpdaterKernels kernels,
            final long randomStream) {
        this.seam = seam;
        this.segment = segment;
        this.rates = new LearningRates(seam.ranges());
        this.gradient = seam.gradient();
        this.random = new StepRandom(seam.seed(), randomStream, segment.worker().rank());
        this.hasRandomStream = randomStream != 0;
        this.values = new SharedValues(seam, segment, live);
        this.clock = new ModelClock(seam, segment);
        final INDArray parameters = values.ownParameters();
        final NetworkRanges ranges = rates.controlled();
        final ChunkArrays memory = segment.memory();
        this.slices = new PartitionSlices(ranges, segment.push(), memory, gradient, parameters, kernels);
        this.constrained = live
                ? List.of() // DL4J constrains the shared values themselves
                : ConstrainedChunks.of(
                        seam.constrainedLayers(), ranges, segment.push(), memory, gradient, parameters, kernels);
        ChunkPush grouped = segment.push();
        for (final ConstrainedChunks group : constrained) {
            grouped = group.in(grouped);
        }
        this.push = grouped;
    }

    /** Takes over the shared values and the training's clock, all or nothing: the last thing that a join does. */
    void start() {
        values.take();
        clock.follow();
    }

    /**
     * Begins a step: the model gets the shared values, and the counts of the training.
     *
     * @throws TrainingStoppedException if the training is to stop
     */
    void begin() {
        checkThread();
        beganNs = System.nanoTime();
        if (!isAnnounced) {
            abandon();
        }
        seam.beginStep();
        clock.notePasses();
        if (!announcesBatches) { // an announced batch is trained to its end, because no other worker will train it
            checkNotStopped();
        }
        beginsBatch = announcesBatches ? isAnnounced : !seam.continuesBatch();
        isAnnounced = false;
        takeTurn();
        if (!announcesBatches && turn != null && segment.stopping().isDecided()) { // in a turn before this one
            abandon();
            checkNotStopped();
        }
        thread = Thread.currentThread();
        final long pullBeganNs = System.nanoTime();
        values.pull();
        gradientBeganNs = System.nanoTime();
        pullNs = gradientBeganNs - pullBeganNs;
        clock.follow();
        rates.set(segment.control().learningRate());
        if (hasRandomStream || segment.worker().worldSize() > 1) {
            random.begin(seam.iteration());
        }
    }

    private void checkNotStopped() {
        if (segment.shouldStop()) {
            throw new TrainingStoppedException("the training was asked to stop: segment="
                    + segment.arrays().name() + ", rank=" + segment.worker().rank() + ", iteration="
                    + segment.iteration());
        }
    }

    private void checkThread() {
        final Thread other = thread;
        if (other != null && other != Thread.currentThread() && other.isAlive()) {
            throw new IllegalStateException("two threads train one model: " + other.getName() + " has not ended its"
                    + " step, " + Thread.currentThread().getName() + " begins one; give each thread a clone of the"
                    + " model, and join it there");
        }
    }

    /**
     * In mode ORDERED waits for the turn of the next step, unless it is held already: the next {@link #begin} of an
     * announced batch takes it over. {@link #abandon} ends it without a step.
     */
    void takeTurn() {
        if (turn == null) {
            turn = segment.takeTurn();
        }
    }

    /**
     * Announces that the next step is the first one of a batch, and those after it until the next call are not.
     *
     * @param onPush called in the push of the batch; not in truncated backpropagation, where it has several
     */
    void announceBatch(final Runnable onPush) {
        announcesBatches = true;
        isAnnounced = true;
        whenPushed = onPush;
    }

    /** Batches are no longer announced; a step that was begun is given up. */
    void leaveFit() {
        announcesBatches = false;
        isAnnounced = false;
        whenPushed = null;
        abandon();
    }

    TrainingSegment segment() {
        return segment;
    }

    /** What the model copies of the shared values. */
    SharedValues values() {
        return values;
    }

    /** The clock that the model's counts follow. */
    ModelClock clock() {
        return clock;
    }

    /** Ends the random numbers of a step of which only the push is left. */
    void endRandom() {
        random.end();
    }

    /**
     * Gets ready for a fit: gives up a step that was begun.
     *
     * @throws IllegalStateException if another thread has begun it
     */
    void enterFit() {
        checkThread();
        abandon();
    }

    /** Gives up a step that was begun, if there is one, and its turn. */
    void abandon() {
        thread = null;
        random.end();
        if (turn != null) {
            final Turn held = turn;
            turn = null;
            held.close();
        }
    }

    /** Whether this thread has begun a step and not ended it. */
    boolean isInStep() {
        return thread == Thread.currentThread();
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
        random.end();
        final long pushBeganNs = System.nanoTime();
        try {
            pushInTurn(iteration, epoch, given);
        } finally {
            abandon();
        }
        final long endedNs = System.nanoTime();
        segment.worker().countTimes(pullNs, pushBeganNs - gradientBeganNs, endedNs - pushBeganNs, endedNs - beganNs);
        afterPush.run();
    }

    /** Does something after each push, when the turn is over. */
    void afterPush(final Runnable action) {
        afterPush = action;
    }

    private void pushInTurn(final int iteration, final int epoch, final INDArray given) {
        if (given != null && given.data().platformAddress() != gradient.data().platformAddress()) {
            throw new IllegalStateException("the model's gradient has moved to other memory since it joined;"
                    + " close the training, and join again");
        }
        slices.at(iteration, epoch);
        constrained.forEach(group -> group.at(iteration, epoch));
        reportLearningRate(rates.at(iteration, epoch));
        push.run(this);
    }

    /** Reports a rate to watchers, unless it is one that they can't show: schedules may give any number. */
    private void reportLearningRate(final double rate) {
        if (rate >= 0 && rate <= Float.MAX_VALUE) {
            segment.worker().reportLearningRate(rate);
        }
    }

    @Override
    public void update(final int chunk, final int first, final int count) {
        slices.update(chunk);
    }

    /** Counts the step before a snapshot can begin, so that one never has the values without it. */
    @Override
    public void pushed() {
        segment.worker().countStep(beginsBatch ? batchSize : 0, seam.score());
        if (whenPushed != null && !seam.isTruncated()) {
            whenPushed.run();
            whenPushed = null;
        }
    }
}
