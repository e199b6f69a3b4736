package org.shmarrays.spark;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.spark.ExecutorAllocationClient;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The executors of an application that accept tasks. When one of them is lost, the jobs of the present attempt are
 * cancelled, because a lost host would hold up the others. For the driver's thread.
 */
final class LiveExecutors implements AutoCloseable {
    private final JavaSparkContext context;
    private final SparkListener listener = new Listener();
    private final Set<String> present = new HashSet<>();
    private final Set<String> removed = new HashSet<>();
    private String group;
    private String lost;
    private boolean hasJoined;

    LiveExecutors(final JavaSparkContext context) {
        this.context = context;
        context.sc().addSparkListener(listener);
        if (!context.isLocal()) {
            // After the listener, so that none is missing; an id is never used twice.
            final Set<String> before =
                    new HashSet<>(CollectionConverters.asJava(context.sc().getExecutorIds()));
            synchronized (this) {
                before.removeAll(removed);
                present.addAll(before);
            }
        }
    }

    /** Number of executors; in local mode the driver is the only one. */
    int count() {
        if (context.isLocal()) {
            return 1;
        }
        if (context.sc().isStopped()) {
            return 0;
        }
        return (int) ids().stream().filter(this::takesTasks).count();
    }

    private synchronized Set<String> ids() {
        return Set.copyOf(present);
    }

    /** One that is being decommissioned is registered until its end, and gets no more tasks. */
    private boolean takesTasks(final String id) {
        return !(context.sc().schedulerBackend() instanceof ExecutorAllocationClient client)
                || client.isExecutorActive(id);
    }

    /**
     * Waits for executors.
     *
     * @return whether there are so many
     */
    boolean await(final int least, final Duration limit) throws InterruptedException {
        return await(() -> count() >= least || context.sc().isStopped(), limit) && count() >= least;
    }

    /**
     * Waits for news of a lost executor: a job may fail before it arrives.
     *
     * @return whether one was lost since the begin
     */
    boolean awaitLoss(final Duration limit) throws InterruptedException {
        return await(() -> lost() != null, limit);
    }

    private boolean await(final BooleanSupplier condition, final Duration limit) throws InterruptedException {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            final long leftNs = limit.toNanos() - (System.nanoTime() - startNs);
            if (leftNs <= 0) {
                return false;
            }
            synchronized (this) {
                TimeUnit.NANOSECONDS.timedWait(this, Math.min(leftNs, TimeUnit.SECONDS.toNanos(1)));
            }
        }
        return true;
    }

    /**
     * The jobs of this thread are of a group from now on, which ends when an executor is lost.
     *
     * @param newGroup a name that was not used before
     * @return number of executors. If one of them is lost, also in this moment, the group ends
     */
    int begin(final String newGroup, final String description) {
        synchronized (this) {
            group = newGroup;
            lost = null;
        }
        context.setJobGroup(newGroup, description, true);
        return count();
    }

    /** Cancels the jobs of the present group. */
    void cancel(final String reason) {
        cancel(group(), reason);
    }

    private void cancel(final String which, final String reason) {
        if (which != null) {
            context.sc().cancelJobGroupAndFutureJobs(which, reason);
        }
    }

    private synchronized String group() {
        return group;
    }

    /** The jobs of this thread are of no group any more. */
    void end() {
        synchronized (this) {
            group = null;
        }
        context.clearJobGroup();
    }

    /** What was lost since the begin, and why; null if nothing was. */
    synchronized String lost() {
        return lost;
    }

    private synchronized void added(final String id) {
        present.add(id);
        hasJoined = true;
        notifyAll();
    }

    /** Notes a lost executor, and returns the group that it is lost to. */
    private synchronized String removed(final String id, final String reason) {
        present.remove(id);
        removed.add(id);
        lost = "executor " + id + ": " + reason;
        notifyAll();
        return group;
    }

    /** Whether one has joined since the last call. */
    synchronized boolean takeJoined() {
        final boolean joined = hasJoined;
        hasJoined = false;
        return joined;
    }

    private synchronized void wake() {
        notifyAll();
    }

    @Override
    public void close() {
        context.sc().removeSparkListener(listener);
    }

    private final class Listener extends SparkListener {
        @Override
        public void onExecutorAdded(final SparkListenerExecutorAdded event) {
            added(event.executorId());
        }

        @Override
        public void onExecutorRemoved(final SparkListenerExecutorRemoved event) {
            final String affected = removed(event.executorId(), event.reason());
            cancel(affected, "an executor was lost: " + event.executorId());
        }

        @Override
        public void onApplicationEnd(final SparkListenerApplicationEnd event) {
            wake();
        }
    }
}
