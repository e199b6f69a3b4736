package org.shmarrays.spark;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import org.shmarrays.ChunkPush;
import org.shmarrays.ShmArrays;
import scala.Tuple2;

/**
 * The exchanged arrays of a host's segment, and what they were when the host last looked. For the thread of the handle.
 */
final class HostValues {
    /** Of a host that has no version of the common parameters, or not all of it. */
    private static final long NO_VERSION = -1;

    private final ChunkTable table;
    private final ShmArrays arrays;
    private final ChunkPush[] pushes;

    /**
     * What the host has sent last: values that other processes have pushed since differ from these. Of sparse arrays it
     * is what the host has taken over, from the takeover to the next look.
     */
    private final Object[] sent;

    private final Object[] centre;

    /** Of {@code centre}. */
    private long version = NO_VERSION;

    /** Rows of each sparse array that changed between takeover and look; null for a dense array. */
    private final BitSet[] changed;

    /** False from the begin of a takeover to the next look: {@code sent} is out of date then. */
    private boolean isLookedAt;

    HostValues(final ChunkTable table, final ShmArrays arrays) {
        this.table = table;
        this.arrays = arrays;
        this.sent = table.newCarriers();
        this.centre = table.newCarriers();
        this.pushes = new ChunkPush[table.arrayCount()];
        this.changed = new BitSet[table.arrayCount()];
        for (int array = 0; array < pushes.length; array++) {
            pushes[array] = arrays.array(table.name(array)).chunkPush();
            changed[array] = table.isSparse(array) ? new BitSet() : null;
        }
        look();
    }

    /**
     * Receives the common parameters; for any thread, while the handle's thread uses none of these calls.
     *
     * @throws StaleHostException if the host lacks the version that the rows belong to
     * @throws IllegalStateException if a chunk is missing, or of another table
     */
    void receive(final CentreCopy copy, final Iterator<Tuple2<Integer, ChunkRows>> chunks) {
        if (!copy.completes(version)) {
            throw new StaleHostException(
                    "the host was sent the rows that changed in the last round, and does not have the"
                            + " parameters before it: version=" + version + ", sent=" + copy.version());
        }
        version = NO_VERSION;
        final BitSet taken = new BitSet(table.chunkCount());
        while (chunks.hasNext()) {
            final Tuple2<Integer, ChunkRows> chunk = chunks.next();
            table.copyInto(centre, chunk._1(), chunk._2());
            if (chunk._2().isWhole() || !copy.isWhole()) {
                taken.set(chunk._1());
            }
        }
        if (taken.cardinality() != table.chunkCount()) {
            throw new IllegalStateException("chunks of the parameters are missing: received=" + taken.cardinality()
                    + ", expected=" + table.chunkCount());
        }
        version = copy.version();
    }

    /** Version of the common parameters that was received last. */
    long version() {
        return version;
    }

    /**
     * Takes over what was received. A value that another process pushed since the last look keeps its change. If the
     * last interval was broken off before its look, nothing of it is kept.
     */
    void takeOver() {
        if (!isLookedAt) {
            look();
        }
        isLookedAt = false;
        for (int array = 0; array < pushes.length; array++) {
            push(array);
        }
    }

    private void push(final int array) {
        final ChunkPush push = pushes[array];
        final Object from = centre[array];
        final Object known = sent[array];
        push.run((chunk, first, count) -> {
            final Object values = table.newCarrier(array, count);
            push.load(chunk, values, 0);
            if (values instanceof double[] doubles) {
                takeOver(doubles, (double[]) known, (double[]) from, first);
            } else {
                takeOver((float[]) values, (float[]) known, (float[]) from, first);
            }
            if (table.isSparse(array)) { // rows that a process has pushed to must differ from it at the next look
                push.store(chunk, from, first);
                push.load(chunk, known, first);
            }
            push.store(chunk, values, 0);
        });
    }

    private static void takeOver(final float[] values, final float[] known, final float[] from, final int first) {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] == known[first + i] || !Float.isFinite(values[i])
                    ? from[first + i]
                    : values[i] + (from[first + i] - known[first + i]);
        }
    }

    private static void takeOver(final double[] values, final double[] known, final double[] from, final int first) {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] == known[first + i] || !Double.isFinite(values[i])
                    ? from[first + i]
                    : values[i] + (from[first + i] - known[first + i]);
        }
    }

    /** Reads the values that {@link #rows} gives. */
    void look() {
        for (int array = 0; array < pushes.length; array++) {
            if (table.isSparse(array)) {
                lookForChanges(array);
            } else {
                arrays.array(table.name(array)).readInto(sent[array]);
            }
        }
        isLookedAt = true;
    }

    private void lookForChanges(final int array) {
        final ChunkPush push = pushes[array];
        final int rowLength = table.sparseRowLength(array);
        final BitSet rows = changed[array];
        rows.clear();
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            final int first = push.first(chunk);
            final int count = push.elementCount(chunk);
            final Object values = table.newCarrier(array, count);
            push.load(chunk, values, 0);
            int index = firstDifference(values, 0, sent[array], first);
            while (index >= 0) {
                final int row = (first + index) / rowLength;
                rows.set(row);
                index = firstDifference(values, Math.min(count, (row + 1) * rowLength - first), sent[array], first);
            }
            System.arraycopy(values, 0, sent[array], first, count);
        }
    }

    /**
     * The first index whose value differs, or -1. Zeros of different signs differ.
     *
     * @param from where to begin in {@code values}
     * @param known has value 0 of {@code values} at {@code first}
     */
    private static int firstDifference(final Object values, final int from, final Object known, final int first) {
        final int count = Array.getLength(values);
        final int difference = values instanceof double[] doubles
                ? Arrays.mismatch(doubles, from, count, (double[]) known, first + from, first + count)
                : Arrays.mismatch((float[]) values, from, count, (float[]) known, first + from, first + count);
        return difference < 0 ? -1 : from + difference;
    }

    /**
     * Throws if a value is not finite: it would spoil those of all hosts.
     *
     * @throws IllegalStateException naming array and element
     */
    void checkFinite() {
        for (int chunk = 0; chunk < table.chunkCount(); chunk++) {
            final int index = table.values(sent, chunk).firstNonFinite();
            if (index >= 0) {
                throw new IllegalStateException("a parameter is no longer finite: array="
                        + table.name(table.array(chunk)) + ", element=" + (table.first(chunk) + index)
                        + "; lower the learning rate, or clip gradients");
            }
        }
    }

    /** A copy of a chunk as of the last look: all of a dense array, and the changed rows of a sparse one. */
    ChunkRows rows(final int chunk) {
        final int array = table.array(chunk);
        final int rowLength = table.rowLength(chunk);
        if (!table.isSparse(array)) {
            return ChunkRows.whole(rowLength, table.values(sent, chunk));
        }
        final int first = table.first(chunk) / rowLength;
        final int rowCount = table.count(chunk) / rowLength;
        final BitSet inChunk = changed[array].get(first, first + rowCount);
        final int[] rows = inChunk.stream().toArray();
        return ChunkRows.of(
                rowLength, rows, rowCount, ChunkValues.copyOfRows(sent[array], table.first(chunk), rows, rowLength));
    }
}
