package org.shmarrays.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.RunControl;
import org.shmarrays.cli.Inspection.Row;
import org.shmarrays.cli.Inspection.Values;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.layout.ArraySpec;

/** An {@link Inspection} as JSON. */
final class InspectionJson {
    private InspectionJson() {}

    static Map<String, Object> of(final Inspection inspection) {
        final Segment segment = inspection.segment();
        final Occupancy occupancy = Occupancy.of(segment);
        final RunControl control = Doors.RUN_CONTROL.of(segment);
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", segment.name());
        json.put("createdMs", segment.createdMs());
        json.put("creatorPid", segment.creatorPid());
        json.put("creator", ListCommand.creator(occupancy.creator()));
        json.put("workersAlive", occupancy.liveWorkers());
        json.put("workersClaimed", occupancy.workers());
        json.put("othersAlive", occupancy.liveOthers());
        json.put("slots", segment.layout().slotCount());
        json.put("partitions", segment.layout().partitions().size());
        json.put("dataBytes", segment.layout().dataLengthBytes());
        json.put("steps", control.globalStep());
        json.put("samples", control.samples());
        json.put("epoch", control.epoch());
        json.put("endedPasses", control.samplesOfEpoch() > 0 ? null : control.endedPasses());
        json.put("samplesOfEpoch", control.samplesOfEpoch() > 0 ? control.samplesOfEpoch() : null);
        json.put("learningRate", Doors.STATUS.of(segment).snapshot().learningRate());
        json.put("setLearningRate", control.learningRate() == 0 ? null : control.learningRate());
        json.put("stop", control.isStopped());
        json.put(
                "arrays",
                inspection.rows().stream()
                        .map(row -> json(row, inspection.values().get(row)))
                        .toList());
        return json;
    }

    private static Map<String, Object> json(final Row row, final Values values) {
        final ArraySpec array = row.array().spec();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", row.name());
        if (row.alias() != null) {
            json.put("aliasOf", array.name());
            json.put("elementOffset", row.alias().elementOffset());
        }
        json.put("type", array.elementType().name().toLowerCase(Locale.ROOT));
        json.put("shape", Arrays.stream(row.shape()).boxed().toList());
        json.put("order", row.order().name());
        json.put("mode", array.mode().name().toLowerCase(Locale.ROOT));
        json.put("sizeBytes", row.lengthBytes());
        if (row.alias() == null) {
            json.put("partitions", row.array().partitionCount());
            json.put("stateArrays", array.stateCount());
            json.put("rounding", array.rounding().name().toLowerCase(Locale.ROOT));
            if (array.rounding().isStochastic()) {
                json.put("roundingSeed", array.rounding().seed());
            }
        }
        if (values != null && values.statistics() == null) {
            json.put("problem", values.problem());
        } else if (values != null) {
            json.put("values", json(values.statistics()));
        }
        return json;
    }

    private static Map<String, Object> json(final ValueStatistics found) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("min", found.min());
        json.put("max", found.max());
        json.put("mean", found.mean());
        json.put("norm", found.norm());
        json.put("nan", found.nanCount());
        json.put("infinite", found.infinityCount());
        json.put("zero", found.zeroCount());
        json.put(
                "histogram",
                found.histogram().bins().stream()
                        .map(bin -> {
                            final Map<String, Object> entry = new LinkedHashMap<>();
                            entry.put("from", bin.from());
                            entry.put("to", bin.to());
                            entry.put("count", bin.count());
                            return entry;
                        })
                        .toList());
        return json;
    }
}
