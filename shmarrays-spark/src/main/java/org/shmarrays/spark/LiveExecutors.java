package org.shmarrays.spark;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/**
 * The executors of an application, and what is done when one of them is lost: the jobs of the present attempt are
 * cancelled, because a lost host would hold up the others. For the driver's thread.
 */
final class LiveExecutors implements AutoCloseable {
    private final JavaSparkContext context;
    private final SparkListener listener = new Listener();
    private String group;
    private String lost;

    LiveExecutors(final JavaSparkContext context) {
        this.context = context;
        context.sc().addSparkListener(listener);
    }

    /** Number of executors; in local mode the driver is the only one. */
    int count() {
        if (context.isLocal()) {
            return 1;
        }
        final int all = context.sc().statusTracker().getExecutorInfos().length;
        return Math.max(0, all - 1); // without the driver
    }

    /**
     * Waits for executors.
     *
     * @return whether there are so many
     */
    boolean await(final int least, final Duration limit) throws InterruptedException {
        final long startNs = System.nanoTime();
        while (count() < least) {
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

    /** The jobs of this thread are of a group from now on, which ends when an executor is lost. */
    void begin(final String newGroup, final String description) {
        synchronized (this) {
            group = newGroup;
            lost = null;
        }
        context.setJobGroup(newGroup, description, true);
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

    private synchronized String note(final SparkListenerExecutorRemoved event) {
        lost = "executor " + event.executorId() + ": " + event.reason();
        notifyAll();
        return group;
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
            wake();
        }

        @Override
        public void onExecutorRemoved(final SparkListenerExecutorRemoved event) {
            final String present = note(event);
            if (present != null) {
                context.sc().cancelJobGroupAndFutureJobs(present, "an executor was lost: " + event.executorId());
            }
        }
    }
}
