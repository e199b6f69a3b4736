package org.shmarrays.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonReader;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.layout.Rounding;

/**
 * What a checkpoint says beside the values, as JSON in its entry {@value #ENTRY}: see
 * {@code docs/format/checkpoint.md}.
 *
 * @param segment name of the segment that it was taken of
 * @param consistency name of a {@link Checkpoint.Consistency}
 * @param steps for each array
 */
record Metadata(String segment, String consistency, List<ArraySpec> specs, List<StepRuns> steps, SavedRun run) {
    /** The entry's name. */
    static final String ENTRY = "__shmarrays__";

    /** Name of {@link Checkpoint.Consistency#WHOLE_SEGMENT}. */
    private static final String WHOLE_SEGMENT = "WHOLE_SEGMENT";

    private static final String FORMAT = "shmarrays-checkpoint";
    private static final long VERSION = 3;
    private static final long OLDEST_VERSION = 1;

    /** Whether the values of all partitions are of one moment. */
    boolean isOfWholeSegment() {
        return consistency.equals(WHOLE_SEGMENT);
    }

    String toJson() {
        final List<Object> arrays = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            arrays.add(toMap(specs.get(i), steps.get(i)));
        }
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("format", FORMAT);
        map.put("version", VERSION);
        map.put("segment", segment);
        map.put("consistency", consistency);
        map.put("run", run.toMap());
        map.put("arrays", arrays);
        return JsonText.write(map);
    }

    private static Map<String, Object> toMap(final ArraySpec spec, final StepRuns steps) {
        final List<Object> aliases = new ArrayList<>();
        for (final AliasSpec alias : spec.aliases()) {
            final Map<String, Object> map = new LinkedHashMap<>();
            map.put("name", alias.name());
            map.put("elementOffset", alias.elementOffset());
            map.put("order", alias.order().name());
            map.put("shape", boxed(alias.shape()));
            aliases.add(map);
        }
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", spec.name());
        map.put("type", spec.elementType().name());
        map.put("shape", boxed(spec.shape()));
        map.put("order", spec.order().name());
        map.put("mode", spec.mode().name());
        map.put("stateCount", spec.stateCount());
        map.put("rounding", spec.rounding().name());
        if (spec.rounding().isStochastic()) {
            map.put("roundingSeed", spec.rounding().seed());
        }
        map.put("steps", steps.runs());
        map.put("aliases", aliases);
        return map;
    }

    private static List<Integer> boxed(final int[] shape) {
        return Arrays.stream(shape).boxed().toList();
    }

    /**
     * Reads it back.
     *
     * @throws IllegalArgumentException if it is no metadata of this version
     */
    static Metadata ofJson(final String json) {
        try {
            final Map<?, ?> map = (Map<?, ?>) JsonReader.read(json);
            if (!FORMAT.equals(map.get("format"))
                    || !(map.get("version") instanceof Long version)
                    || version < OLDEST_VERSION
                    || version > VERSION) {
                throw new IllegalArgumentException("unknown format: format="
                        + Printable.text(String.valueOf(map.get("format"))) + ", version="
                        + Printable.text(String.valueOf(map.get("version"))) + "; this program reads " + FORMAT
                        + " versions " + OLDEST_VERSION + " to "
                        + VERSION);
            }
            final List<ArraySpec> specs = new ArrayList<>();
            final List<StepRuns> steps = new ArrayList<>();
            for (final Object element : (List<?>) map.get("arrays")) {
                final Map<?, ?> array = (Map<?, ?>) element;
                specs.add(spec(array));
                steps.add(steps((List<?>) array.get("steps")));
            }
            Partitioner.checkNames(specs);
            return new Metadata(
                    Names.checkSegmentName((String) map.get("segment")),
                    (String) map.get("consistency"),
                    List.copyOf(specs),
                    List.copyOf(steps),
                    SavedRun.of((Map<?, ?>) map.get("run"), version));
        } catch (final ClassCastException | NullPointerException | ArithmeticException e) {
            throw new IllegalArgumentException("a value of the metadata is missing or has the wrong type: " + e, e);
        }
    }

    private static ArraySpec spec(final Map<?, ?> map) {
        final List<AliasSpec> aliases = new ArrayList<>();
        for (final Object element : (List<?>) map.get("aliases")) {
            final Map<?, ?> alias = (Map<?, ?>) element;
            aliases.add(new AliasSpec(
                    (String) alias.get("name"),
                    Math.toIntExact((Long) alias.get("elementOffset")),
                    ArrayOrder.valueOf((String) alias.get("order")),
                    shape((List<?>) alias.get("shape"))));
        }
        return ArraySpec.of((String) map.get("name"), ElementType.valueOf((String) map.get("type")), shape((List<?>)
                        map.get("shape")))
                .inOrder(ArrayOrder.valueOf((String) map.get("order")))
                .inMode(Mode.valueOf((String) map.get("mode")))
                .withState(Math.toIntExact((Long) map.get("stateCount")))
                .withRounding(rounding(map))
                .withAliases(aliases);
    }

    /** Version 1 has none, and rounded to nearest. */
    private static Rounding rounding(final Map<?, ?> map) {
        final String name = map.containsKey("rounding") ? (String) map.get("rounding") : Rounding.NEAREST.name();
        if (name.equals(Rounding.NEAREST.name())) {
            return Rounding.NEAREST;
        }
        final Rounding stochastic = Rounding.stochastic((Long) map.get("roundingSeed"));
        if (!name.equals(stochastic.name())) {
            throw new IllegalArgumentException("unknown rounding: " + Printable.text(name));
        }
        return stochastic;
    }

    private static int[] shape(final List<?> dimensions) {
        return dimensions.stream()
                .mapToInt(dimension -> Math.toIntExact((Long) dimension))
                .toArray();
    }

    private static StepRuns steps(final List<?> runs) {
        final StepRuns steps = StepRuns.empty();
        long before = -1;
        for (final Object element : runs) {
            final List<?> run = (List<?>) element;
            if (run.size() != 2) {
                throw new IllegalArgumentException("a run of steps must be a first element and a count: " + run);
            }
            final int first = Math.toIntExact((Long) run.get(0));
            if (before < 0 ? first != 0 : first <= before) {
                throw new IllegalArgumentException(
                        "runs of steps must begin with element 0 and ascend: first=" + first + ", before=" + before);
            }
            steps.add(first, (Long) run.get(1));
            before = first;
        }
        return steps;
    }
}
