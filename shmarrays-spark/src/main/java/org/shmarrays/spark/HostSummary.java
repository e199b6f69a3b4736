package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.report.CounterJson;
import org.shmarrays.report.Machine;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.StatusSnapshot;

/**
 * What a host's segment has counted of a training, for the report: some kilobytes, however many arrays there are.
 *
 * @param executor Spark's id of it
 * @param json for the page
 */
@DefaultSerializer(JavaSerializer.class)
record HostSummary(String executor, LinkedHashMap<String, Object> json) implements Serializable {
    /** Those with the longest waits are told. */
    private static final int MOST_ARRAYS = 12;

    /** Of the time between two looks at a segment. */
    static HostSummary of(final String executor, final StatusSnapshot first, final StatusSnapshot last) {
        final StatusSnapshot.Change change = last.since(first);
        final List<Map<String, Object>> arrays = new ArrayList<>();
        change.arrays().stream()
                .sorted(Comparator.comparingLong(ArrayStatus::waitNs).reversed())
                .limit(MOST_ARRAYS)
                .forEach(array -> arrays.add(CounterJson.array(array)));
        final LinkedHashMap<String, Object> json = new LinkedHashMap<>();
        json.put("segment", last.segment());
        json.put("mappedBytes", last.mappedBytes());
        json.put("recoveries", change.lock().recoveries());
        json.put("arrays", arrays);
        json.put("omittedArrays", change.arrays().size() - arrays.size());
        json.put("staleness", CounterJson.buckets(change.total().staleness()));
        json.put("waits", CounterJson.buckets(change.lock().waits()));
        json.put("machine", Machine.describe());
        return new HostSummary(executor, json);
    }
}
