package org.shmarrays.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * A figure of a job that Spark's pages show, added up over its tasks. What a task gives replaces what it gave before,
 * so that a stage that Spark repeats counts once. For any thread.
 */
final class TaskSum extends AccumulatorV2<TaskSum.Share, Number> {
    private static final long serialVersionUID = 1L;
    private static final double MS_PER_SECOND = TimeUnit.SECONDS.toMillis(1);

    private final Kind kind;
    private final HashMap<Long, Share> shares = new HashMap<>();

    /** What becomes of the shares. */
    enum Kind {
        /** Their sum, a whole number. */
        COUNT,
        /** Their sum, to a thousandth. */
        SECONDS,
        /** Their mean by weight, to a thousandth; NaN of no weight. */
        MEAN
    }

    /**
     * What a task adds.
     *
     * @param weight number of things that are summed up
     */
    record Share(double sum, long weight) implements java.io.Serializable {
        private Share plus(final Share other) {
            return new Share(sum + other.sum, weight + other.weight);
        }
    }

    TaskSum(final Kind kind) {
        this.kind = kind;
    }

    /** The share of the present task: the sum of a number of things. */
    void give(final double sum, final long weight) {
        add(new Share(sum, weight));
    }

    @Override
    public void add(final Share share) {
        final TaskContext task = TaskContext.get();
        put((long) task.stageId() << Integer.SIZE | task.partitionId(), share);
    }

    synchronized void put(final long task, final Share share) {
        shares.put(task, share);
    }

    @Override
    public void merge(final AccumulatorV2<Share, Number> other) {
        final Map<Long, Share> later = ((TaskSum) other).shares();
        synchronized (this) {
            shares.putAll(later);
        }
    }

    private synchronized Map<Long, Share> shares() {
        return Map.copyOf(shares);
    }

    @Override
    public synchronized boolean isZero() {
        return shares.isEmpty();
    }

    @Override
    public synchronized void reset() {
        shares.clear();
    }

    @Override
    public AccumulatorV2<Share, Number> copy() {
        final TaskSum copy = new TaskSum(kind);
        copy.merge(this);
        return copy;
    }

    @Override
    public Number value() {
        final Share all = shares().values().stream().reduce(new Share(0, 0), Share::plus);
        return switch (kind) {
            case COUNT -> (long) all.sum;
            case SECONDS -> thousandths(all.sum);
            case MEAN -> all.weight == 0 ? Double.NaN : thousandths(all.sum / all.weight);
        };
    }

    private static double thousandths(final double value) {
        return Math.round(value * MS_PER_SECOND) / MS_PER_SECOND;
    }
}
