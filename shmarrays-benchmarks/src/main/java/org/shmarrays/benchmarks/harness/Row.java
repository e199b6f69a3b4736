package org.shmarrays.benchmarks.harness;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** One line of a benchmark's result: named fields in an order. */
public final class Row {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private Row(final String bench) {
        with("bench", bench);
    }

    /** A row of the benchmark of this name. */
    public static Row of(final String bench) {
        return new Row(bench);
    }

    /** Adds a field; a number that is none (NaN, infinite) becomes null. Returns this. */
    public Row with(final String field, final Object value) {
        final boolean isNone = value instanceof Double number && !Double.isFinite(number);
        fields.put(field, isNone ? null : value);
        return this;
    }

    /** Adds the median as {@code field}, and the spread as {@code field}Min and {@code field}Max. Returns this. */
    public Row with(final String field, final Summary summary) {
        return with(field, summary.median()).with(field + "Min", summary.min()).with(field + "Max", summary.max());
    }

    public Object get(final String field) {
        return fields.get(field);
    }

    /** The fields, in order. */
    public Map<String, Object> fields() {
        return Collections.unmodifiableMap(fields);
    }
}
