package org.shmarrays.status;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;

/**
 * The counters of a segment as meters, tagged with {@code segment} and {@code array}:
 *
 * <ul>
 *   <li>{@code shmarrays.updates}: pushes to the array, by all workers;
 *   <li>{@code shmarrays.reads}: reads of the array by handles that have a slot;
 *   <li>{@code shmarrays.lock.acquisitions}: of the array's partitions, in the locked modes, as all that follow;
 *   <li>{@code shmarrays.lock.contended}: those that had to wait;
 *   <li>{@code shmarrays.lock.wait}: a timer of the waits;
 *   <li>{@code shmarrays.lock.wait.max}: the longest wait since the segment's creation;
 *   <li>{@code shmarrays.recoveries}: partitions repaired after the death of a lock's holder.
 * </ul>
 *
 * <p>Any process may bind them; the number of meters grows with the arrays, not with the partitions.
 */
public final class SegmentMetrics implements MeterBinder {
    private final SegmentStatus status;

    public SegmentMetrics(final SegmentStatus status) {
        this.status = status;
    }

    @Override
    public void bindTo(final MeterRegistry registry) {
        for (final String array : status.arrayNames()) {
            final Tags tags = Tags.of("segment", status.name(), "array", array);
            FunctionCounter.builder(
                            "shmarrays.updates",
                            status,
                            s -> status.array(array).updates())
                    .description("Pushes to the array")
                    .tags(tags)
                    .register(registry);
            FunctionCounter.builder(
                            "shmarrays.reads", status, s -> status.array(array).reads())
                    .description("Reads of the array")
                    .tags(tags)
                    .register(registry);
            if (status.isLocked(array)) {
                bindLock(registry, array, tags);
            }
        }
    }

    private void bindLock(final MeterRegistry registry, final String array, final Tags tags) {
        FunctionCounter.builder(
                        "shmarrays.lock.acquisitions",
                        status,
                        s -> status.array(array).acquisitions())
                .description("Acquisitions of the locks of the array's partitions")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(
                        "shmarrays.lock.contended",
                        status,
                        s -> status.array(array).contended())
                .description("Acquisitions that had to wait")
                .tags(tags)
                .register(registry);
        FunctionTimer.builder(
                        "shmarrays.lock.wait",
                        status,
                        s -> status.array(array).contended(),
                        s -> status.array(array).waitNs(),
                        TimeUnit.NANOSECONDS)
                .description("Waits for the locks of the array's partitions")
                .tags(tags)
                .register(registry);
        TimeGauge.builder("shmarrays.lock.wait.max", () -> status.array(array).maxWaitNs(), TimeUnit.NANOSECONDS)
                .description("The longest wait for a lock of the array's partitions")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(
                        "shmarrays.recoveries", status, s -> status.array(array).recoveries())
                .description("Partitions repaired after the death of a lock's holder")
                .tags(tags)
                .register(registry);
    }
}
