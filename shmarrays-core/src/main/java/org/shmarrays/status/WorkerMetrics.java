package org.shmarrays.status;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;

/**
 * What a worker measures itself of its lock waits and hold times, as timers with exact percentiles (HdrHistogram, two
 * digits), where {@link SegmentMetrics}, which any process may bind, knows them to a factor of two:
 *
 * <pre>{@code
 * WorkerMetrics metrics = new WorkerMetrics("mnist", worker.rank());
 * metrics.bindTo(registry);
 * arrays.observeLocks(metrics);
 * }</pre>
 *
 * <ul>
 *   <li>{@code shmarrays.handle.lock.wait}: waits of the handle that ended with the lock;
 *   <li>{@code shmarrays.handle.lock.hold}: one hold in about 64.
 * </ul>
 *
 * <p>Both are tagged with {@code segment} and {@code worker}. For one handle, and one registry, which may be a
 * composite.
 */
public final class WorkerMetrics implements MeterBinder {
    private static final double[] PERCENTILES = {0.5, 0.9, 0.99};
    private static final int DIGITS = 2;

    private final Tags tags;
    private volatile Timer waits;
    private volatile Timer holds;

    /**
     * Of a worker.
     *
     * @param segment name of the segment
     * @param rank of the worker
     */
    public WorkerMetrics(final String segment, final int rank) {
        this.tags = Tags.of("segment", segment, "worker", Integer.toString(rank));
    }

    @Override
    public void bindTo(final MeterRegistry registry) {
        waits = timer(registry, "shmarrays.handle.lock.wait", "Waits of this handle for locks");
        holds = timer(registry, "shmarrays.handle.lock.hold", "Sampled holds of this handle's locks");
    }

    private Timer timer(final MeterRegistry registry, final String name, final String description) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .publishPercentiles(PERCENTILES)
                .percentilePrecision(DIGITS)
                .register(registry);
    }

    /** Records a wait of the handle that ended with the lock. */
    public void waited(final long waitNs) {
        record(waits, waitNs);
    }

    /** Records a hold. */
    public void held(final long heldNs) {
        record(holds, heldNs);
    }

    private static void record(final Timer timer, final long timeNs) {
        if (timer != null) {
            timer.record(timeNs, TimeUnit.NANOSECONDS);
        }
    }
}
