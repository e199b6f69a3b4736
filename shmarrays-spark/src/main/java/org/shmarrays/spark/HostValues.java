package org.shmarrays.spark;

import java.util.Iterator;
import org.shmarrays.ChunkPush;
import org.shmarrays.ShmArrays;
import scala.Tuple2;

/**
 * The exchanged arrays of a host's segment, and what they were when the host last looked. For the thread of the handle.
 */
final class HostValues {
    private final ChunkTable table;
    private final ShmArrays arrays;
    private final ChunkPush[] pushes;

    /** What the host has sent last: values that other processes have pushed since differ from these. */
    private final Object[] sent;

    private final Object[] centre;

    /** False from the begin of a takeover to the next look: {@code sent} is out of date then. */
    private boolean isLookedAt;

    HostValues(final ChunkTable table, final ShmArrays arrays) {
        this.table = table;
        this.arrays = arrays;
        this.sent = table.newCarriers();
        this.centre = table.newCarriers();
        this.pushes = new ChunkPush[table.arrayCount()];
        for (int array = 0; array < pushes.length; array++) {
            pushes[array] = arrays.array(table.name(array)).chunkPush();
        }
        look();
    }

    /**
     * Receives the common parameters; for any thread, while the handle's thread uses none of these calls.
     *
     * @throws IllegalStateException if a chunk is missing, or of another table
     */
    void receive(final Iterator<Tuple2<Integer, ChunkValues>> chunks) {
        int taken = 0;
        while (chunks.hasNext()) {
            final Tuple2<Integer, ChunkValues> chunk = chunks.next();
            table.copyInto(centre, chunk._1(), chunk._2());
            taken++;
        }
        if (taken != table.chunkCount()) {
            throw new IllegalStateException(
                    "chunks of the parameters are missing: received=" + taken + ", expected=" + table.chunkCount());
        }
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
        if (table.isDouble(array)) {
            final double[] from = (double[]) centre[array];
            final double[] known = (double[]) sent[array];
            push.run((chunk, first, count) -> {
                final double[] values = new double[count];
                push.load(chunk, values, 0);
                for (int i = 0; i < count; i++) {
                    values[i] = values[i] == known[first + i] || !Double.isFinite(values[i])
                            ? from[first + i]
                            : values[i] + (from[first + i] - known[first + i]);
                }
                push.store(chunk, values, 0);
            });
        } else {
            final float[] from = (float[]) centre[array];
            final float[] known = (float[]) sent[array];
            push.run((chunk, first, count) -> {
                final float[] values = new float[count];
                push.load(chunk, values, 0);
                for (int i = 0; i < count; i++) {
                    values[i] = values[i] == known[first + i] || !Float.isFinite(values[i])
                            ? from[first + i]
                            : values[i] + (from[first + i] - known[first + i]);
                }
                push.store(chunk, values, 0);
            });
        }
    }

    /** Reads the values that {@link #chunk} gives. */
    void look() {
        for (int array = 0; array < pushes.length; array++) {
            arrays.array(table.name(array)).readInto(sent[array]);
        }
        isLookedAt = true;
    }

    /**
     * Throws if a value is not finite: it would spoil those of all hosts.
     *
     * @throws IllegalStateException naming array and element
     */
    void checkFinite() {
        for (int chunk = 0; chunk < table.chunkCount(); chunk++) {
            final int index = chunk(chunk).firstNonFinite();
            if (index >= 0) {
                throw new IllegalStateException("a parameter is no longer finite: array="
                        + table.name(table.array(chunk)) + ", element=" + (table.first(chunk) + index)
                        + "; lower the learning rate, or clip gradients");
            }
        }
    }

    /** A copy of a chunk, as of the last look. */
    ChunkValues chunk(final int chunk) {
        return table.values(sent, chunk);
    }
}
