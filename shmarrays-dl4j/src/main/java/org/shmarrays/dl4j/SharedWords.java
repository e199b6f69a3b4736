package org.shmarrays.dl4j;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.PartitionAccess;

/**
 * The words of an INT64 array of mode HOGWILD, which is aligned as atomic access needs it. A checkpoint of the whole
 * segment has them as they are at one moment: no word changes while it copies them.
 */
final class SharedWords implements Words {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer memory;
    private final PartitionAccess partitions;

    /** Whether this worker has paused the segment, so that it changes words itself. */
    private boolean isPausing;

    SharedWords(final ShmArrays arrays, final String name) {
        memory = arrays.array(name).view();
        partitions = Doors.PARTITIONS.of(arrays);
    }

    @Override
    public long get(final int index) {
        return (long) LONGS.getVolatile(memory, index * Long.BYTES);
    }

    @Override
    public void set(final int index, final long value) {
        change(() -> LONGS.setVolatile(memory, index * Long.BYTES, value));
    }

    @Override
    public boolean compareAndSet(final int index, final long expected, final long value) {
        final boolean[] isSet = new boolean[1];
        change(() -> isSet[0] = LONGS.compareAndSet(memory, index * Long.BYTES, expected, value));
        return isSet[0];
    }

    private void change(final Runnable change) {
        if (isPausing) {
            change.run();
        } else {
            partitions.changeBetweenPauses(change);
        }
    }

    @Override
    public void whileNoOtherChanges(final Runnable changes) {
        partitions.whilePaused(() -> {
            isPausing = true;
            try {
                changes.run();
            } finally {
                isPausing = false;
            }
        });
    }
}
