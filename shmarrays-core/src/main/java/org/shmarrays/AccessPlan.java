package org.shmarrays;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import org.shmarrays.layout.PartitionLayout;
import org.shmarrays.layout.SegmentLayout;

/**
 * Which partitions a set of arrays and aliases touches, and for each of them, which of the targets. Immutable; made once
 * for calls that name the same arrays.
 */
final class AccessPlan {
    private final SegmentLayout layout;
    private final Target[] targets;
    private final int[] partitions;
    private final int[] firstTarget;
    private final int[] targetsEnd;
    private final boolean hasOrdered;

    private AccessPlan(final SegmentLayout layout, final Target[] sorted) {
        this.layout = layout;
        this.targets = sorted;
        final int count = layout.partitions().size();
        final int[] first = new int[count];
        final int[] end = new int[count];
        Arrays.fill(first, -1);
        for (int t = 0; t < sorted.length; t++) {
            final Target target = sorted[t];
            for (int p = target.array().firstPartition(); p < target.array().partitionsEnd(); p++) {
                final PartitionLayout partition = layout.partitions().get(p);
                if (partition.end() > target.start() && partition.offset() < target.end()) {
                    first[p] = first[p] < 0 ? t : first[p];
                    end[p] = t + 1;
                }
            }
        }
        this.partitions = java.util.stream.IntStream.range(0, count)
                .filter(p -> first[p] >= 0)
                .toArray();
        this.firstTarget = Arrays.stream(partitions).map(p -> first[p]).toArray();
        this.targetsEnd = Arrays.stream(partitions).map(p -> end[p]).toArray();
        this.hasOrdered =
                Arrays.stream(sorted).anyMatch(target -> target.spec().mode() == org.shmarrays.layout.Mode.ORDERED);
    }

    /**
     * Plans the access to some targets.
     *
     * @throws IllegalArgumentException if two of them overlap
     */
    static AccessPlan of(final SegmentLayout layout, final Collection<Target> targets) {
        final Target[] sorted = targets.toArray(new Target[0]);
        Arrays.sort(
                sorted, Comparator.<Target>comparingInt(t -> t.array().region()).thenComparingInt(Target::start));
        for (int t = 1; t < sorted.length; t++) {
            final Target before = sorted[t - 1];
            final Target target = sorted[t];
            if (before.array().region() == target.array().region() && before.end() > target.start()) {
                throw new IllegalArgumentException("two names overlap in memory: " + before.name() + " and "
                        + target.name() + "; give one of them");
            }
        }
        return new AccessPlan(layout, sorted);
    }

    /** Sorted by their place in memory. */
    Target[] targets() {
        return targets;
    }

    int partitionCount() {
        return partitions.length;
    }

    /** Ordinal in the segment of the plan's {@code i}-th partition. */
    int partition(final int i) {
        return partitions[i];
    }

    /** The first target that touches the plan's {@code i}-th partition. */
    int firstTarget(final int i) {
        return firstTarget[i];
    }

    /** One behind the last target that touches the plan's {@code i}-th partition. */
    int targetsEnd(final int i) {
        return targetsEnd[i];
    }

    boolean hasOrdered() {
        return hasOrdered;
    }

    /** First element of a target's piece in the plan's {@code i}-th partition, counted in its array. */
    int pieceFirst(final int i, final Target target) {
        final PartitionLayout partition = layout.partitions().get(partitions[i]);
        final int start = Math.max(partition.offset(), target.start());
        return (start - target.array().offset()) / target.spec().elementType().sizeBytes();
    }

    /** Number of elements of a target's piece in the plan's {@code i}-th partition. */
    int pieceCount(final int i, final Target target) {
        final PartitionLayout partition = layout.partitions().get(partitions[i]);
        final int start = Math.max(partition.offset(), target.start());
        final int end = Math.min(partition.end(), target.end());
        return (end - start) / target.spec().elementType().sizeBytes();
    }

    /** Ordinal of the target's piece in the plan's {@code i}-th partition, among the pieces of the segment. */
    int piece(final int i, final Target target) {
        return layout.piece(target.array(), partitions[i]);
    }
}
