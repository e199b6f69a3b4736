package org.shmarrays;

import java.nio.FloatBuffer;
import org.shmarrays.update.ChunkFunction;

/** Adds 1 to values and state of a chunk of a float32 array, in the memory that a {@link ChunkPush} gives. */
final class AddInPlace implements ChunkFunction {
    private final FloatBuffer[] files;

    AddInPlace(final ChunkPush push, final int stateCount) {
        files = new FloatBuffer[1 + stateCount];
        files[0] = (FloatBuffer) push.typedView();
        for (int k = 0; k < stateCount; k++) {
            files[1 + k] = (FloatBuffer) push.typedStateView(k);
        }
    }

    @Override
    public void update(final int chunk, final int first, final int count) {
        for (final FloatBuffer file : files) {
            for (int i = first; i < first + count; i++) {
                file.put(i, file.get(i) + 1);
            }
        }
    }

    /** Changes the first half of a chunk, and throws. */
    void updateHalf(final int chunk, final int first, final int count) {
        update(chunk, first, (count + 1) / 2);
        throw new ArithmeticException("in the middle of chunk " + chunk);
    }

    /** The same as a function that throws in the middle of one chunk. */
    ChunkFunction failingAt(final int failing) {
        return (chunk, first, count) -> {
            if (chunk == failing) {
                updateHalf(chunk, first, count);
            }
            update(chunk, first, count);
        };
    }

    /** The value of an element. */
    float value(final int i) {
        return files[0].get(i);
    }

    /** Sets the value of an element, or that of its state array k at k + 1. */
    void put(final int file, final int i, final float value) {
        files[file].put(i, value);
    }
}
