package org.shmarrays.randomkill;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;

/**
 * Keeps a rank of the test occupied: starts its worker, waits for its end, settles its account, and starts the next
 * one. A thread of its own.
 */
final class RankKeeper extends Thread {
    private final int rank;
    private final ShmArrays arrays;
    private final Path directory;
    private final Findings findings;
    private final boolean mixed;
    private final Count count = new Count();
    private volatile Victim victim;
    private volatile boolean stopping;
    private volatile Throwable failure;

    /** What became of the rank's workers. */
    static final class Count {
        long kills;
        long midUpdate;
        long midRepair;
        long holding;
        long perhapsHolding;
        long recoveriesLogged;
        long wrongPushes;
        long reads;
        long longestNs;
        long pushes;
        long unexpectedEnds;
        long cutOffs;
        final long[] faults = new long[Fault.values().length];

        void add(final Count other) {
            kills += other.kills;
            midUpdate += other.midUpdate;
            midRepair += other.midRepair;
            holding += other.holding;
            perhapsHolding += other.perhapsHolding;
            recoveriesLogged += other.recoveriesLogged;
            wrongPushes += other.wrongPushes;
            reads += other.reads;
            longestNs = Math.max(longestNs, other.longestNs);
            pushes += other.pushes;
            unexpectedEnds += other.unexpectedEnds;
            cutOffs += other.cutOffs;
            Arrays.setAll(faults, i -> faults[i] + other.faults[i]);
        }
    }

    /**
     * Keeps a rank by this handle of the test's segment.
     *
     * @param mixed whether its workers cause faults themselves
     */
    RankKeeper(
            final int rank,
            final ShmArrays arrays,
            final Path directory,
            final Findings findings,
            final boolean mixed) {
        super("rank " + rank);
        this.rank = rank;
        this.arrays = arrays;
        this.directory = directory;
        this.findings = findings;
        this.mixed = mixed;
    }

    /** The present worker, or null between two of them. */
    Victim victim() {
        return victim;
    }

    /** What went wrong in the test itself, or null. */
    Throwable failure() {
        return failure;
    }

    /** Adds what has become of the rank's workers so far. */
    void addTo(final Count sum) {
        synchronized (count) {
            sum.add(count);
        }
    }

    /** Starts no further worker. */
    void stopStarting() {
        stopping = true;
    }

    /** Where it stands: its worker, or, if there is none, what settling its account waits for. */
    @Override
    public String toString() {
        final Victim present = victim;
        return getName() + ": " + (present == null ? List.of(getStackTrace()) : present);
    }

    @Override
    public void run() {
        try (arrays) {
            final Books books = new Books(rank, arrays);
            for (int life = 0; !stopping; life++) {
                live(books, life);
            }
        } catch (final Throwable e) {
            failure = e;
        }
    }

    private void live(final Books books, final int life) {
        try (Victim started = Victim.start(rank, life, directory, mixed)) {
            victim = started;
            final int exitCode = started.awaitEnd();
            victim = null;
            final boolean held =
                    Books.isHeld(Doors.SEGMENT.of(arrays), started.tally().token());
            final boolean heldHalfChanged =
                    books.isHeldHalfChanged(started.tally().token());
            final long wrong = books.settle(started.tally(), started.isKilled(), findings);
            synchronized (count) {
                if (exitCode == (started.isKilled() ? Victim.KILLED : 0)) {
                    countEnd(started, held, heldHalfChanged);
                } else {
                    count.unexpectedEnds++;
                    findings.add("rank " + rank + " ended by itself: exit code " + exitCode + "\n" + started.output());
                }
                if (started.output().contains("does not hold the lock file")) {
                    findings.add("rank " + rank + " doubted who lives, though no process touches lock files:\n"
                            + started.output());
                }
                countWork(started);
                count.wrongPushes += wrong;
            }
        }
    }

    private void countEnd(final Victim ended, final boolean held, final boolean heldHalfChanged) {
        count.kills += ended.isKilled() ? 1 : 0;
        count.midUpdate += heldHalfChanged || ended.endedMidUpdate() ? 1 : 0;
        count.midRepair += ended.endedMidRepair() ? 1 : 0;
        count.holding += held || ended.endedHolding() ? 1 : 0;
        count.perhapsHolding += !held && ended.endedAcquiringOrReleasing() ? 1 : 0;
    }

    private void countWork(final Victim ended) {
        findings.torn(ended.tally().tornReads());
        count.recoveriesLogged += ended.recoveriesLogged();
        count.reads += ended.tally().reads();
        count.longestNs = Math.max(count.longestNs, ended.tally().longestNs());
        for (final Account account : Account.values()) {
            count.pushes += ended.tally().pushes(account);
            count.cutOffs += ended.tally().cutOffs(account);
        }
        for (final Fault fault : Fault.values()) {
            count.faults[fault.ordinal()] += ended.tally().faults(fault);
        }
    }
}
