package org.shmarrays.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.Log2Histogram;

/** Counters as the data of {@linkplain ChartPage pages}. */
public final class CounterJson {
    private static final double NS_PER_SECOND = 1e9;

    private CounterJson() {}

    /** An array: its updates and its locks, times in ns where the name ends so. */
    public static Map<String, Object> array(final ArrayStatus array) {
        final LockStatus lock = array.lock();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", array.name());
        json.put("mode", array.spec().mode().name().toLowerCase(Locale.ROOT));
        json.put("isLocked", array.spec().mode().isLocked());
        json.put("partitions", array.partitionCount());
        json.put("updates", array.updates());
        json.put("acquisitions", lock.acquisitions());
        json.put("contended", lock.contended());
        json.put("contention", lock.contentionRatio());
        json.put("waitSeconds", lock.waits().sum() / NS_PER_SECOND);
        final boolean hasWaits = !lock.waits().isEmpty();
        json.put("p50WaitNs", hasWaits ? lock.waits().percentile(50) : null);
        json.put("p99WaitNs", hasWaits ? lock.waits().percentile(99) : null);
        json.put("maxWaitNs", hasWaits ? lock.waits().max() : null);
        json.put("recoveries", lock.recoveries());
        return json;
    }

    /** The greatest value of each bucket up to the last that has one, and how many values fell into it. */
    public static List<List<Long>> buckets(final Log2Histogram histogram) {
        final ToLongFunction<Integer> greatest =
                bucket -> Math.min(histogram.greatest(bucket), Math.max(1, histogram.max()) * 2);
        final List<List<Long>> buckets = new ArrayList<>();
        final long count = histogram.count();
        for (int bucket = 0; bucket < histogram.buckets() && count > 0; bucket++) {
            buckets.add(List.of(greatest.applyAsLong(bucket), histogram.count(bucket)));
            if (histogram.countUpTo(bucket) == count) {
                break;
            }
        }
        return buckets;
    }

    /** An event. */
    public static Map<String, Object> event(final RunEvent event) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("seconds", event.seconds());
        json.put("text", event.text());
        json.put("isBad", event.isBad());
        return json;
    }
}
