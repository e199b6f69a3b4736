package org.shmarrays.examples;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * Which batches of a training are done, and which worker has which batch in hand, in an array of the segment: so each
 * batch is trained on exactly once, whichever workers die, join, leave, or go on with a checkpoint. For the worker's
 * thread.
 *
 * <p>The data is gone through in several <em>streams</em> at a time, which are as many as there were workers when the
 * training began. Each has the same number of batches a pass, in an order of its own. Batch b of stream s has one word:
 *
 * <pre>
 *   63 .............. 32 | 31 ............. 16 | 15 .......... 0
 *    passes done with it |  steps of its next  |  0, or 1 + rank of the worker that has its next pass in hand
 *                        |  pass that are done |
 * </pre>
 *
 * <p>A worker claims a batch by compare-and-set from 0 to its rank. It marks the batch as done by a volatile store
 * inside its push. A checkpoint of the whole segment copies the words while no push is under way: its acquiring load of
 * the slot's {@code inPush} pairs with the release that ends the push, so that it sees the store with the push or
 * neither. A claim may come while the words are copied. That does not matter: each batch has a word of its own, and one
 * that is in hand is not done in either case.
 *
 * <p>The position of a batch in the whole training is {@code (pass * batches + b) * streams + s}. Of n workers, the one
 * of rank r takes the positions r, r + n, r + 2n and so on, and then those that others have left.
 */
public final class WorkTable {
    /** The array's name. */
    public static final String NAME = "work";

    /** In place of a position: there is nothing left for this worker. */
    public static final long NONE = -1;

    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int PASS_SHIFT = 32;
    private static final int STEPS_SHIFT = 16;
    private static final long HOLDER = (1L << STEPS_SHIFT) - 1;

    /** Steps of a batch, at most. */
    private static final long MAX_STEPS = (1L << PASS_SHIFT - STEPS_SHIFT) - 1;

    private final ByteBuffer words;
    private final int streams;
    private final int batches;
    private final long end;
    private final Worker worker;
    private final boolean isOrdered;

    /** The position from which on this worker looks for its own batches. */
    private long next;

    private boolean hasLooked;

    /** The batch in hand, or {@link #NONE}. */
    private long inHand = NONE;

    /**
     * The table of a segment, as one of its workers uses it.
     *
     * @param passes over the data, of each stream
     * @param isOrdered whether a worker leaves the batches of live workers to them, so that a training can be repeated
     */
    public WorkTable(final ShmArrays arrays, final Worker worker, final long passes, final boolean isOrdered) {
        final int[] shape = arrays.array(NAME).shape();
        this.words = arrays.array(NAME).view();
        this.streams = shape[0];
        this.batches = shape[1];
        this.end = passes * batches * streams;
        this.worker = worker;
        this.isOrdered = isOrdered;
    }

    /**
     * The array of a training that has not begun.
     *
     * @param streams in which the data is gone through at a time: the number of workers
     * @param batches of a pass
     */
    public static ArraySpec spec(final int streams, final int batches) {
        return ArraySpec.of(NAME, ElementType.INT64, streams, batches).inMode(Mode.HOGWILD);
    }

    /** Number of batches of a training that are not done. */
    public static long left(final ShmArrays arrays, final long passes) {
        final long[] words = new long[arrays.array(NAME).elementCount()];
        arrays.array(NAME).readInto(words);
        long left = 0;
        for (final long word : words) {
            left += Math.max(0, passes - (word >>> PASS_SHIFT));
        }
        return left;
    }

    /** Number of streams. */
    public int streams() {
        return streams;
    }

    /** Batches of a pass of a stream. */
    public int batches() {
        return batches;
    }

    /** The stream of a position. */
    public int stream(final long position) {
        return (int) (position % streams);
    }

    /** The step of a position in its stream: {@code pass * batches + b}. */
    public long step(final long position) {
        return position / streams;
    }

    /**
     * Claims the next batch: the one that an earlier worker of this rank was killed with, one of this worker's own, or
     * one that others have left.
     *
     * @return its position, or {@link #NONE} if there is nothing left for this worker
     */
    public long next() {
        inHand = NONE;
        if (!hasLooked) {
            hasLooked = true;
            next = firstPosition();
            inHand = ofEarlierWorker();
        }
        if (inHand == NONE && !worker.shouldStop()) {
            inHand = own();
        }
        if (inHand == NONE && !worker.shouldStop()) {
            inHand = left();
        }
        return inHand;
    }

    /** No batch before this position is left. */
    private long firstPosition() {
        long passes = Long.MAX_VALUE;
        for (int index = 0; index < streams * batches; index++) {
            passes = Math.min(passes, word(index) >>> PASS_SHIFT);
        }
        return passes * batches * streams;
    }

    private long ofEarlierWorker() {
        for (int index = 0; index < streams * batches; index++) {
            final long word = word(index);
            if ((word & HOLDER) == holder()) {
                return position(index, word);
            }
        }
        return NONE;
    }

    /** The number of workers may change between two calls. */
    private long own() {
        final int workers = worker.worldSize();
        long position = next + Math.floorMod(worker.rank() - next, (long) workers);
        while (position < end) {
            next = position + 1;
            if (claim(position, step(position) / batches << PASS_SHIFT)) {
                return position;
            }
            position += workers;
        }
        next = end;
        return NONE;
    }

    /** What is in the hand of a live worker stays there; that one also takes the further passes of the batch. */
    private long left() {
        for (int index = 0; index < streams * batches; index++) {
            final long word = word(index);
            final long position = position(index, word);
            if (position < end && mayTake(position) && isFree(word) && claim(position, word)) {
                return position;
            }
        }
        return NONE;
    }

    private boolean mayTake(final long position) {
        final int owner = (int) (position % worker.worldSize());
        return !isOrdered || owner == worker.rank() || !worker.isAlive(owner);
    }

    /** A batch of a rank that the run no longer has is free; that of any other rank is the one it is restarted with. */
    private boolean isFree(final long word) {
        final int rank = (int) (word & HOLDER) - 1;
        return rank < 0 || rank >= worker.worldSize() && !worker.isAlive(rank);
    }

    private boolean claim(final long position, final long word) {
        return LONGS.compareAndSet(words, index(position) * Long.BYTES, word, word & ~HOLDER | holder());
    }

    /**
     * Number of steps of the batch in hand that an earlier worker has done: one that was killed with it. Zero where
     * each batch is one step.
     */
    public int stepsDone() {
        return (int) (word(index(inHand)) >>> STEPS_SHIFT & MAX_STEPS);
    }

    /**
     * Notes that so many steps of the batch in hand are done, where a batch has several.
     *
     * @throws IllegalArgumentException if they are more than 65,535
     */
    public void stepsDone(final int steps) {
        if (steps < 0 || steps > MAX_STEPS) {
            throw new IllegalArgumentException("the number of steps does not fit into the word of a batch: steps="
                    + steps + ", at most=" + MAX_STEPS);
        }
        LONGS.setVolatile(
                words,
                index(inHand) * Long.BYTES,
                step(inHand) / batches << PASS_SHIFT | (long) steps << STEPS_SHIFT | holder());
    }

    /** Marks the batch in hand as done: inside its push, so that a checkpoint has both or neither. */
    public void done() {
        LONGS.setVolatile(words, index(inHand) * Long.BYTES, step(inHand) / batches + 1 << PASS_SHIFT);
    }

    private long holder() {
        return worker.rank() + 1L;
    }

    private int index(final long position) {
        return stream(position) * batches + (int) (step(position) % batches);
    }

    private long position(final int index, final long word) {
        return ((word >>> PASS_SHIFT) * batches + index % batches) * streams + index / batches;
    }

    private long word(final int index) {
        return (long) LONGS.getVolatile(words, index * Long.BYTES);
    }
}
