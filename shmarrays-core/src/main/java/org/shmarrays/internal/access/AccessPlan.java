package org.shmarrays.internal.access;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.RegionDescriptor;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.UndoSizes;
import org.shmarrays.layout.Mode;

/**
 * Which partitions a set of arrays and aliases touches, and for each of them, which of the targets. Immutable; made
 * once for calls that name the same arrays.
 */
public final class AccessPlan {
    private final Target[] targets;
    private final int[] partitions;
    private final int[] firstTarget;
    private final int[] targetsEnd;
    private final boolean hasOrdered;
    private final int[] lockFreeArrays;
    private final boolean isWhole;
    private final long lengthBytes;
    private final ArrayLayout[] arrays;
    private final long[] arrayBytes;
    private final Piece[][] pieces;
    private final Mode[] modes;
    private final int[] runEnd;

    /**
     * The part of a target that lies in one partition.
     *
     * @param t ordinal of the target in the plan
     * @param first element of the part, counted in the target's array
     * @param count number of elements
     * @param ordinal of the array's piece in the partition, among the pieces of the segment
     * @param undoBytes how many old bytes are saved at once before the part is changed, from its first one on: those of
     *     the parts behind it as well, if they are small; 0 if they were saved with a part before it; {@link #BY_BLOCK}
     */
    record Piece(int t, Target target, int first, int count, int ordinal, int undoBytes) {
        /** Old bytes are saved block by block. */
        static final int BY_BLOCK = -1;

        /** Offset of the part's first byte in the region's file. */
        int start() {
            return target.array().offset() + first * target.spec().elementType().sizeBytes();
        }

        private int end() {
            return start() + count * target.spec().elementType().sizeBytes();
        }

        private Piece withUndoBytes(final int bytes) {
            return new Piece(t, target, first, count, ordinal, bytes);
        }
    }

    private AccessPlan(final SegmentLayout layout, final Target[] sorted) {
        final TouchedPartitions touched = TouchedPartitions.of(layout.partitions(), sorted);
        this.targets = sorted;
        this.partitions = touched.partitions();
        this.firstTarget = touched.firstTarget();
        this.targetsEnd = touched.targetsEnd();
        this.hasOrdered =
                Arrays.stream(sorted).anyMatch(target -> target.spec().mode().takesTurns());
        this.lengthBytes = Arrays.stream(sorted).mapToLong(Target::lengthBytes).sum();
        final List<ArrayLayout> ofTargets = new ArrayList<>();
        final long[] bytes = new long[sorted.length];
        for (int t = 0; t < sorted.length; t++) {
            // Targets of one array are neighbours, because they are sorted by their place.
            if (t == 0 || sorted[t].array().index() != sorted[t - 1].array().index()) {
                ofTargets.add(sorted[t].array());
            }
            bytes[ofTargets.size() - 1] += sorted[t].lengthBytes();
        }
        this.arrays = ofTargets.toArray(new ArrayLayout[0]);
        this.arrayBytes = Arrays.copyOf(bytes, arrays.length);
        this.lockFreeArrays = ofTargets.stream()
                .filter(array -> !array.spec().mode().isLocked())
                .mapToInt(ArrayLayout::index)
                .toArray();
        this.isWhole = sorted.length == layout.arrays().size()
                && Arrays.stream(sorted)
                        .allMatch(target -> target.count() == target.spec().elementCount());
        this.pieces = new Piece[partitions.length][];
        this.modes = new Mode[partitions.length];
        for (int k = 0; k < partitions.length; k++) {
            pieces[k] = new Piece[targetsEnd[k] - firstTarget[k]];
            for (int i = 0; i < pieces[k].length; i++) {
                pieces[k][i] = piece(layout, partitions[k], firstTarget[k] + i);
            }
            joinForUndo(pieces[k]);
            modes[k] = sorted[firstTarget[k]].spec().mode(); // arrays of different modes share no partition
        }
        this.runEnd = runEnds();
    }

    private Piece piece(final SegmentLayout layout, final int index, final int t) {
        final PartitionLayout partition = layout.partitions().get(index);
        final Target target = targets[t];
        final int sizeBytes = target.spec().elementType().sizeBytes();
        final int start = Math.max(partition.offset(), target.start());
        final int end = Math.min(partition.end(), target.end());
        return new Piece(
                t,
                target,
                (start - target.array().offset()) / sizeBytes,
                (end - start) / sizeBytes,
                layout.piece(target.array(), index),
                Piece.BY_BLOCK);
    }

    /**
     * Small pieces with no more than padding between them are saved together, up to a block: an entry costs more than
     * its bytes.
     */
    private static void joinForUndo(final Piece[] pieces) {
        int next = 0;
        while (next < pieces.length) {
            final int first = next;
            final int start = pieces[first].start();
            int end = pieces[first].end();
            next++;
            while (next < pieces.length
                    && pieces[next].start() - end < RegionDescriptor.ARRAY_ALIGNMENT
                    && pieces[next].end() - start <= UndoSizes.BLOCK_LENGTH) {
                end = pieces[next].end();
                pieces[next] = pieces[next].withUndoBytes(0);
                next++;
            }
            if (end - start <= UndoSizes.BLOCK_LENGTH) {
                pieces[first] = pieces[first].withUndoBytes(end - start);
            }
        }
    }

    private int[] runEnds() {
        final int[] ends = new int[partitions.length];
        for (int k = partitions.length - 1; k >= 0; k--) {
            final boolean goesOn = k + 1 < partitions.length
                    && pieces[k].length == 1
                    && pieces[k + 1].length == 1
                    && pieces[k][0].target() == pieces[k + 1][0].target();
            ends[k] = goesOn ? ends[k + 1] : k + 1;
        }
        return ends;
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
                        + Printable.text(target.name()) + "; give one of them");
            }
        }
        return new AccessPlan(layout, sorted);
    }

    /** Sorted by their place in memory. */
    public Target[] targets() {
        return targets;
    }

    int partitionCount() {
        return partitions.length;
    }

    /** Ordinals in the segment of the plan's partitions. */
    int[] partitions() {
        return partitions;
    }

    /** Ordinal in the segment of the plan's {@code i}-th partition. */
    int partition(final int i) {
        return partitions[i];
    }

    /** The first target that touches the plan's {@code i}-th partition. */
    int firstTarget(final int i) {
        return firstTarget[i];
    }

    /** The index after the last target that touches the plan's {@code i}-th partition. */
    int targetsEnd(final int i) {
        return targetsEnd[i];
    }

    /** The mode of the arrays in the plan's {@code k}-th partition. */
    Mode mode(final int k) {
        return modes[k];
    }

    boolean hasOrdered() {
        return hasOrdered;
    }

    /** Whether the targets are the whole segment. */
    boolean isWhole() {
        return isWhole;
    }

    /** Bytes of the targets' values. */
    long lengthBytes() {
        return lengthBytes;
    }

    /** Number of arrays that the targets are, or are parts of. */
    int arrayCount() {
        return arrays.length;
    }

    /** The {@code i}-th of these arrays, in the order of the targets. */
    ArrayLayout array(final int i) {
        return arrays[i];
    }

    /** Bytes of the values of the targets in the {@code i}-th array. */
    long arrayBytes(final int i) {
        return arrayBytes[i];
    }

    /**
     * Ordinals of the arrays of the lock-free family, in the order of the targets. The array is shared: don't change
     * it.
     */
    int[] lockFreeArrays() {
        return lockFreeArrays;
    }

    /** The parts of targets that lie in the plan's {@code k}-th partition. The array is shared: don't change it. */
    Piece[] pieces(final int k) {
        return pieces[k];
    }

    /**
     * The index after the last of the partitions, from the {@code k}-th on, that each hold one piece of the same
     * target.
     */
    int runEnd(final int k) {
        return runEnd[k];
    }
}
