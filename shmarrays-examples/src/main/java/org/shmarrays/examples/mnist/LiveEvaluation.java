package org.shmarrays.examples.mnist;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleConsumer;

/**
 * Evaluates snapshots beside the training, in a thread of its own: each one from the end of an epoch at once, as far as
 * it keeps up, and of the others the newest, for which it leaves most of its core's time to the workers. A snapshot
 * that was evaluated is dropped. It calls back when one reaches the target.
 */
final class LiveEvaluation {
    /** The evaluation rests so many times as long as it worked. */
    private static final int REST_FACTOR = 7;

    private static final long LONGEST_REST_NS = 2_000_000_000;
    private static final long POLL_NS = 1_000_000;
    private static final int MOST_EPOCHS_WAITING = 4;

    /** A training of a day has some 800 measured accuracies then: the segment keeps a thousand events of all kinds. */
    private static final double MEASURED_AGAIN = 1.01;

    private final Evaluator evaluator;
    private final Accuracies accuracies;
    private final SpilledSnapshots kept;
    private final Double target;
    private final Runnable targetReached;
    private final DoubleConsumer measured;
    private double nextMeasuredSeconds;
    private final AtomicReference<Snapshot> newest = new AtomicReference<>();
    private final BlockingQueue<Snapshot> epochs = new ArrayBlockingQueue<>(MOST_EPOCHS_WAITING);
    private final Thread thread = new Thread(this::evaluate, "mnist-evaluation");
    private boolean isTargetReached;
    private volatile boolean stopped;
    private volatile Throwable failure;

    /**
     * Evaluates with this evaluator, which belongs to the thread from its start to its end.
     *
     * @param accuracies gets the results
     * @param kept loses the snapshots that were evaluated
     * @param target for which {@code targetReached} is called once; null for none
     * @param measured gets the accuracies at ends of epochs, one a second at most, and less often as time goes on
     */
    LiveEvaluation(
            final Evaluator evaluator,
            final Accuracies accuracies,
            final SpilledSnapshots kept,
            final Double target,
            final Runnable targetReached,
            final DoubleConsumer measured) {
        this.evaluator = evaluator;
        this.accuracies = accuracies;
        this.kept = kept;
        this.target = target;
        this.targetReached = targetReached;
        this.measured = measured;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /**
     * Takes a snapshot. One from the midst of an epoch is evaluated unless a newer one comes first.
     *
     * @return whether it is certain to be evaluated
     */
    boolean offer(final Snapshot snapshot) {
        checkNotFailed();
        if (snapshot.epoch() > 0) {
            return epochs.offer(snapshot);
        }
        newest.set(snapshot);
        return false;
    }

    /** Ends the thread, after the ends of epochs that wait. */
    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
        checkNotFailed();
    }

    /** Ends the thread without waiting for it: after what it evaluates at the moment. */
    void abandon() {
        stopped = true;
        epochs.clear();
    }

    private void checkNotFailed() {
        if (failure != null) {
            throw new IllegalStateException("a snapshot could not be evaluated: " + failure, failure);
        }
    }

    private void evaluate() {
        try {
            while (true) {
                final boolean isLast = stopped;
                final Snapshot end = epochs.poll();
                final Snapshot snapshot = end == null && !isLast ? newest.getAndSet(null) : end;
                if (snapshot != null) {
                    final long began = System.nanoTime();
                    evaluate(snapshot);
                    rest(Math.min(REST_FACTOR * (System.nanoTime() - began), LONGEST_REST_NS));
                } else if (isLast) {
                    return;
                } else {
                    LockSupport.parkNanos(POLL_NS);
                }
            }
        } catch (final Throwable e) { // the training's thread throws it
            failure = e;
        }
    }

    private void evaluate(final Snapshot snapshot) {
        final double accuracy = evaluator.accuracy(snapshot);
        accuracies.add(snapshot, accuracy);
        if (snapshot.epoch() > 0 && snapshot.seconds() >= nextMeasuredSeconds) {
            nextMeasuredSeconds = Math.max(snapshot.seconds() + 1, snapshot.seconds() * MEASURED_AGAIN);
            measured.accept(accuracy);
        }
        kept.remove(snapshot);
        if (target != null && accuracy >= target && !isTargetReached) {
            isTargetReached = true;
            targetReached.run();
        }
    }

    private void rest(final long restNs) {
        final long began = System.nanoTime();
        while (!stopped && epochs.isEmpty() && System.nanoTime() - began < restNs) {
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
