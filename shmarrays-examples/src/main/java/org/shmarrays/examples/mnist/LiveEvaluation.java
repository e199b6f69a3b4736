package org.shmarrays.examples.mnist;

import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Evaluates the newest snapshot beside the training, in a thread of its own that leaves most of its core's time to the
 * workers, and calls back when one reaches the target.
 */
final class LiveEvaluation {
    /** The evaluation rests so many times as long as it worked. */
    private static final int REST_FACTOR = 7;

    private static final long LONGEST_REST_NS = 2_000_000_000;
    private static final long POLL_NS = 1_000_000;

    private final Evaluator evaluator;
    private final Double target;
    private final Runnable targetReached;
    private final AtomicReference<Snapshot> newest = new AtomicReference<>();
    private final Thread thread = new Thread(this::evaluate, "mnist-evaluation");
    private volatile double accuracy = Double.NaN;
    private volatile boolean stopped;
    private volatile RuntimeException failure;

    /** Evaluates with a network of the model; {@code targetReached} is called once, without a target never. */
    LiveEvaluation(final Model model, final LabelledImages images, final Double target, final Runnable targetReached) {
        this.evaluator = new Evaluator(model, images);
        this.target = target;
        this.targetReached = targetReached;
        thread.setDaemon(true);
    }

    /** Lets the JIT compiler do its work before the training begins. */
    void warmUp(final Snapshot snapshot) {
        evaluator.accuracy(snapshot);
    }

    void start() {
        thread.start();
    }

    /** A snapshot that may be evaluated; a newer one takes its place. */
    void offer(final Snapshot snapshot) {
        newest.set(snapshot);
        if (failure != null) {
            throw failure;
        }
    }

    /** The accuracy of the last snapshot that was evaluated. */
    OptionalDouble accuracy() {
        return Double.isNaN(accuracy) ? OptionalDouble.empty() : OptionalDouble.of(accuracy);
    }

    /** Ends the thread; what it has found stays in the evaluator. */
    void stop() throws InterruptedException {
        stopped = true;
        if (thread.isAlive()) {
            thread.join();
        }
    }

    /** The evaluator, once this is stopped. */
    Evaluator evaluator() {
        return evaluator;
    }

    private void evaluate() {
        try {
            boolean reached = false;
            while (!stopped) {
                final Snapshot snapshot = newest.getAndSet(null);
                if (snapshot == null) {
                    LockSupport.parkNanos(POLL_NS);
                    continue;
                }
                final long began = System.nanoTime();
                accuracy = evaluator.accuracy(snapshot);
                if (target != null && accuracy >= target && !reached) {
                    reached = true;
                    targetReached.run();
                }
                rest(Math.min(REST_FACTOR * (System.nanoTime() - began), LONGEST_REST_NS));
            }
        } catch (final RuntimeException e) {
            failure = e;
        }
    }

    private void rest(final long restNs) {
        final long until = System.nanoTime() + restNs;
        while (!stopped && System.nanoTime() < until) {
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
