package org.shmarrays.dl4j;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.ArrayHandle;

/** The words of an INT64 array of mode HOGWILD, which is aligned as atomic access needs it. */
final class SharedWords implements Words {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer memory;

    SharedWords(final ArrayHandle array) {
        memory = array.view();
    }

    @Override
    public long get(final int index) {
        return (long) LONGS.getVolatile(memory, index * Long.BYTES);
    }

    @Override
    public void set(final int index, final long value) {
        LONGS.setVolatile(memory, index * Long.BYTES, value);
    }

    @Override
    public boolean compareAndSet(final int index, final long expected, final long value) {
        return LONGS.compareAndSet(memory, index * Long.BYTES, expected, value);
    }
}
