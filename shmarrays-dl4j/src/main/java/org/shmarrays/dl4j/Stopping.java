package org.shmarrays.dl4j;

import java.lang.invoke.VarHandle;
import java.nio.LongBuffer;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * Which condition has ended a fit that stops early, for all workers of a run, in shared memory. Fits are numbered, from
 * 1, since all workers have the same ones; a worker that is started again counts from 1 again, and finds how the fits
 * before the present one have ended: each uses a record of its own, which is used again after many fits.
 *
 * <pre>
 *   INT64 [256, 6]:  first pass of the run | fit (high 32 bits), decision (low 32 bits) | pass
 *                    | best epoch | best score (bits) | epochs
 * </pre>
 *
 * <p>The first three are written while pushes are paused, by the first worker that decides; the others by rank 0,
 * before the barrier after which all read them.
 */
final class Stopping {
    private static final String NAME = "stopping";
    private static final int FIRST_PASS = 0;
    private static final int DECISION = FIRST_PASS + 1;
    private static final int PASS = DECISION + 1;
    private static final int BEST_EPOCH = PASS + 1;
    private static final int BEST_SCORE = BEST_EPOCH + 1;
    private static final int EPOCHS = BEST_SCORE + 1;
    private static final int ROW_LENGTH = EPOCHS + 1;
    private static final int ROWS = 256;

    private record Rank(UUID segment, long runId, int rank) {}

    /** Fits of each rank that this process has begun. */
    private static final Map<Rank, Integer> BEGUN_HERE = new ConcurrentHashMap<>();

    private final LongBuffer words;
    private final IntSupplier firstPass;
    private final Rank rank;

    /** The fit under way, or 0. */
    private int fit;

    /** This worker's present pass over its data in this fit. */
    private int pass;

    /** What has ended a fit. */
    record Decision(boolean isOfEpoch, int condition) {
        private static final int OF_EPOCH = 1 << 30;

        private int encoded() {
            return condition | (isOfEpoch ? OF_EPOCH : 0);
        }

        private static Decision decoded(final int encoded) {
            return new Decision((encoded & OF_EPOCH) != 0, encoded & ~OF_EPOCH);
        }
    }

    /** What rank 0 tells the others at the end of a fit. */
    record Best(int epoch, double score, int epochs) {}

    /**
     * What a worker sees.
     *
     * @param firstPass of the run, by which a run that goes on from a checkpoint knows the decisions before it
     */
    Stopping(final ShmArrays arrays, final Worker worker, final IntSupplier firstPass) {
        words = (LongBuffer) arrays.array(NAME).typedView();
        this.firstPass = firstPass;
        rank = new Rank(arrays.uid(), worker.runId(), worker.rank());
    }

    static ArraySpec spec() {
        return ArraySpec.of(NAME, ElementType.INT64, ROWS, ROW_LENGTH).inMode(Mode.HOGWILD);
    }

    /** Begins the next fit that may stop early. */
    void begin() {
        fit = BEGUN_HERE.merge(rank, 1, Integer::sum);
    }

    /** Ends a fit: what was decided in it no longer stops steps. */
    void end() {
        fit = 0;
    }

    private int word(final int name) {
        return fit % ROWS * ROW_LENGTH + name;
    }

    /** Whether the fit under way is to end. */
    boolean isDecided() {
        if (fit == 0) {
            return false;
        }
        final long decision = words.get(word(DECISION));
        VarHandle.acquireFence(); // pairs with the release in decide
        return (int) (decision >>> Integer.SIZE) == fit && words.get(word(FIRST_PASS)) == firstPass.getAsInt();
    }

    /**
     * Whether a worker that meets the others after each pass leaves this one out: all of them do the same passes, of
     * which those that were under way are cut off.
     */
    boolean isDecidedBefore(final int nextPass) {
        return isDecided() && nextPass > words.get(word(PASS));
    }

    /** Notes that this worker begins a pass. */
    void beginPass(final int newPass) {
        pass = newPass;
    }

    /** Ends the fit under way, unless another worker has. For one worker at a time. */
    void decide(final Decision decision) {
        if (isDecided()) {
            return;
        }
        words.put(word(DECISION), 0);
        VarHandle.releaseFence(); // no worker takes a decision of another run for one of this
        words.put(word(FIRST_PASS), firstPass.getAsInt());
        words.put(word(PASS), pass);
        VarHandle.releaseFence();
        words.put(word(DECISION), (long) fit << Integer.SIZE | decision.encoded());
    }

    /** What has ended the fit, if it {@link #isDecided}. */
    Decision decision() {
        return Decision.decoded((int) words.get(word(DECISION)));
    }

    /** Rank 0 tells the others. */
    void best(final Best best) {
        words.put(word(BEST_EPOCH), best.epoch());
        words.put(word(BEST_SCORE), Double.doubleToRawLongBits(best.score()));
        words.put(word(EPOCHS), best.epochs());
        VarHandle.releaseFence();
    }

    Best best() {
        VarHandle.acquireFence();
        return new Best((int) words.get(word(BEST_EPOCH)), Double.longBitsToDouble(words.get(word(BEST_SCORE))), (int)
                words.get(word(EPOCHS)));
    }
}
