package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Which worker trains which units of which pass, in words that all workers of a run share. A unit is a batch, or a
 * shard of several batches. Each unit is claimed by one worker. A worker that was killed at any instant has claimed a
 * unit and is shown with it, or has not claimed it. For the worker's thread.
 *
 * <pre>
 *   0      first pass of the run (25 bits) | key of the run (39)
 *   1      the head:  present pass (25) | number of its claimed units (24) | 1 + rank of the last claim (15), or
 *                     present pass (25) | 0 (24) | mark of a fit that was cut off two passes before (15)
 *   2, 3   of even and odd passes:  pass (25) | epoch that begins with it (39)
 *   4, 5   of even and odd passes:  pass (25) | number of its shards (39), or
 *                                   pass (25) | number of its batches (24) | 1 + rank that has ended it (15)
 *   6      number of ranks
 *   8 + 2r the last claim of rank r:  pass (25) | unit, from 1 on (24) | attempts (3) | 1 + rank that trains it (12)
 *   9 + 2r batches of that shard that are done:  pass (25) | unit (14) | batches (25)
 *   8192 + f of a fit that was cut off:  the pass that follows it (25) | 0 (24) | mark of the fit (15)
 * </pre>
 *
 * <p>Where each worker goes through all batches itself, its word counts them: pass and batches of it that are done. It
 * has 1 attempt and no rank, as no claim has.
 *
 * <p>A claim is a compare-and-set of the head, which names the claimant. Before the head changes again, whoever changes
 * it shows that claim in the claimant's word. So a claim is never lost, though its worker is killed before it has shown
 * it. Passes are numbered through all runs on a segment, so that the words of an earlier run need no clearing.
 *
 * <p>A fit that is stopped is cut off for all workers at once, by a compare-and-set of the head to the pass after the
 * next one, with the mark of the fit. So a worker that sees the stop late, or not at all, takes no pass of the next fit
 * for one of this. Whoever changes the head again shows the cut before, as a claim.
 */
final class Claims {
    private static final int CUTS = 8192;
    private static final int KEPT_CUTS = 1024;

    /** Number of words. */
    static final int LENGTH = CUTS + KEPT_CUTS;

    private static final int RUN = 0;
    private static final int HEAD = RUN + 1;
    private static final int EPOCHS = HEAD + 1;
    private static final int LENGTHS = EPOCHS + 2;
    private static final int RANKS = LENGTHS + 2;
    private static final int ROWS = 8;
    private static final int ROW_LENGTH = 2;

    private static final int PASS_SHIFT = 39;
    private static final int MAX_PASS = (1 << 25) - 1;
    private static final long VALUE = (1L << PASS_SHIFT) - 1;
    private static final int UNIT_SHIFT = 15;
    private static final long LOW = (1L << UNIT_SHIFT) - 1;
    private static final int MAX_UNIT = (1 << 24) - 1;
    private static final int WORKER_BITS = 12;
    private static final int ATTEMPTS = 7;

    /** Of a word that counts the batches that a worker goes through itself. */
    private static final int OWN = 1 << WORKER_BITS;

    /** Passes from one that was cut off to the next one: no worker can have named the epoch of that. */
    static final int CUT = 2;

    /** What stands for the rank of a worker that has given its unit back. */
    private static final int NO_WORKER = (1 << WORKER_BITS) - 1;

    private static final int DONE_SHIFT = 25;
    private static final long MAX_DONE = (1L << DONE_SHIFT) - 1;
    private static final int SHARD = (1 << PASS_SHIFT - DONE_SHIFT) - 1;

    private final Words words;
    private final int rank;
    private final IntPredicate isAlive;
    private final long key;

    /** The first pass of the run, or 0 while this worker has not looked. */
    private int firstPass;

    /**
     * A unit in the hands of a worker.
     *
     * @param row rank whose claim it was
     * @param word of that rank's last claim
     */
    record Unit(int row, long word) {
        int pass() {
            return Claims.pass(word);
        }

        /** From 0 on. */
        int index() {
            return unit(word) - 1;
        }
    }

    /**
     * The end of a pass over batches.
     *
     * @param rank that had no more
     */
    record Length(int batches, int rank) {}

    /**
     * The claims of a worker.
     *
     * @param key of the run, another one for each run on the segment
     * @param isAlive whether the worker of a rank is there
     * @throws IllegalArgumentException if the rank is too high
     */
    Claims(final Words words, final int rank, final long key, final IntPredicate isAlive) {
        if (rank > (CUTS - ROWS) / ROW_LENGTH - 1 || rank + 1 >= NO_WORKER) {
            throw new IllegalArgumentException("the rank is too high for a run that shares data: rank=" + rank);
        }
        this.words = words;
        this.rank = rank;
        this.isAlive = isAlive;
        this.key = Math.max(1, key & VALUE);
        long ranks = words.get(RANKS);
        while (ranks <= rank && !words.compareAndSet(RANKS, ranks, rank + 1)) {
            ranks = words.get(RANKS);
        }
    }

    private int begin() {
        while (true) {
            final long run = words.get(RUN);
            if ((run & VALUE) == key) {
                return pass(run);
            }
            final int first = checkedPass(pass(words.get(HEAD)) + 2);
            if (words.compareAndSet(RUN, run, tagged(first, key))) {
                return first;
            }
        }
    }

    private static long tagged(final int pass, final long value) {
        return (long) pass << PASS_SHIFT | value;
    }

    private static long claim(final int pass, final int unit, final int low) {
        return tagged(pass, (long) unit << UNIT_SHIFT | low);
    }

    static int pass(final long word) {
        return (int) (word >>> PASS_SHIFT);
    }

    private static int unit(final long word) {
        return (int) (word >>> UNIT_SHIFT) & MAX_UNIT;
    }

    private static int rank(final long word) {
        return (int) (word & LOW) - 1;
    }

    /** 1 + the rank that trains a unit, or 0 if the unit is done. */
    private static int worker(final long word) {
        return (int) word & NO_WORKER;
    }

    private static int row(final int rank) {
        return ROWS + ROW_LENGTH * rank;
    }

    private static int checkedPass(final int pass) {
        if (pass > MAX_PASS) {
            throw new IllegalStateException("the segment has no number left for a further pass over the data: passes="
                    + MAX_PASS + "; save the model, and go on in a segment of another name");
        }
        return pass;
    }

    /**
     * The first pass of the run; the first worker of a run that asks sets it. It lies after each pass
     * that an earlier run has begun.
     */
    int firstPass() {
        if (firstPass == 0) {
            firstPass = begin();
        }
        return firstPass;
    }

    /** Two runs that go through data at the same time would take each other's passes for their own. */
    private void checkRun(final int pass) {
        final long run = words.get(RUN);
        if (run != tagged(firstPass(), key) && Math.max(pass, pass(head())) >= pass(run)) {
            throw new IllegalStateException("another run goes through data in the same segment: rank=" + rank
                    + ", pass=" + (pass - firstPass) + "; give each run a segment of its own, or begin it when the"
                    + " workers of the other one have ended");
        }
    }

    /** The present pass of the run, and how many of its units are claimed: for {@link #claim} and {@link #end}. */
    long head() {
        return words.get(HEAD);
    }

    /** Number of the pass's units that are claimed. */
    static int claimed(final long head) {
        return unit(head);
    }

    /**
     * Whether all workers may go on to a later pass.
     *
     * @throws IllegalStateException if another run has begun to go through data
     */
    boolean isOver(final int pass) {
        checkRun(pass);
        return pass(head()) > pass;
    }

    /**
     * Whether a unit of a pass is not done that this rank has claimed, or that this worker or an earlier one of its
     * rank has in hand. Until it is, the rank claims no unit of a later pass: that claim would take the place of the
     * one that shows who trains this unit.
     */
    boolean isInHand(final int pass) {
        show(head());
        return inHand(pass, pass).stream().anyMatch(each -> each.row == rank || worker(each.word) == rank + 1);
    }

    /**
     * Makes a pass the present one, where that is an earlier one: of an earlier run, or of a fit over own data.
     *
     * @param epoch that begins with it
     */
    void enter(final int pass, final long epoch) {
        checkedPass(pass);
        checkRun(pass);
        long head = head();
        while (pass(head) < pass) {
            show(head);
            begins(pass, epoch);
            words.compareAndSet(HEAD, head, claim(pass, 0, 0));
            head = head();
        }
    }

    /**
     * Ends the present pass.
     *
     * @param epoch the present one of the training, or 0 where passes don't count
     * @return false if the head has changed
     */
    boolean end(final long head, final long epoch) {
        final int next = checkedPass(pass(head) + 1);
        show(head);
        begins(next, Math.max(epoch(pass(head)), epoch) + 1);
        return words.compareAndSet(HEAD, head, claim(next, 0, 0));
    }

    /**
     * Cuts a fit off, in all workers alike, unless its last pass has ended: the present pass, or its first one, is gone
     * on with by no worker, and the pass after the next one is of the same epoch, and of the next fit.
     *
     * @param fit its number in the run, from 1 on
     * @param first its first pass
     * @param end the pass after its last one
     * @param epoch the present one of the training
     * @return the pass that follows the fit
     */
    int cut(final int fit, final int first, final long end, final long epoch) {
        while (true) {
            enter(first, epoch);
            final long head = head();
            final int other = passAfterCut(fit, first);
            if (other > 0) {
                return other;
            }
            if (pass(head) >= end) {
                return (int) end;
            }
            show(head);
            final int next = checkedPass(pass(head) + CUT);
            final long changed = claim(next, 0, mark(fit));
            if (words.compareAndSet(HEAD, head, changed)) {
                show(changed);
                return next;
            }
        }
    }

    /**
     * The pass that follows a fit that was cut off, which is {@link #CUT} after the one that was; 0 if it was not. Of
     * fits long ago the words no longer tell.
     *
     * @param first its first pass
     */
    int passAfterCut(final int fit, final int first) {
        show(head());
        final long word = words.get(cutIndex(mark(fit)));
        return (word & LOW) == mark(fit) && pass(word) > first ? pass(word) : 0;
    }

    private static int mark(final int fit) {
        return 1 + (int) (fit % LOW);
    }

    private static int cutIndex(final int mark) {
        return CUTS + mark % KEPT_CUTS;
    }

    /** The first one to say so tells which epoch begins with a pass. */
    private void begins(final int pass, final long epoch) {
        setOnce(EPOCHS, pass, Math.min(Integer.MAX_VALUE, epoch));
    }

    private void setOnce(final int ofEven, final int pass, final long value) {
        final int index = ofEven + pass % 2;
        final long before = words.get(index);
        if (pass(before) < pass) {
            words.compareAndSet(index, before, tagged(pass, value));
        }
    }

    /** The epoch that has begun with a pass, which is the present one. */
    long epoch(final int pass) {
        return words.get(EPOCHS + pass % 2) & VALUE;
    }

    /** The epoch that has begun with the present pass. */
    long presentEpoch() {
        checkRun(firstPass());
        while (true) {
            final long head = head();
            show(head);
            final int pass = pass(head);
            final long word = words.get(EPOCHS + pass % 2);
            if (pass(word) >= pass) { // else the pass has ended between the two
                return word & VALUE;
            }
        }
    }

    /** The number of shards of the present pass: what the first one to ask wants. */
    int shards(final int pass, final int wanted) {
        setOnce(LENGTHS, pass, Math.min(wanted, SHARD));
        return (int) (words.get(LENGTHS + pass % 2) & VALUE);
    }

    /**
     * Ends the present pass over batches, of which this worker has no more than are claimed.
     *
     * @return false if the head has changed
     */
    boolean endBatches(final long head, final long epoch) {
        final int index = LENGTHS + pass(head) % 2;
        final long length = claim(pass(head), unit(head), rank + 1);
        long before = words.get(index); // where the head has changed, another worker is to note more batches
        while (Long.compareUnsigned(before, length) < 0 && !words.compareAndSet(index, before, length)) {
            before = words.get(index);
        }
        return end(head, epoch);
    }

    /** The number of batches with which a pass has ended, or null if the words no longer tell. */
    Length length(final int pass) {
        final long word = words.get(LENGTHS + pass % 2);
        return pass(word) == pass ? new Length(unit(word), rank(word)) : null;
    }

    /**
     * Claims the next unit of the present pass.
     *
     * @return null if the head has changed
     * @throws IllegalStateException if the pass has too many units
     */
    Unit claim(final long head) {
        final int next = unit(head) + 1;
        if (next > MAX_UNIT) {
            throw new IllegalStateException(
                    "a pass over the data has too many batches: batches=" + MAX_UNIT + "; make larger batches");
        }
        show(head);
        final long changed = claim(pass(head), next, rank + 1);
        if (!words.compareAndSet(HEAD, head, changed)) {
            return null;
        }
        show(changed);
        return new Unit(rank, changed);
    }

    /** Shows the last claim in its claimant's word, or the cut that was the last change, unless that was done. */
    private void show(final long head) {
        if (unit(head) > 0) {
            final int row = row(rank(head));
            final long before = words.get(row);
            if (before >>> UNIT_SHIFT < head >>> UNIT_SHIFT) {
                words.compareAndSet(row, before, head);
            }
        } else if ((head & LOW) > 0) {
            showCut(head);
        }
    }

    /** Both words have those of an earlier pass until then. */
    private void showCut(final long head) {
        final int pass = pass(head);
        final int index = cutIndex((int) (head & LOW));
        final long before = words.get(index);
        if (pass(before) < pass) {
            words.compareAndSet(index, before, head);
        }
        final long epoch = words.get(EPOCHS + pass % 2);
        if (pass(epoch) == pass - CUT) {
            words.compareAndSet(EPOCHS + pass % 2, epoch, tagged(pass, epoch & VALUE));
        }
    }

    /**
     * Takes a unit of a pass into its hands that an earlier worker of this rank was killed with, that the rank has
     * given back, or that it has claimed and a worker was killed with that had taken it over. Null for none.
     */
    Unit retake(final int pass) {
        show(head());
        Unit found = own(pass);
        while (found != null) {
            final Unit taken = take(found);
            if (taken != null) {
                return taken;
            }
            found = own(pass); // another worker has taken it over
        }
        return null;
    }

    /** A unit that this rank has in hand, or has claimed and no live worker has in hand. */
    private Unit own(final int pass) {
        for (final Unit each : inHand(pass, pass)) {
            if (worker(each.word) == rank + 1 || each.row == rank && isOrphan(each)) {
                return each;
            }
        }
        return null;
    }

    private boolean isOrphan(final Unit unit) {
        final int worker = worker(unit.word);
        return worker == NO_WORKER || !isAlive.test(worker - 1);
    }

    /** Units of some passes that are claimed and not done. */
    private List<Unit> inHand(final int first, final int last) {
        final List<Unit> units = new ArrayList<>();
        final long ranks = words.get(RANKS);
        for (int other = 0; other < ranks; other++) {
            final long word = words.get(row(other));
            if (pass(word) >= first && pass(word) <= last && worker(word) != 0) {
                units.add(new Unit(other, word));
            }
        }
        return units;
    }

    /** Whether a unit of a pass is claimed and not done, after the head was read. */
    boolean isUnderWay(final int pass, final long head) {
        show(head);
        return !inHand(pass, pass).isEmpty();
    }

    /**
     * Units of some passes whose workers are dead, or have given them back.
     *
     * @param rows which ranks' claims are looked at
     */
    List<Unit> orphans(final int first, final int last, final IntPredicate rows) {
        show(head());
        return inHand(first, last).stream()
                .filter(each -> rows.test(each.row))
                .filter(this::isOrphan)
                .toList();
    }

    /** Takes a unit into its hands; null if another worker was first, or the unit is done. */
    Unit take(final Unit unit) {
        final int attempts = (int) (unit.word >>> WORKER_BITS) + 1 & ATTEMPTS;
        return replaced(unit, attempts << WORKER_BITS | rank + 1);
    }

    private Unit replaced(final Unit unit, final int low) {
        final long word = claim(unit.pass(), unit(unit.word), low);
        return words.compareAndSet(row(unit.row), unit.word, word) ? new Unit(unit.row, word) : null;
    }

    /** A unit in this worker's hands is done; twice is harmless. */
    void done(final Unit unit) {
        replaced(unit, 0);
    }

    /** Gives a unit back that is not done, so that another worker may take it over. */
    void giveBack(final Unit unit) {
        replaced(unit, NO_WORKER);
    }

    /**
     * Gives back the units of some passes that this worker, or an earlier worker of its rank, has in its hands. For
     * passes that this worker leaves: its next claim may take the place of the word that shows such a unit.
     *
     * @return what it had
     */
    List<Unit> giveBackAll(final int first, final int last) {
        show(head());
        return inHand(first, last).stream()
                .filter(each -> worker(each.word) == rank + 1)
                .filter(each -> replaced(each, NO_WORKER) != null)
                .toList();
    }

    /** Batches of a shard that are done. */
    int batchesDone(final Unit shard) {
        final long word = words.get(row(shard.row) + 1);
        return word >>> DONE_SHIFT == progress(shard, 0) >>> DONE_SHIFT ? (int) (word & MAX_DONE) : 0;
    }

    /**
     * Sets how many batches of a shard in this worker's hands are done, unless the word is that of a later shard: after
     * a cut the rank that has claimed this one may be ahead.
     */
    void batchesDone(final Unit shard, final int batches) {
        if (batches > MAX_DONE) {
            throw new IllegalStateException("a shard has too many batches: batches=" + batches);
        }
        final int index = row(shard.row) + 1;
        final long progress = progress(shard, batches);
        long before = words.get(index);
        while (before >>> DONE_SHIFT <= progress >>> DONE_SHIFT && !words.compareAndSet(index, before, progress)) {
            before = words.get(index);
        }
    }

    /**
     * The pass that this rank is at, where each worker goes through all batches itself. A rank that was added to the
     * run begins with the pass of the slowest other one that does.
     */
    int ownPass(final boolean isLate) {
        final int first = firstPass();
        final int pass = pass(words.get(row(rank)));
        if (pass >= first || !isLate) {
            return Math.max(first, pass);
        }
        int slowest = Integer.MAX_VALUE;
        final long ranks = words.get(RANKS);
        for (int other = 0; other < ranks; other++) {
            final long word = words.get(row(other));
            slowest = isOwn(word) && pass(word) >= first ? Math.min(slowest, pass(word)) : slowest;
        }
        return slowest == Integer.MAX_VALUE ? first : slowest;
    }

    /** Batches of a pass that this rank has done, where each worker goes through all batches itself. */
    int ownBatches(final int pass) {
        final long word = words.get(row(rank));
        return isOwn(word) && pass(word) == pass ? unit(word) : 0;
    }

    private static boolean isOwn(final long word) {
        return (word & LOW) == OWN;
    }

    /** Sets the pass that this rank is at, and how many batches of it are done. */
    void ownBatches(final int pass, final int batches) {
        if (batches > MAX_UNIT) {
            throw new IllegalStateException("a pass over the data has too many batches: batches=" + batches);
        }
        words.set(row(rank), claim(checkedPass(pass), batches, OWN));
    }

    /**
     * Cuts a pass off, where each worker goes through all batches itself: it begins again with the next fit. A worker
     * that is started again after that fit goes on where its rank is.
     *
     * @return the pass that this rank goes on with
     */
    int cutOwn(final int pass, final boolean isLate) {
        final int own = ownPass(isLate);
        if (own > pass) {
            return own;
        }
        ownBatches(pass, 0);
        return pass;
    }

    private static long progress(final Unit shard, final long batches) {
        return tagged(shard.pass(), (long) (unit(shard.word) & SHARD) << DONE_SHIFT | batches);
    }
}
