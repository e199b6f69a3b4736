package org.shmarrays.randomkill;

import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;

/**
 * A private copy of a partition: values, state arrays and step counts. It tells whether these belong to one state,
 * one that whole updates lead to, and how many pushes of each rank are in it. For one thread.
 */
final class PartitionImage {
    private final Segment segment;
    private final PartitionLayout partition;
    private final ArrayLayout[] arrays;
    private final long[][] files;
    private final long[] steps;

    PartitionImage(final Segment segment, final PartitionLayout partition) {
        final SegmentLayout layout = segment.layout();
        final int[] indexes = layout.arraysOf(partition.index());
        this.segment = segment;
        this.partition = partition;
        this.arrays = new ArrayLayout[indexes.length];
        for (int i = 0; i < indexes.length; i++) {
            arrays[i] = layout.arrays().get(indexes[i]);
        }
        final int fileCount = 1 + layout.regions().get(partition.region()).stateCount();
        this.files = new long[fileCount][partition.lengthBytes() / Long.BYTES];
        this.steps = new long[indexes.length];
    }

    /** Copies what is in memory now; whoever calls it sees to it that this is one state. */
    void copy() {
        for (int file = 0; file < files.length; file++) {
            segment.file(partition.region(), file).longs().get(partition.offset() / Long.BYTES, files[file]);
        }
        for (int i = 0; i < arrays.length; i++) {
            final int piece = segment.layout().piece(arrays[i], partition.index());
            steps[i] = segment.steps().stepsAcquire(piece);
        }
    }

    /** The index of the partition. */
    int partition() {
        return partition.index();
    }

    Account account() {
        return Account.of(arrays[0].spec());
    }

    /** Number of pushes of a rank that are in the partition. */
    long pushes(final int rank) {
        final int element = start(0) + rank;
        return account() == Account.SUM ? files[0][element] : (long) number(1, element);
    }

    /** What is wrong with it, or null. */
    String fault() {
        for (int i = 0; i < arrays.length; i++) {
            final String fault = fault(i);
            if (fault != null) {
                return "partition " + partition.index() + ", array "
                        + arrays[i].spec().name() + ": " + fault;
            }
        }
        return null;
    }

    private String fault(final int i) {
        if (account() == Account.SUM) {
            return unevenElement(i, 0);
        }
        // What is counted in the first array of the partition holds for all of them: a push goes to all.
        long pushes = 0;
        for (int rank = 0; rank < Account.RANKS; rank++) {
            pushes += pushes(rank);
        }
        if (steps[i] != pushes) {
            return "step count " + steps[i] + ", but pushes in the first state array " + pushes;
        }
        for (int file = 0; file < files.length; file++) {
            final String fault = unevenElement(i, file);
            if (fault != null) {
                return fault;
            }
        }
        return account() == Account.MOMENTS ? wrongMoment(steps[i]) : null;
    }

    private String wrongMoment(final long step) {
        for (int file = 0; file < files.length; file++) {
            final double expected = file == 0 ? step * (step + 1) / 2.0 : step;
            for (int rank = 0; file != 1 && rank < Account.RANKS; rank++) {
                if (number(file, rank) != expected) {
                    return "step count " + step + ", but file " + file + " has " + number(file, rank) + ", expected "
                            + expected;
                }
            }
        }
        return null;
    }

    /** All elements of a rank are equal, in all arrays of the partition. */
    private String unevenElement(final int i, final int file) {
        final long[] elements = files[file];
        final int start = start(i);
        final int end = (SegmentLayout.pieceEnd(arrays[i], partition) - partition.offset()) / Long.BYTES;
        for (int element = start; element < end; element++) {
            final long expected = elements[start(0) + (element - start) % Account.RANKS];
            if (elements[element] != expected) {
                return "file " + file + ", element " + (element - start) + " is " + Long.toHexString(elements[element])
                        + ", others of that rank are " + Long.toHexString(expected);
            }
        }
        return null;
    }

    private int start(final int i) {
        return (SegmentLayout.pieceStart(arrays[i], partition) - partition.offset()) / Long.BYTES;
    }

    private double number(final int file, final int element) {
        return Double.longBitsToDouble(files[file][element]);
    }
}
