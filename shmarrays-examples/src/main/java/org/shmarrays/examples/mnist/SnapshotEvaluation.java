package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.util.function.DoubleConsumer;

/**
 * Evaluates the snapshots of a training: beside it or after it, and in both cases those that may have been the first to
 * meet something after it. Its memory does not grow with the training. For the training's thread.
 */
final class SnapshotEvaluation implements AutoCloseable {
    private static final long SPILL_LIMIT_BYTES = 256L << 20;

    private final Accuracies accuracies;
    private final Evaluator evaluator;
    private final SpilledSnapshots kept;

    /** Null where nothing is evaluated beside the training. */
    private final LiveEvaluation live;

    /**
     * Of a training that has not begun.
     *
     * @param accuracies gets the results
     * @param parameterCount of each snapshot
     * @param target {@code targetReached} is called when a snapshot is found to meet it while the training goes on;
     *     null for none
     * @param measured gets accuracies at ends of epochs while the training goes on, so many that a segment keeps them
     */
    SnapshotEvaluation(
            final Accuracies accuracies,
            final Evaluator evaluator,
            final long parameterCount,
            final Double target,
            final boolean isLive,
            final Runnable targetReached,
            final DoubleConsumer measured) {
        this.accuracies = accuracies;
        this.evaluator = evaluator;
        kept = SpilledSnapshots.ofBytes(SPILL_LIMIT_BYTES, parameterCount * Float.BYTES);
        live = isLive ? new LiveEvaluation(evaluator, accuracies, kept, target, targetReached, measured) : null;
    }

    /** What has been found so far. */
    Accuracies accuracies() {
        return accuracies;
    }

    void start() {
        if (live != null) {
            live.start();
        }
    }

    /** Takes a snapshot; returns whether its accuracy will be known while the training goes on, or right after it. */
    boolean take(final Snapshot snapshot) {
        final boolean seeksFirsts = accuracies.seeksFirsts();
        if (seeksFirsts) {
            kept.put(snapshot); // before it can be evaluated, and dropped
        }
        final boolean isEvaluated = live != null && live.offer(snapshot);
        if (!seeksFirsts && !isEvaluated && snapshot.epoch() > 0) {
            kept.put(snapshot);
        }
        return isEvaluated;
    }

    /** Evaluates nothing more beside the training. */
    void stop() throws InterruptedException {
        if (live != null) {
            live.stop();
        }
    }

    /**
     * Evaluates what has been left for the end of the training: the ends of epochs, what may be the first to meet
     * something, and the last snapshot.
     */
    void settle(final Snapshot last) throws IOException {
        for (Snapshot snapshot = kept.next(); snapshot != null; snapshot = kept.next()) {
            final Snapshot waiting = snapshot;
            final double least = accuracies.leastOpen(snapshot.samples());
            if (snapshot.epoch() > 0) {
                accuracies.add(snapshot, evaluator.accuracy(snapshot));
            } else if (!Double.isNaN(least)) {
                evaluator.accuracyFrom(snapshot, least).ifPresent(accuracy -> accuracies.add(waiting, accuracy));
            }
        }
        accuracies.add(last, evaluator.accuracy(last));
    }

    @Override
    public void close() throws IOException {
        if (live != null) {
            live.abandon();
        }
        kept.close();
    }
}
