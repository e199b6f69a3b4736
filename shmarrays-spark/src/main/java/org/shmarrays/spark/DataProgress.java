package org.shmarrays.spark;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which batches of an epoch are trained: enough to divide the same data in the same way.
 *
 * @param seed of the order
 * @param batches of an epoch
 * @param epoch passes that are complete, of this training
 * @param consumed how many batches each host has trained on, by division: the first one is of all batches, a further
 *     one of what was left when the number of hosts changed. Empty if none was made in this epoch
 */
record DataProgress(long seed, long batches, long epoch, List<List<Long>> consumed) implements Serializable {
    /** Batches of the epoch that are trained. */
    long trained() {
        return consumed.stream()
                .flatMap(List::stream)
                .mapToLong(Long::longValue)
                .sum();
    }

    Map<String, Object> toMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("seed", seed);
        map.put("batches", batches);
        map.put("epoch", epoch);
        map.put("consumed", consumed);
        return map;
    }

    /**
     * Reads it back.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    static DataProgress of(final Map<?, ?> map) {
        final List<List<Long>> consumed = ((List<?>) map.get("consumed"))
                .stream()
                        .map(division -> ((List<?>) division)
                                .stream().map(Long.class::cast).toList())
                        .toList();
        final DataProgress progress =
                new DataProgress((Long) map.get("seed"), (Long) map.get("batches"), (Long) map.get("epoch"), consumed);
        final boolean isNegative =
                progress.epoch < 0 || consumed.stream().flatMap(List::stream).anyMatch(count -> count < 0);
        // A further division has another number of hosts.
        final boolean isRepeated = IntStream.range(1, consumed.size())
                .anyMatch(i -> consumed.get(i).size() == consumed.get(i - 1).size());
        if (isNegative
                || isRepeated
                || progress.trained() > progress.batches
                || consumed.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("the counts of the batches don't agree: " + progress);
        }
        return progress;
    }
}
