package org.shmarrays.kill;

import org.shmarrays.internal.segment.Step;

/** Fills the heap to the last byte when a step is reached; {@link #empty} gives the memory back. For one thread. */
public final class FullHeap implements Step.Observer {
    private static final int BLOCK_BYTES = 256;

    private static Step armed;
    private static int freeBlocks;
    private static boolean isRehearsal;

    /** Blocks in a chain, each an array of the one before and its bytes. */
    private static Object[] blocks;

    /** Fills it, but for some blocks of 256 bytes, before this step is done next. */
    static void arm(final Step step, final int free) {
        armed = step;
        freeBlocks = free;
        isRehearsal = false;
    }

    /** Throws an error before this step, so that all classes are loaded which are needed then. */
    static void rehearse(final Step step) {
        armed = step;
        isRehearsal = true;
    }

    /**
     * The heap has its memory again. A file that the JDK has opened, and could not hand over for want of memory, is
     * closed by the collector.
     */
    static void empty() {
        armed = null;
        blocks = null;
        System.gc();
    }

    @Override
    public void beforeStep(final Step step) {
        if (step == armed) {
            armed = null;
            if (isRehearsal) {
                throw new OutOfMemoryError("rehearsed");
            }
            fill(freeBlocks);
        }
    }

    /** Fills it at once. */
    static void fill(final int free) {
        try {
            while (true) {
                blocks = new Object[] {blocks, new byte[BLOCK_BYTES]};
            }
        } catch (final OutOfMemoryError e) {
            for (int i = 0; i < free; i++) {
                blocks = (Object[]) blocks[0];
            }
        }
    }
}
