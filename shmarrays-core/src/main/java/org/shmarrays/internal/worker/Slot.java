package org.shmarrays.internal.worker;

import java.lang.invoke.VarHandle;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.NoFreeSlotException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.DeadHolder;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;

// Over 300 lines: the numbered steps from the claim of a slot to its release, in their order.
/**
 * A claimed slot: the place of one worker in the segment, for as long as it holds the slot's lock file. For one thread,
 * but for {@link #abandon} and {@link #close}, which are for any. Steps: {@code docs/format/lifecycle.md}, "Claim of a
 * slot" and "Entry to a run".
 */
public final class Slot implements AutoCloseable {
    private static final int MOST_OWNERS_NAMED = 8;
    private static final int CLAIM_ROUNDS = 3;
    private static final long CLAIM_PAUSE_NS = 5_000_000;

    private final Segment segment;
    private final int slotId;
    private final long generation;
    private final SlotFile file;
    private final WorkerRole role;

    /** Whether the slot's state is set for good by this owner. */
    private boolean abandoned;

    private boolean closed;
    private boolean hasToldLoss;

    private Slot(
            final Segment segment,
            final int slotId,
            final long generation,
            final SlotFile file,
            final WorkerRole role) {
        this.segment = segment;
        this.slotId = slotId;
        this.generation = generation;
        this.file = file;
        this.role = role;
    }

    /**
     * Claims a slot for an owner that is no worker of a run, such as a coordinator. Waits at most for some 15 ms.
     *
     * @throws NoFreeSlotException if each is held by a process
     * @throws InvalidSegmentException if the slot's record is corrupt, or its lock file can't be opened
     * @throws SegmentRemovedException if the segment is removed meanwhile
     */
    public static Slot claim(final Segment segment) {
        return claim(segment, RunPlace.NONE, null);
    }

    /**
     * Claims a slot for a worker, which joins its run with that. Waits for other workers that join at this moment, and
     * then as {@link #claim(Segment)} does.
     *
     * @param timeoutNs the longest wait for them
     * @throws IllegalStateException if the worker can't join: its rank is there already, or it can't be told which run
     *     it is to join
     * @throws org.shmarrays.errors.LockTimeoutException if another worker's joining does not end in time
     * @throws NoFreeSlotException as {@link #claim(Segment)} does, also where the records of workers that have left are
     *     still needed
     */
    public static Slot claim(final Segment segment, final WorkerEnvironment joiner, final long timeoutNs) {
        Slot claimed = null;
        try (RunEntry entry = RunEntry.acquire(segment, timeoutNs)) {
            claimed = claim(segment, entry.join(joiner), entry);
            return claimed;
        } catch (final Throwable e) {
            if (claimed != null) {
                claimed.close(); // the entry could not be closed
            }
            throw e;
        }
    }

    /** The first slot that no live worker holds; what its last owner left is repaired. */
    private static Slot claim(final Segment segment, final RunPlace place, final RunEntry entry) {
        for (int round = 0; round < CLAIM_ROUNDS; round++) {
            segment.checkNotRemoved();
            Step.S1.reached();
            // The own record first, those of other workers last: their ranks' barriers and turns are told from them.
            for (final Preference wanted : Preference.values()) {
                for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
                    if (Preference.of(segment, slotId, place.role()) == wanted
                            && !isOwn(segment, slotId)
                            && (entry == null || !entry.isNeeded(slotId, place.role()))) {
                        final Slot claimed = tryClaim(segment, slotId, place);
                        if (claimed != null) {
                            return claimed;
                        }
                    }
                }
            }
            // Another process may have held a lock only to see whether it was free.
            Parking.parkNanos(CLAIM_PAUSE_NS);
        }
        segment.checkNotRemoved();
        throw new NoFreeSlotException("no slot of the segment is free: name=" + segment.name() + ", slots="
                + segment.layout().slotCount() + ", owners=" + owners(segment, place.role(), entry)
                + "; end some workers, or create the segment with more slots");
    }

    /** In which order slots are taken. */
    private enum Preference {
        /** The record is that of the claimant's own rank and run. */
        OWN,
        /** It has no record of a worker. */
        EMPTY,
        /** It has the record of another worker. */
        OTHER;

        static Preference of(final Segment segment, final int slotId, final WorkerRole claimant) {
            final WorkerRecord record = new WorkerRecord(segment);
            if (!record.read(slotId)) {
                return EMPTY;
            }
            return record.is(claimant.runId(), claimant.rank()) ? OWN : OTHER;
        }
    }

    /** Claims a slot if no one holds it; returns null otherwise. If anything is thrown, its lock file is not held. */
    private static Slot tryClaim(final Segment segment, final int slotId, final RunPlace place) {
        Step.S2.reached();
        final SlotFile file = SlotFile.tryHold(segment, slotId);
        Slot claimed = null;
        try {
            // The file may be that of a segment which was made under the same name after this one was removed.
            segment.checkNotRemoved();
            if (file == null) {
                return null;
            }
            if (Liveness.isSeenAlive(segment, slotId)) {
                LivenessDoubts.unlocked(segment, slotId, generationAcquire(segment, slotId));
                return null;
            }
            checkGeneration(segment, slotId);
            // Had the lock file lost its name, the next claimant would make and lock another one, and the slot have two
            // owners.
            segment.presence().watchSlot(slotId);
            if (recover(segment, slotId, place.role())) {
                claimed = publish(segment, slotId, file, place);
            }
            return claimed;
        } finally {
            if (claimed == null && file != null) {
                try {
                    segment.presence().forgetSlot(slotId);
                } finally {
                    file.close();
                }
            }
        }
    }

    /**
     * Recovers what earlier owners of the slot left; false if someone else does so at this moment, because its owner
     * has abandoned it. The caller holds the slot's lock file.
     */
    @SuppressWarnings("try") // the lock is only held
    private static boolean recover(final Segment segment, final int slotId, final WorkerRole claimant) {
        if (segment.slots().stateAcquire(slotId) != SlotTable.ABANDONED) {
            recoverExclusively(segment, slotId, claimant);
            return true;
        }
        try (SlotFile abandoned = SlotFile.tryHoldAbandoned(segment)) {
            if (abandoned != null) {
                recoverExclusively(segment, slotId, claimant);
            }
            return abandoned != null;
        }
    }

    private static void recoverExclusively(final Segment segment, final int slotId, final WorkerRole claimant) {
        final SlotTable slots = segment.slots();
        final boolean isWorkers = slots.stateAcquire(slotId) != SlotTable.FREE && slots.rank(slotId) >= 0;
        final boolean isOwn =
                isWorkers && slots.rank(slotId) == claimant.rank() && slots.runId(slotId) == claimant.runId();
        if (isWorkers && !claimant.isWorker()) {
            Step.J4.reached();
            slots.keepRelease(slotId);
        }
        Step.S3.reached();
        // The same rank's record stays readable: a claimant that is killed here must not make the rank look as if it
        // had
        // never come.
        slots.stateRelease(slotId, isOwn ? SlotTable.DEPARTED : SlotTable.FREE);
        VarHandle.storeStoreFence();
        Step.S4.reached();
        Recovery.tell(segment, slotId, DeadHolder.recover(segment, slotId, generationAcquire(segment, slotId)));
    }

    /** Held in this JVM, perhaps by another copy of this class: its file must not be opened. */
    private static boolean isOwn(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        final ProcessIdentity self = ProcessIdentity.current();
        return slots.stateAcquire(slotId) == SlotTable.ACTIVE
                && slots.pid(slotId) == self.pid()
                && slots.processStart(slotId) == self.start()
                && slots.bootId(slotId) == self.bootId()
                && slots.pidNamespace(slotId) == self.pidNamespace();
    }

    private static Slot publish(final Segment segment, final int slotId, final SlotFile file, final RunPlace place) {
        final RunControlBlock runControl = segment.runControl();
        final SlotTable slots = segment.slots();
        final WorkerRole role = place.role();
        final long generation = slots.generationAcquire(slotId) + 1;
        slots.generationRelease(slotId, generation);
        VarHandle.storeStoreFence();
        final Slot claimed = new Slot(segment, slotId, generation, file, role);
        Step.S5.reached();
        final ProcessIdentity self = ProcessIdentity.current();
        slots.process(slotId, self.pid(), self.start(), self.bootId(), self.pidNamespace());
        slots.role(
                slotId, role.rank(), role.worldSize(), role.runId(), role.firstWorldSize(), System.currentTimeMillis());
        Step.S6.reached();
        slots.waitsForNothingRelease(slotId);
        slots.waitEndRelease(slotId);
        slots.barriersRelease(slotId, place.barriers());
        slots.takesTurnsRelease(slotId, false);
        slots.inPushRelease(slotId, false);
        slots.clockRelease(slotId, place.clock());
        slots.heartbeatRelease(slotId, System.currentTimeMillis());
        slots.learningRateRelease(slotId, Double.NaN);
        Step.S7.reached();
        runControl.raiseClaimedSlots(slotId + 1);
        slots.stateRelease(slotId, SlotTable.ACTIVE);
        if (role.isWorker()) {
            slots.keepNothingRelease(slotId);
        }
        return claimed;
    }

    private static void checkGeneration(final Segment segment, final int slotId) {
        final long generation = generationAcquire(segment, slotId);
        if (generation < 0 || generation >= LockToken.GENERATION_END - 1) {
            throw new InvalidSegmentException("a slot's record is corrupt: segment=" + segment.name() + ", slot="
                    + slotId + ", generation=" + generation
                    + "; read its values with a read-only handle, then create the segment again");
        }
    }

    private static long generationAcquire(final Segment segment, final int slotId) {
        return segment.slots().generationAcquire(slotId);
    }

    private static String owners(final Segment segment, final WorkerRole claimant, final RunEntry entry) {
        final StringBuilder owners = new StringBuilder("[");
        final int count = segment.layout().slotCount();
        int doubtful = 0;
        for (int slotId = 0; slotId < count; slotId++) {
            final String look = look(segment, slotId);
            doubtful += look.isEmpty() ? 0 : 1;
            if (slotId < MOST_OWNERS_NAMED) {
                owners.append(slotId == 0 ? "" : ", ")
                        .append("slot ")
                        .append(slotId)
                        .append(": pid ")
                        .append(segment.slots().pid(slotId))
                        .append(look)
                        .append(entry == null ? "" : entry.need(slotId, claimant));
            }
        }
        return owners.append(count > MOST_OWNERS_NAMED ? ", …]" : "]")
                .append(doubtful == 0 ? "" : ", stopped or gone=" + doubtful)
                .toString();
    }

    /** What is odd about an owner, or nothing. */
    private static String look(final Segment segment, final int slotId) {
        if (segment.slots().stateAcquire(slotId) == SlotTable.DEPARTED) {
            return " (departed)";
        }
        return ProcessIdentity.ofOwner(segment.slots(), slotId).look();
    }

    public Segment segment() {
        return segment;
    }

    public int slotId() {
        return slotId;
    }

    /** Whom events of the owner are about. */
    public Event.Subject subject() {
        return new Event.Subject(
                slotId, role.rank(), role.runId(), ProcessIdentity.current().pid());
    }

    /**
     * Records that the owner has joined its run, if it is a worker.
     *
     * @param restart how often its rank was started again
     */
    public void tellJoined(final int restart) {
        if (role.isWorker()) {
            EventWriter.write(segment, subject(), EventKind.JOINED, role.worldSize(), restart, "");
        }
    }

    /** Records that the owner is about to {@link #close}, if it is a worker. */
    public void tellLeft() {
        if (role.isWorker() && !closed) {
            EventWriter.write(
                    segment, subject(), EventKind.LEFT, segment.slots().clockAcquire(slotId), 0, "");
        }
    }

    /** Which worker of which run the owner is. */
    WorkerRole role() {
        return role;
    }

    /** What this worker writes into the locks that it holds. */
    public long token() {
        return LockToken.of(slotId, generation);
    }

    /** The slots of the segment, of which this is one. */
    public SlotTable slots() {
        return segment.slots();
    }

    /**
     * Looks now and then whether the segment's name still means it.
     *
     * @throws SegmentVanishedException if it does not
     */
    public void checkPresentNowAndThen() {
        try {
            segment.presence().checkNowAndThen();
        } catch (final SegmentVanishedException e) {
            hasToldLoss = true;
            throw e;
        }
    }

    /**
     * A last look before {@link #close}: what has become of the segment's files, if they were taken away from outside
     * and nothing has told the owner so; else null.
     */
    public SegmentVanishedException untoldLoss() {
        if (closed || hasToldLoss || segment.isRemoved()) {
            return null;
        }
        try {
            segment.presence().check();
            return null;
        } catch (final SegmentRemovedException e) {
            return null; // whoever has done with a segment need not know that it is removed
        } catch (final SegmentVanishedException e) {
            hasToldLoss = true;
            return e;
        }
    }

    /**
     * Gives up what the owner holds and can't give back: after this store, which needs hardly any stack and no memory,
     * it stores nothing more into the segment, and others recover its locks though its process lives. {@link #close}
     * must follow; twice is harmless. Steps: {@code docs/format/recovery.md}, "Abandoned slots".
     */
    public synchronized void abandon() {
        if (!abandoned) {
            segment.slots().stateRelease(slotId, SlotTable.ABANDONED);
            abandoned = true;
        }
    }

    /**
     * Departs: the slot may be claimed by another worker then, so its owner holds no lock any more. Twice is harmless.
     * Another thread may abandon the slot at the same time: whichever is later stores nothing, since the slot may have
     * another owner by then.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (!abandoned) {
            segment.slots().stateRelease(slotId, SlotTable.DEPARTED);
        }
        abandoned = true; // others may have claimed the slot when this is called again
        try {
            segment.presence().forgetSlot(slotId);
        } finally {
            file.close();
            closed = true;
        }
    }
}
