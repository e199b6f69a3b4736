package org.shmarrays.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.TornReadException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;

/**
 * What {@code inspect} shows of a segment.
 *
 * @param values of each row; empty if they were not to be read
 */
record Inspection(Segment segment, List<Row> rows, Map<Row, Values> values) {
    /** An array, or an alias in that array; {@code alias} is null for an array. */
    record Row(ArrayLayout array, AliasSpec alias) {
        String name() {
            return alias == null ? array.spec().name() : alias.name();
        }

        int[] shape() {
            return alias == null ? array.spec().shape() : alias.shape();
        }

        ArrayOrder order() {
            return alias == null ? array.spec().order() : alias.order();
        }

        long lengthBytes() {
            final ArraySpec spec = array.spec();
            return alias == null
                    ? spec.lengthBytes()
                    : (long) alias.elementCount() * spec.elementType().sizeBytes();
        }

        /** The shape, followed by 'f' in order F. */
        String shapeText() {
            return Arrays.toString(shape()) + (order() == ArrayOrder.F ? "f" : "");
        }
    }

    /** The statistics of a row's values, or why they could not be read. One of the two is null. */
    record Values(ValueStatistics statistics, String problem) {}

    /**
     * Reads a segment.
     *
     * @param wanted names of the arrays and aliases to show; none for all of them
     * @throws IllegalArgumentException if the segment has no array or alias of such a name
     */
    static Inspection of(final ShmArrays arrays, final List<String> wanted, final boolean withValues) {
        final List<Row> rows = rows(arrays, wanted);
        final Map<Row, Values> values = new LinkedHashMap<>();
        if (withValues) {
            rows.forEach(row -> values.put(row, read(arrays, row)));
        }
        return new Inspection(Doors.SEGMENT.of(arrays), rows, values);
    }

    private static List<Row> rows(final ShmArrays arrays, final List<String> wanted) {
        final List<Row> rows = new ArrayList<>();
        for (final ArrayLayout array : Doors.SEGMENT.of(arrays).layout().arrays()) {
            rows.add(new Row(array, null));
            array.spec().aliases().forEach(alias -> rows.add(new Row(array, alias)));
        }
        if (wanted.isEmpty()) {
            return rows;
        }
        final List<String> names = rows.stream().map(Row::name).toList();
        return wanted.stream()
                .map(word -> rows.stream()
                        .filter(row -> row.name().equals(word))
                        .findFirst()
                        .orElseThrow(
                                () -> new IllegalArgumentException("array not in segment: name=" + word + ", segment="
                                        + arrays.name() + ", arrays=" + names + Suggestion.didYouMean(word, names))))
                .toList();
    }

    private static Values read(final ShmArrays arrays, final Row row) {
        final ValueStatistics statistics =
                new ValueStatistics(row.array().spec().elementType());
        try {
            Doors.PIECES.of(arrays).<RuntimeException>read(row.name(), statistics::add);
            return new Values(statistics, null);
        } catch (final DamagedPartitionException | TornReadException e) {
            return new Values(null, e.getMessage());
        }
    }

    /** Why values could not be read, each reason once. */
    List<String> problems() {
        return values.values().stream()
                .map(Values::problem)
                .filter(problem -> problem != null)
                .distinct()
                .toList();
    }
}
