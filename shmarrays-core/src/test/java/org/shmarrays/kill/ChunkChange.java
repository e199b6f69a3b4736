package org.shmarrays.kill;

import java.nio.FloatBuffer;
import org.shmarrays.ChunkPush;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.update.ChunkFunction;

/**
 * Code that changes the array of a {@link Scene} in the memory itself: the first chunk alone, the others as a group. In
 * the middle of each chunk, and before a group's first one, it comes to step U11 once more, so that a process can be
 * killed there.
 */
final class ChunkChange implements ChunkFunction.Group {
    private final ChunkPush push;
    private final FloatBuffer values;
    private final FloatBuffer firstState;
    private final FloatBuffer secondState;
    private int changed = Integer.MAX_VALUE;
    private int failing = -1;

    private ChunkChange(final ChunkPush push) {
        this.push = push.chunkCount() == 1 ? push : push.withGroup(1, push.chunkCount(), this);
        this.values = (FloatBuffer) push.typedView();
        this.firstState = (FloatBuffer) push.typedStateView(0);
        this.secondState = (FloatBuffer) push.typedStateView(1);
    }

    static ChunkChange of(final ShmArrays arrays) {
        return new ChunkChange(arrays.array("w").chunkPush());
    }

    /** Pushes; so many chunks are changed, the first ones, and the others stay as they are. */
    void push(final int chunks) {
        changed = chunks;
        push.run(this);
    }

    /** Pushes, and throws in the middle of the last chunk. */
    void fail() {
        failing = push.chunkCount() - 1;
        push.run(this);
    }

    @Override
    public void prepare() {
        Step.U11.reached();
    }

    @Override
    public void update(final int chunk, final int first, final int count) {
        if (chunk >= changed) {
            return;
        }
        final int middle = first + count / 2;
        for (int i = first; i < first + count; i++) {
            if (i == middle) {
                Step.U11.reached();
                if (chunk == failing) {
                    throw new IllegalStateException("in the middle");
                }
            }
            values.put(i, values.get(i) * 0.5f + i);
            firstState.put(i, firstState.get(i) + 1);
            secondState.put(i, secondState.get(i) * 3);
        }
    }
}
