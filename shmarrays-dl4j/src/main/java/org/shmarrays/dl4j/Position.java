package org.shmarrays.dl4j;

import java.lang.invoke.VarHandle;
import java.nio.LongBuffer;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.worker.Worker;

/**
 * How far a rank has come with its data in the present run, in shared memory: a worker that is started again goes on at
 * the first batch that its rank has not pushed.
 *
 * <pre>
 *   INT64 [4096, 2], a row for each rank:  run | ended passes (high 32 bits), batches of the present pass (low 32 bits)
 * </pre>
 *
 * <p>A row has one writer, the worker of that rank, and one reader, its successor. So plain stores do; only the run is
 * stored after the rest of a row.
 */
final class Position {
    private static final String NAME = "positions";
    private static final int RUN = 0;
    private static final int WORD = RUN + 1;
    private static final int ROW_LENGTH = WORD + 1;

    /** A rank of a run. */
    record Rank(UUID segment, long runId, int rank) {}

    /**
     * Passes that this process has gone through or skipped. A process that leaves a training and joins it again is not
     * a successor of itself.
     */
    private static final Map<Rank, Integer> DONE_HERE = new ConcurrentHashMap<>();

    private final Map<Rank, Integer> doneHere;
    private final LongBuffer rows;
    private final int row;
    private final Rank rank;
    private int passesToSkip;
    private int batchesToSkip;
    private boolean isInPass;

    /** The position of a worker, which goes on where its rank stands in its run. */
    Position(final ShmArrays arrays, final Worker worker) {
        this(arrays, worker, DONE_HERE);
    }

    /** The same in a process that has gone through these passes. */
    Position(final ShmArrays arrays, final Worker worker, final Map<Rank, Integer> passesDone) {
        doneHere = passesDone;
        rows = (LongBuffer) arrays.array(NAME).typedView();
        row = worker.rank() * ROW_LENGTH;
        rank = new Rank(arrays.segment().uid(), worker.runId(), worker.rank());
        final Integer before = doneHere.putIfAbsent(rank, 0);
        if (rows.get(row + RUN) != worker.runId()) {
            begin(worker);
        }
        if (worker.isLate()) {
            passesToSkip = endedPasses() - (before == null ? 0 : before);
            batchesToSkip = before == null ? batches() : 0;
        }
    }

    /** Begins a row; a rank that was added to a run begins with the pass that the slowest of the others is at. */
    private void begin(final Worker worker) {
        final long least = !worker.isLate()
                ? 0
                : IntStream.range(0, worker.worldSize())
                        .map(other -> other * ROW_LENGTH)
                        .filter(other -> rows.get(other + RUN) == worker.runId())
                        .mapToLong(other -> rows.get(other + WORD) >>> Integer.SIZE)
                        .min()
                        .orElse(0);
        rows.put(row + RUN, 0);
        VarHandle.releaseFence(); // no reader takes the new word for the old run's
        rows.put(row + WORD, least << Integer.SIZE);
        VarHandle.releaseFence();
        rows.put(row + RUN, worker.runId());
    }

    /**
     * Skips passes that the rank has ended before this worker joined.
     *
     * @param passes that the program asks for
     * @return how many of them are done already
     */
    int skipPasses(final int passes) {
        final int skipped = Math.min(passes, passesToSkip);
        passesToSkip -= skipped;
        doneHere.merge(rank, skipped, Integer::sum);
        return skipped;
    }

    /**
     * Begins a pass. Only batches that are pushed until {@link #leavePass} count.
     *
     * @return how many batches of it the rank has pushed before this worker joined
     */
    int beginPass() {
        final int skipped = batchesToSkip;
        batchesToSkip = 0;
        batches(skipped);
        isInPass = true;
        return skipped;
    }

    /** Leaves a pass that is ended, cut off or failed. */
    void leavePass() {
        isInPass = false;
    }

    static ArraySpec spec() {
        return ArraySpec.of(NAME, ElementType.INT64, SegmentLayout.MAX_SLOT_COUNT, ROW_LENGTH)
                .inMode(Mode.HOGWILD);
    }

    /** Passes over its data that the rank has ended in this run. */
    int endedPasses() {
        return (int) (rows.get(row + WORD) >>> Integer.SIZE);
    }

    /** Batches of the present pass that the rank has pushed. */
    int batches() {
        return (int) rows.get(row + WORD);
    }

    /** Sets how many batches of the present pass the rank has pushed. */
    void batches(final int pushed) {
        rows.put(row + WORD, (long) endedPasses() << Integer.SIZE | pushed);
    }

    /** Counts a batch of the present pass as pushed; nothing outside of a pass. */
    void countBatch() {
        if (isInPass) {
            batches(batches() + 1);
        }
    }

    /** Counts a pass as ended; the next one begins with no batch pushed. */
    void countPass() {
        rows.put(row + WORD, (long) (endedPasses() + 1) << Integer.SIZE);
        doneHere.merge(rank, 1, Integer::sum);
    }
}
