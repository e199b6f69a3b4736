package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

// Over 300 lines: one protocol, each of whose methods is a step over the same words.
/**
 * Says which worker trains which unit of which pass over the data, in words that all workers of a run share. A unit is
 * a batch, or a shard of several batches. Exactly one worker claims each unit. If a worker is killed at any instant, it
 * has claimed a unit and the words show that, or it has not claimed it. For the worker's thread.
 *
 * <pre>
 *   0      first pass of the run (25 bits) | key of the run (39)
 *   1      the head:  current pass (25) | number of its claimed units (24) | 1 + rank of the last claim (15), or
 *                     current pass (25) | claimed units of the pass that was cut off (24) | cut (15)
 *   2, 3   of even and odd passes:  pass (25) | epoch that begins with it (39)
 *   4, 5   of even and odd passes:  pass (25) | number of its shards (39), or
 *                                   pass (25) | number of its batches (24) | 1 + rank that has ended it (15)
 *   6      number of ranks
 *   7      the segment to which these words belong; a checkpoint may bring them into another one
 *   8 + 2r the last claim of rank r:  pass (25) | unit, from 1 on (24) | attempts (3) | 1 + rank that trains it (12)
 *   9 + 2r batches of that shard that are done:  pass (25) | unit (14) | batches (25)
 *   8192 + f of a fit that was cut off:  the pass that follows it (25) | claimed units of the pass that was (24) |
 *                     cut (15)
 *   a cut:            1 (1) | 1 if the fit was decided to end, 0 if it was interrupted (1) | mark of the fit (13)
 * </pre>
 *
 * <p><b>Own batches.</b> If each worker goes through all batches itself, its word counts them: the pass, and how many
 * of its batches are done. Such a word has 1 attempt and no rank, which no claim has; if its fit was interrupted, 3.
 *
 * <p><b>A claim</b> is a compare-and-set of the head, which then names the claimant. The next worker that changes the
 * head first copies the claim into the claimant's word. So no claim is lost, even if the claimant is killed before it
 * has done this itself. Passes are numbered across all runs on a segment, so the words of an earlier run stay.
 *
 * <p><b>A cut.</b> A fit that is stopped is cut off for all workers at once: a compare-and-set moves the head to the
 * pass after the next one, with the mark of the fit. So a worker that sees the stop late, or never, does not take a
 * pass of the next fit for one of this fit. The next worker that changes the head first copies the cut, like a claim.
 *
 * <p><b>A checkpoint</b> contains all words as of one moment. The first run on the segment into which it is restored
 * replaces the run that wrote it: it has the same first pass and another key. So each of its workers begins like one
 * that is restarted, and finds what is done. An interrupted fit continues, if no unit was claimed after it.
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
    private static final int SEGMENT = RANKS + 1;
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

    /** Set in a word that counts the batches which a worker goes through itself. */
    private static final int OWN = 1 << WORKER_BITS;

    /** Also set in such a word if the fit was interrupted. */
    private static final int INTERRUPTED = OWN << 1;

    private static final int CUT_BIT = 1 << UNIT_SHIFT - 1;
    private static final int DECIDED = CUT_BIT >> 1;
    private static final int MARK = DECIDED - 1;

    /** From a pass that was cut off to the next pass. No worker can have set the epoch of that one. */
    static final int CUT = 2;

    /** In place of a rank: the worker has given its unit back. */
    private static final int NO_WORKER = (1 << WORKER_BITS) - 1;

    private static final int DONE_SHIFT = 25;
    private static final long MAX_DONE = (1L << DONE_SHIFT) - 1;
    private static final int SHARD = (1 << PASS_SHIFT - DONE_SHIFT) - 1;

    private final Words words;
    private final int rank;
    private final IntPredicate isAlive;
    private final Run run;

    /** The first pass of the run, or 0 until this worker has read it. */
    private int firstPass;

    /** True if this worker has replaced the run that wrote a checkpoint by its own. */
    private boolean hasReplacedRun;

    /** True if the run continues from a checkpoint; false in a worker that joined the run late. */
    private boolean isResumed;

    /** Units that were claimed and not done when the run began. No worker of this run trains them. */
    private List<Unit> left = List.of();

    /** The first pass of a rank that is not in the words, if each worker goes through all batches. */
    private int ownFirstPass;

    /**
     * The run of a worker.
     *
     * @param key a different number for each run on the segment
     * @param segment identifies the segment, and changes when a checkpoint is restored into it; never 0
     * @param isWhole true if the checkpoint that was restored last contains all words as of one moment
     * @param isLate true if the run was in progress when the worker joined it
     * @param resumes true if the run shall continue from a checkpoint, if there was one
     */
    record Run(long key, LongSupplier segment, BooleanSupplier isWhole, boolean isLate, boolean resumes) {
        Run {
            key = Math.max(1, key & VALUE);
        }

        /** A run that begins with its worker, in words that belong to one segment. */
        static Run of(final long key) {
            return new Run(key, () -> 1, () -> true, false, false);
        }
    }

    /**
     * A unit that a worker trains.
     *
     * @param row rank that claimed the unit
     * @param word word of that rank's last claim
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
     * @param rank rank that had no further batch
     */
    record Length(int batches, int rank) {}

    /**
     * The claims of a worker.
     *
     * @param isAlive true if the worker of a rank is alive
     * @throws IllegalArgumentException if the rank is too high
     */
    Claims(final Words words, final int rank, final Run run, final IntPredicate isAlive) {
        if (rank > (CUTS - ROWS) / ROW_LENGTH - 1 || rank + 1 >= NO_WORKER) {
            throw new IllegalArgumentException("the rank is too high for a run that shares data: rank=" + rank);
        }
        this.words = words;
        this.rank = rank;
        this.isAlive = isAlive;
        this.run = run;
        long ranks = words.get(RANKS);
        while (ranks <= rank && !words.compareAndSet(RANKS, ranks, rank + 1)) {
            ranks = words.get(RANKS);
        }
    }

    private int begin() {
        while (true) {
            final long present = words.get(RUN);
            if ((present & VALUE) == run.key) {
                noteSegment();
                return pass(present);
            }
            if (run.resumes && present != 0 && isRestored(present)) {
                words.whileNoOtherChanges(this::replaceRun);
            } else {
                words.compareAndSet(RUN, present, tagged(checkedPass(pass(head()) + 2), run.key));
            }
        }
    }

    /** Replaces the run that wrote the checkpoint by this one, unless another worker has done so. */
    private void replaceRun() {
        final long present = words.get(RUN);
        if ((present & VALUE) != run.key) {
            takeCutsBack();
            words.set(RUN, tagged(pass(present), run.key));
            hasReplacedRun = true;
        }
    }

    /**
     * True if the words belong to another segment, or to this one before a checkpoint was restored into it.
     *
     * @throws IllegalStateException if the words do not say what is done
     */
    private boolean isRestored(final long present) {
        if (words.get(SEGMENT) == 0 && pass(head()) >= pass(present)) {
            throw new IllegalStateException("the training can't go on where its checkpoint was, because an earlier"
                    + " release has written that: rank=" + rank
                    + "; join without TrainingOptions.resuming(), and the first fit begins with its first batch");
        }
        final boolean isRestored = words.get(SEGMENT) != 0 && words.get(SEGMENT) != run.segment.getAsLong();
        if (isRestored && !run.isWhole.getAsBoolean()) {
            throw new IllegalStateException("the training can't go on where its checkpoint was, because that has each"
                    + " partition at another moment: rank=" + rank
                    + "; write it with WHOLE_SEGMENT, or join without TrainingOptions.resuming()");
        }
        return isRestored;
    }

    /** Notes that the words belong to this segment. Each worker does this before it goes through data. */
    private void noteSegment() {
        final long segment = run.segment.getAsLong();
        if (words.get(SEGMENT) != segment) {
            words.set(SEGMENT, segment);
        }
    }

    /**
     * Takes back the interruption of the last fit, and of interrupted fits before it if no unit was claimed and no pass
     * over shards was begun in between. The first of these fits continues in the pass that was cut off. If the worker
     * is killed at any instant, another one does the rest. No other worker changes a word meanwhile.
     */
    private void takeCutsBack() {
        show(head());
        if (isInterrupted(head()) && !hasLength(pass(head()))) {
            long cut = head();
            long before = cutBefore(cut);
            while (before != 0) {
                cut = before;
                before = cutBefore(cut);
            }
            words.set(HEAD, claim(passOfCut(cut), unit(cut), 0));
        }
        final int pass = pass(head());
        for (int index = CUTS; index < LENGTH; index++) {
            clearAfter(pass, index);
        }
        final long epoch = words.get(EPOCHS + pass % 2);
        if (pass(epoch) > pass) { // it was copied from that pass
            words.set(EPOCHS + pass % 2, tagged(pass, epoch & VALUE));
        }
        clearAfter(pass, EPOCHS + (pass + 1) % 2);
        clearAfter(pass, LENGTHS);
        clearAfter(pass, LENGTHS + 1);
    }

    /** Clears a word of a pass that will be another one now. */
    private void clearAfter(final int pass, final int index) {
        if (pass(words.get(index)) > pass) {
            words.set(index, 0);
        }
    }

    private static boolean isInterrupted(final long cut) {
        return isCut(cut) && (cut & DECIDED) == 0;
    }

    private static int passOfCut(final long cut) {
        return pass(cut) - CUT;
    }

    /** If a fit was interrupted before it began, the cut of the fit before it, if that was interrupted too; else 0. */
    private long cutBefore(final long cut) {
        final int pass = passOfCut(cut);
        final long before = words.get(cutIndex((int) (cut - 1 & MARK)));
        final boolean hasBegun = unit(cut) > 0 || hasLength(pass);
        return !hasBegun && isInterrupted(before) && (before & MARK) == (cut - 1 & MARK) && pass(before) == pass
                ? before
                : 0;
    }

    /** True if a worker has begun a pass over shards or ended one over batches. Then the word belongs to it. */
    private boolean hasLength(final int pass) {
        return pass(words.get(LENGTHS + pass % 2)) >= pass;
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
     * The first pass of the run. The first worker that calls this sets it: to a pass after all passes that earlier runs
     * have begun, or to the first pass of the run that wrote the checkpoint. A worker that takes part from the start of
     * its run must call this before any worker of the run trains.
     */
    int firstPass() {
        if (firstPass == 0) {
            final int first = begin();
            if (!run.isLate) {
                isResumed = pass(head()) >= first;
                left = inHand(first, MAX_PASS);
                ownFirstPass = slowestPass(first);
            }
            firstPass = first;
        }
        return firstPass;
    }

    /** True if the run continues from a checkpoint; false if this worker joined late. */
    boolean isResumed() {
        final long present = words.get(RUN);
        if ((present & VALUE) == run.key || run.resumes && present != 0 && isRestored(present)) {
            firstPass();
        }
        return isResumed;
    }

    /** True if this worker has replaced the run that wrote a checkpoint. It is true for one worker of the run. */
    boolean hasReplacedRun() {
        return hasReplacedRun;
    }

    /** Throws if another run goes through data in this segment: each would take the other's passes for its own. */
    private void checkRun(final int pass) {
        final long present = words.get(RUN);
        if (present == tagged(firstPass(), run.key)) {
            noteSegment(); // a checkpoint of this run may have been put into the segment
        } else if (Math.max(pass, pass(head())) >= pass(present)) {
            throw new IllegalStateException("another run goes through data in the same segment, or its checkpoint was"
                    + " put into it: rank=" + rank + ", pass=" + (pass - firstPass)
                    + "; give each run a segment of its own, or begin it when the workers of the other one have ended");
        }
    }

    /** The current pass of the run, and how many of its units are claimed: for {@link #claim} and {@link #end}. */
    long head() {
        return words.get(HEAD);
    }

    /** Number of claimed units of the current pass. */
    static int claimed(final long head) {
        return isCut(head) ? 0 : unit(head);
    }

    private static boolean isCut(final long head) {
        return (head & CUT_BIT) != 0;
    }

    /**
     * True if a pass is over, and all workers may go on to a later one.
     *
     * @throws IllegalStateException if another run has begun to go through data
     */
    boolean isOver(final int pass) {
        checkRun(pass);
        return pass(head()) > pass;
    }

    /**
     * True if a unit of a pass is not done that this rank has claimed, or that this worker or an earlier one of its
     * rank trains. Until it is done, the rank must not claim a unit of a later pass: the new claim would overwrite the
     * word that shows who trains this unit.
     */
    boolean isInHand(final int pass) {
        show(head());
        return inHand(pass, pass).stream().anyMatch(each -> each.row == rank || worker(each.word) == rank + 1);
    }

    /**
     * Makes a pass the current one, if the current one is earlier: of an earlier run, or of a fit over own data.
     *
     * @param epoch the epoch that begins with it
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
     * Ends the current pass.
     *
     * @param epoch the current epoch of the training, or 0 if passes don't count
     * @return false if the head has changed
     */
    boolean end(final long head, final long epoch) {
        final int next = checkedPass(pass(head) + 1);
        show(head);
        begins(next, Math.max(epoch(pass(head)), epoch) + 1);
        return words.compareAndSet(HEAD, head, claim(next, 0, 0));
    }

    /**
     * Cuts a fit off for all workers, unless its last pass has ended. No worker continues the current pass (or the
     * first pass of the fit). The pass after the next one belongs to the same epoch and to the next fit.
     *
     * @param fit number of the fit in the run, from 1 on
     * @param first first pass of the fit
     * @param end the pass after its last pass
     * @param epoch the current epoch of the training
     * @param isDecided true if the fit ends with this; else a run that continues from a checkpoint continues it
     * @return the pass that follows the fit
     */
    int cut(final int fit, final int first, final long end, final long epoch, final boolean isDecided) {
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
            final long changed = claim(next, claimed(head), CUT_BIT | (isDecided ? DECIDED : 0) | mark(fit));
            if (words.compareAndSet(HEAD, head, changed)) {
                show(changed);
                return next;
            }
        }
    }

    /**
     * The pass that follows a fit that was cut off: {@link #CUT} after the pass that was cut off. 0 if the fit was not
     * cut off, or if that was so long ago that the words no longer show it.
     *
     * @param first first pass of the fit
     */
    int passAfterCut(final int fit, final int first) {
        show(head());
        final long word = words.get(cutIndex(mark(fit)));
        return isCut(word) && (word & MARK) == mark(fit) && pass(word) > first ? pass(word) : 0;
    }

    private static int mark(final int fit) {
        return fit & MARK;
    }

    private static int cutIndex(final int mark) {
        return CUTS + mark % KEPT_CUTS;
    }

    /** Sets the epoch that begins with a pass, unless another worker has set it. */
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

    /** The epoch that has begun with the current pass, {@code pass}. */
    long epoch(final int pass) {
        return words.get(EPOCHS + pass % 2) & VALUE;
    }

    /** The epoch that has begun with the current pass. */
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

    /** The number of shards of the current pass. The first worker that calls this sets it to {@code wanted}. */
    int shards(final int pass, final int wanted) {
        setOnce(LENGTHS, pass, Math.min(wanted, SHARD));
        return (int) (words.get(LENGTHS + pass % 2) & VALUE);
    }

    /**
     * Ends the current pass over batches, because this worker has no further batch than those that are claimed.
     *
     * @return false if the head has changed
     */
    boolean endBatches(final long head, final long epoch) {
        final int index = LENGTHS + pass(head) % 2;
        final long length = claim(pass(head), claimed(head), rank + 1);
        long before = words.get(index); // where the head has changed, another worker is to note more batches
        while (Long.compareUnsigned(before, length) < 0 && !words.compareAndSet(index, before, length)) {
            before = words.get(index);
        }
        return end(head, epoch);
    }

    /** The number of batches with which a pass has ended, or null if the words no longer show it. */
    Length length(final int pass) {
        final long word = words.get(LENGTHS + pass % 2);
        return pass(word) == pass ? new Length(unit(word), rank(word)) : null;
    }

    /**
     * Claims the next unit of the current pass.
     *
     * @return null if the head has changed
     * @throws IllegalStateException if the pass has too many units
     */
    Unit claim(final long head) {
        final int next = claimed(head) + 1;
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

    /** Copies the last claim into its claimant's word, or the last cut into its word, unless this was done. */
    private void show(final long head) {
        if (isCut(head)) {
            showCut(head);
        } else if (unit(head) > 0 && rank(head) >= 0) {
            final int row = row(rank(head));
            final long before = words.get(row);
            if (before >>> UNIT_SHIFT < head >>> UNIT_SHIFT) {
                words.compareAndSet(row, before, head);
            }
        }
    }

    /** Copies a cut. Until then, both words belong to an earlier pass. */
    private void showCut(final long head) {
        final int pass = pass(head);
        final int index = cutIndex((int) head & MARK);
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
     * Takes over a unit of a pass that an earlier worker of this rank trained when it was killed, that the rank has
     * given back, or that the rank has claimed and another worker had taken over when it was killed. Else null.
     */
    Unit retake(final int pass) {
        return retake(pass, unit -> false);
    }

    /**
     * {@link #retake(int)}, or takes over the first unit of another rank that no worker trains.
     *
     * @param others which units of other ranks this worker may take over
     */
    Unit retake(final int pass, final Predicate<Unit> others) {
        show(head());
        Unit found = untrained(pass, others);
        while (found != null) {
            final Unit taken = take(found);
            if (taken != null) {
                return taken;
            }
            found = untrained(pass, others); // another worker has taken it over
        }
        return null;
    }

    private Unit untrained(final int pass, final Predicate<Unit> others) {
        return inHand(pass, pass).stream()
                .filter(each ->
                        worker(each.word) == rank + 1 || isOrphan(each) && (each.row == rank || others.test(each)))
                .findFirst()
                .orElse(null);
    }

    private boolean isOrphan(final Unit unit) {
        final int worker = worker(unit.word);
        return worker == NO_WORKER || left.contains(unit) || !isAlive.test(worker - 1);
    }

    /** Units of some passes that are claimed and not done, in ascending order. */
    private List<Unit> inHand(final int first, final int last) {
        final List<Unit> units = new ArrayList<>();
        final long ranks = words.get(RANKS);
        for (int other = 0; other < ranks; other++) {
            final long word = words.get(row(other));
            if (pass(word) >= first && pass(word) <= last && worker(word) != 0) {
                units.add(new Unit(other, word));
            }
        }
        units.sort(Comparator.comparingLong(Unit::word));
        return units;
    }

    /** True if a unit of a pass is claimed and not done, after the head was read. */
    boolean isUnderWay(final int pass, final long head) {
        show(head);
        return !inHand(pass, pass).isEmpty();
    }

    /**
     * Units of some passes whose workers are dead or have given them back, in ascending order.
     *
     * @param rows the ranks whose claims are checked
     */
    List<Unit> orphans(final int first, final int last, final IntPredicate rows) {
        show(head());
        return inHand(first, last).stream()
                .filter(each -> rows.test(each.row))
                .filter(this::isOrphan)
                .toList();
    }

    /** Takes over a unit. Null if another worker was first, or if the unit is done. */
    Unit take(final Unit unit) {
        final int attempts = (int) (unit.word >>> WORKER_BITS) + 1 & ATTEMPTS;
        return replaced(unit, attempts << WORKER_BITS | rank + 1);
    }

    private Unit replaced(final Unit unit, final int low) {
        final long word = claim(unit.pass(), unit(unit.word), low);
        return words.compareAndSet(row(unit.row), unit.word, word) ? new Unit(unit.row, word) : null;
    }

    /** Marks a unit of this worker as done. A second call does nothing. */
    void done(final Unit unit) {
        replaced(unit, 0);
    }

    /** Gives back a unit that is not done, so that another worker may take it over. */
    void giveBack(final Unit unit) {
        replaced(unit, NO_WORKER);
    }

    /**
     * Gives back the units of some passes that this worker or an earlier worker of its rank trains. For passes that
     * this worker leaves, because its next claim may overwrite the word that shows such a unit.
     *
     * @return the units that were given back
     */
    List<Unit> giveBackAll(final int first, final int last) {
        show(head());
        return inHand(first, last).stream()
                .filter(each -> worker(each.word) == rank + 1)
                .filter(each -> replaced(each, NO_WORKER) != null)
                .toList();
    }

    /** Number of batches of a shard that are done. */
    int batchesDone(final Unit shard) {
        final long word = words.get(row(shard.row) + 1);
        return word >>> DONE_SHIFT == progress(shard, 0) >>> DONE_SHIFT ? (int) (word & MAX_DONE) : 0;
    }

    /**
     * Sets how many batches of a shard are done that this worker trains, unless the word belongs to a later shard:
     * after a cut, the rank that has claimed this shard may be ahead.
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
     * The current pass of this rank, if each worker goes through all batches itself. A rank that was added to the run,
     * or that the run did not have when it wrote its checkpoint, begins with the pass of the slowest other rank.
     */
    int ownPass() {
        final int first = firstPass();
        final int pass = pass(words.get(row(rank)));
        if (pass >= first) {
            return pass;
        }
        return run.isLate ? slowestPass(first) : ownFirstPass;
    }

    /** The pass of the slowest rank that goes through all batches itself, or the first pass of the run. */
    private int slowestPass(final int first) {
        int slowest = Integer.MAX_VALUE;
        final long ranks = words.get(RANKS);
        for (int other = 0; other < ranks; other++) {
            final long word = words.get(row(other));
            slowest = isOwn(word) && pass(word) >= first ? Math.min(slowest, pass(word)) : slowest;
        }
        return slowest == Integer.MAX_VALUE ? first : slowest;
    }

    /**
     * Number of batches of a pass that this rank has done, if each worker goes through all batches itself. 0 if the fit
     * was interrupted and the run continued: the next fit begins the pass again.
     */
    int ownBatches(final int pass) {
        final long word = words.get(row(rank));
        final boolean isOfNextFit = (word & INTERRUPTED) != 0 && run.isLate;
        return isOwn(word) && pass(word) == pass && !isOfNextFit ? unit(word) : 0;
    }

    private static boolean isOwn(final long word) {
        return (word & LOW & ~INTERRUPTED) == OWN;
    }

    /** Sets the current pass of this rank, and how many batches of it are done. */
    void ownBatches(final int pass, final int batches) {
        ownBatches(pass, batches, OWN);
    }

    private void ownBatches(final int pass, final int batches, final int low) {
        if (batches > MAX_UNIT) {
            throw new IllegalStateException("a pass over the data has too many batches: batches=" + batches);
        }
        words.set(row(rank), claim(checkedPass(pass), batches, low));
    }

    /**
     * Cuts a pass off, if each worker goes through all batches itself. The next fit begins the pass again. A worker
     * that is restarted after that fit continues where its rank is.
     *
     * @param isDecided true if the fit ends with this; else a run that continues from a checkpoint continues it
     * @return the pass with which this rank continues
     */
    int cutOwn(final int pass, final boolean isDecided) {
        final int own = ownPass();
        if (own > pass) {
            return own;
        }
        final long word = words.get(row(rank));
        final int done = isOwn(word) && pass(word) == pass && !isDecided ? unit(word) : 0;
        ownBatches(pass, done, OWN | INTERRUPTED);
        return pass;
    }

    private static long progress(final Unit shard, final long batches) {
        return tagged(shard.pass(), (long) (unit(shard.word) & SHARD) << DONE_SHIFT | batches);
    }
}
