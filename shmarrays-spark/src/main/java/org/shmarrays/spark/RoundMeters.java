package org.shmarrays.spark;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.function.Supplier;

/**
 * What this process has counted of its trainings since it began, for Spark's metrics. Counts go up when an interval or
 * a round ends. For any thread.
 */
final class RoundMeters {
    /** Of a driver: rounds that ended, of all hosts. */
    static final RoundMeters OF_DRIVER = new RoundMeters();

    /** Of an executor: intervals of its own, those of lost rounds included. */
    static final RoundMeters OF_EXECUTOR = new RoundMeters();

    private TrainingCounts total = TrainingCounts.ZERO;
    private TrainingCounts last = TrainingCounts.ZERO;
    private long rounds;
    private long lostIntervals;
    private int members;

    /** A round, or a host's interval, has ended. */
    synchronized void ended(final TrainingCounts counts) {
        last = counts;
        total = total.plus(counts);
        rounds++;
    }

    /** An interval was lost. */
    synchronized void lost() {
        lostIntervals++;
    }

    /** Sets how many hosts of the driver, or workers of the executor, train now. */
    synchronized void members(final int number) {
        members = number;
    }

    /** Gauges of a driver. */
    void registerTraining(final MetricRegistry registry) {
        register(registry, "training");
        gauge(registry, "training.hosts", () -> members);
        gauge(registry, "training.lostIntervals", () -> lostIntervals);
    }

    /** Gauges of an executor. */
    void registerHost(final MetricRegistry registry) {
        register(registry, "host");
        gauge(registry, "host.workers", () -> members);
    }

    private void register(final MetricRegistry registry, final String prefix) {
        gauge(registry, prefix + ".rounds", () -> rounds);
        gauge(registry, prefix + ".steps", () -> total.steps());
        gauge(registry, prefix + ".samples", () -> total.samples());
        gauge(registry, prefix + ".loss", () -> last.loss());
        gauge(registry, prefix + ".staleness", () -> last.staleness());
        gauge(registry, prefix + ".lockWaits", () -> total.lockWaits());
        gauge(registry, prefix + ".lockWaitSeconds", () -> total.lockWaitSeconds());
        gauge(registry, prefix + ".trainSeconds", () -> total.trainSeconds());
        gauge(registry, prefix + ".exchangeSeconds", () -> total.exchangeSeconds());
        gauge(registry, prefix + ".remoteBytes", () -> total.remoteBytes());
    }

    private void gauge(final MetricRegistry registry, final String name, final Supplier<Number> value) {
        final Gauge<Number> gauge = () -> {
            synchronized (this) {
                return value.get();
            }
        };
        registry.register(name, gauge);
    }
}
