package org.shmarrays.internal.access;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.kernel.BlockUpdate;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.kernel.RoundingBits;
import org.shmarrays.internal.kernel.RowGather;
import org.shmarrays.internal.kernel.RowUpdate;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.PartitionLock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.StackReserve;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.internal.worker.LockHolders;
import org.shmarrays.internal.worker.PushGate;
import org.shmarrays.internal.worker.RunMember;
import org.shmarrays.internal.worker.Slot;
import org.shmarrays.internal.worker.Turns;
import org.shmarrays.layout.ElementType;

// Over 300 lines: all the state of a handle, with the order in which calls enter and leave it.
/**
 * What one handle works with: the segment, and, unless it is read-only, a slot with its lock and undo area. One thread
 * at a time: {@link #enter} and {@link #leave} enclose each call, and a second thread is refused. A later thread sees
 * what an earlier one did between them, so all that belongs to the handle may be plain. Only {@link #close} is for any
 * thread.
 */
public final class Attachment implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Attachment.class.getName());
    private static final VarHandle BUSY;
    private static final long CLOSE_PATIENCE_NS = Duration.ofMinutes(1).toNanos();
    private static final long CLOSE_POLL_NS = 100_000;
    private static final String CUT_OFF = "an Error ended a call before it released what it held";

    /** Each 64th call asks how late it is: so it costs less than a nanosecond. */
    private static final int LOOK_MASK = 63;

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_CLOSE_ROUND_NS = 10_000_000;

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(Attachment.class, "busy", boolean.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Segment segment;
    private final AttachOptions options;
    private final Slot slot;
    private final RunMember member;
    private final PartitionLock lock;
    private final PartitionChange change;
    private final PushGate gate;
    private final Reading reading;
    private final WorkerCopies copies;
    private final OrderedPushes orderedPushes;
    private final RoundingBits rounding;
    private final UpdateScope scope;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final BlockUpdate<?>[] updates = new BlockUpdate<?>[ElementType.values().length];
    private final RowUpdate<?>[] rowUpdates = new RowUpdate<?>[ElementType.values().length];
    private final RowGather<?>[] rowGathers = new RowGather<?>[ElementType.values().length];
    private int calls;

    /** Whether the present thread is inside the gate over several calls, and not because one was cut off. */
    private boolean isTogether;

    private boolean hasWarned;
    private volatile boolean closed;

    /** Why the handle can't keep its promises any more, or null: its slot is abandoned. */
    private volatile Throwable broken;

    /**
     * The thread whose call is under way; of a call that an Error has ended without its {@link #leave}, the last one.
     */
    private Thread caller;

    @SuppressWarnings("unused") // through BUSY
    private volatile boolean busy;

    private Attachment(final Segment segment, final AttachOptions options, final Slot slot, final RunMember member) {
        this.segment = segment;
        this.options = options;
        this.slot = slot;
        this.member = member;
        this.rounding = new RoundingBits(segment, slot == null ? 0 : slot.token());
        this.scope = new UpdateScope(segment.uid());
        if (slot == null) {
            lock = null;
            change = null;
            gate = null;
            reading = new Reading(segment, null, -1, scope, options.lockLimit(), clock, this::checkUsable);
            copies = WorkerCopies.NONE;
            orderedPushes = null;
        } else {
            lock = new PartitionLock(
                    segment,
                    slot.slotId(),
                    slot.token(),
                    options.lockLimit(),
                    clock,
                    this::checkUsable,
                    new LockHolders(segment));
            Step.S8.reached();
            change = PartitionChange.ofSlot(segment, slot.slotId());
            gate = new PushGate(slot, options.lockLimit(), clock, this::checkUsable);
            reading = new Reading(segment, lock, slot.slotId(), scope, options.lockLimit(), clock, this::checkUsable);
            final OrderedCopies ordered = new OrderedCopies(reading);
            copies = ordered;
            orderedPushes = new OrderedPushes(
                    segment,
                    lock,
                    new Turns(segment, member, slot, options.workerLimit(), clock, this::checkPresent),
                    gate,
                    ordered);
        }
        leave(); // links it, which would take more stack than there may be when it is needed
    }

    /** With a slot; the member, if there is one, takes it. */
    public static Attachment withSlot(final Segment segment, final AttachOptions options, final RunMember member) {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        Step.A9.reached();
        final Slot slot = member == null
                ? Slot.claim(segment)
                : Slot.claim(
                        segment, member.environment(), options.attachLimit().timeoutNs());
        try {
            final Attachment attachment = new Attachment(segment, options, slot, member);
            if (member != null) {
                member.take(slot, options.workerLimit());
                slot.tellJoined(member.environment().restart());
            }
            return attachment;
        } catch (final Throwable e) {
            slot.close();
            throw e;
        }
    }

    public static Attachment readOnly(final Segment segment, final AttachOptions options) {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        return new Attachment(segment, options, null, null);
    }

    /** The handle of this attachment, which is closed if that can't be made. */
    public <H> H as(final Function<Attachment, H> handle) {
        try {
            return handle.apply(this);
        } catch (final Throwable e) {
            close();
            throw e;
        }
    }

    public Segment segment() {
        return segment;
    }

    public AttachOptions options() {
        return options;
    }

    public boolean hasSlot() {
        return slot != null;
    }

    /**
     * The slot that the handle holds.
     *
     * @throws IllegalStateException if it holds none
     */
    public int slotId() {
        if (slot == null) {
            throw new IllegalStateException("a read-only handle holds no slot: segment=" + segment.name());
        }
        return slot.slotId();
    }

    /** The owner of the handle's slot, whom events name. */
    public Event.Subject subject() {
        return slot.subject();
    }

    /** The part of the handle's worker in a run, or null. */
    RunMember member() {
        return member;
    }

    PartitionLock lock() {
        return lock;
    }

    PartitionChange change() {
        return change;
    }

    PushGate gate() {
        return gate;
    }

    /** What the handle's reads work with. */
    Reading reading() {
        return reading;
    }

    /** From which the handle reads ORDERED arrays between its turns. */
    WorkerCopies copies() {
        return copies;
    }

    /** Of a handle with a slot. */
    OrderedPushes orderedPushes() {
        return orderedPushes;
    }

    /** Of the handle's update functions. */
    UpdateScope scope() {
        return scope;
    }

    /** Of a handle with a slot. */
    Staleness staleness() {
        return reading.staleness();
    }

    /** Of a handle with a slot. */
    AccessCounters counters() {
        return reading.counters();
    }

    BlockUpdate<?> updates(final ElementType type) {
        final BlockUpdate<?> known = updates[type.ordinal()];
        if (known != null) {
            return known;
        }
        final BlockUpdate<?> made = new BlockUpdate<>(
                segment, ElementAccesses.of(type), rounding, largestStateCount(), options.rejectsNonFinite());
        updates[type.ordinal()] = made;
        return made;
    }

    RowUpdate<?> rowUpdates(final ElementType type) {
        final RowUpdate<?> known = rowUpdates[type.ordinal()];
        if (known != null) {
            return known;
        }
        final RowUpdate<?> made = RowUpdate.of(
                segment,
                ElementAccesses.of(type),
                updates(type),
                rounding,
                largestStateCount(),
                options.rejectsNonFinite());
        rowUpdates[type.ordinal()] = made;
        return made;
    }

    RowGather<?> rowGather(final ElementType type) {
        final RowGather<?> known = rowGathers[type.ordinal()];
        if (known != null) {
            return known;
        }
        final RowGather<?> made = RowGather.of(segment, ElementAccesses.of(type));
        rowGathers[type.ordinal()] = made;
        return made;
    }

    private int largestStateCount() {
        return segment.layout().regions().stream()
                .mapToInt(region -> region.stateCount())
                .max()
                .orElse(0);
    }

    /**
     * Begins a call; {@link #leave} must follow, unless this throws.
     *
     * @throws IllegalStateException if another thread is inside, the handle is closed, or this thread is inside a
     *     callback
     * @throws org.shmarrays.errors.SegmentRemovedException if the segment was removed
     */
    void enter() {
        begin();
        if (isLookDue() && !hasWarned) {
            warnIfVanished();
        }
    }

    /**
     * Begins a call that changes something.
     *
     * @throws SegmentVanishedException if the segment's files were taken away from outside; reads go on, so that the
     *     values can be saved
     */
    void enterForUpdate() {
        checkSlot();
        begin();
        if (isLookDue() || segment.presence().isLost()) {
            try {
                slot.checkPresentNowAndThen();
            } catch (final RuntimeException e) {
                leave();
                throw e;
            }
        }
    }

    private void begin() {
        StackReserve.check();
        UpdateScope.checkOutside(segment.uid(), segment.name());
        checkUsable();
        final Thread self = Thread.currentThread();
        if (!BUSY.compareAndSet(this, false, true)) {
            checkCutOff(self);
        }
        caller = self;
        if (closed) {
            leave();
            checkUsable();
        }
        if (slot != null && holdsAnything()) {
            failed(new IllegalStateException(CUT_OFF)); // of an earlier call
            leaveIfBroken();
        }
    }

    private void leaveIfBroken() {
        if (broken != null) {
            leave();
            checkUsable();
        }
    }

    /**
     * The handle is busy. It may be so by a call of this very thread, which is in no callback: then an Error has ended
     * that call before its {@link #leave}.
     */
    public void checkCutOff(final Thread self) {
        checkUsable(); // another thread may have closed the handle meanwhile, and is busy with that
        if (caller != self) {
            throw new IllegalStateException("two threads use one handle: segment=" + segment.name()
                    + "; give each thread its own with newHandle()");
        }
    }

    private boolean isLookDue() {
        return (++calls & LOOK_MASK) == 0;
    }

    /** Says once that the values which are read are those of a segment to which no one can attach any more. */
    private void warnIfVanished() {
        try {
            segment.presence().checkNowAndThen();
        } catch (final SegmentVanishedException e) {
            hasWarned = true;
            LOGGER.log(System.Logger.Level.WARNING, e.getMessage());
        } catch (final SegmentRemovedException e) {
            leave();
            throw e;
        }
    }

    /**
     * Throws unless the handle has a slot.
     *
     * @throws IllegalStateException if it has none
     */
    void checkSlot() {
        if (slot == null) {
            throw new IllegalStateException(
                    "attached read-only: segment=" + segment.name() + "; attach with ShmArrays.attach to change it");
        }
    }

    /** Runs a call that needs the slot, and does not change values. */
    void call(final Runnable work) {
        checkSlot();
        enter();
        runEntered(work);
    }

    /** Runs a call that changes values. */
    void callForUpdate(final Runnable work) {
        enterForUpdate();
        runEntered(work);
    }

    /** Runs code that makes calls which change values, as one push. */
    public void updateTogether(final Runnable updates) {
        checkCallable();
        checkSlot();
        if (!orderedPushes.isUnused()) {
            throw new IllegalStateException(
                    "a push to an ORDERED array ends the worker's turn, so that several can't be"
                            + " one push here: segment=" + segment.name() + "; hold the turn over them with takeTurn");
        }
        final boolean isNested = isTogether;
        isTogether = true;
        try {
            gate.pass(updates);
        } catch (final Throwable e) {
            isTogether = isNested;
            failed(e);
            throw e;
        } finally {
            isTogether = isNested;
        }
    }

    private void runEntered(final Runnable work) {
        try {
            work.run();
        } catch (final Throwable e) {
            failed(e);
            throw e;
        } finally {
            leave();
        }
    }

    /** {@link #checkUsable()}, and the segment is still there; for waits, which look only now and then. */
    void checkPresent() {
        checkUsable();
        slot.checkPresentNowAndThen();
    }

    /**
     * Tells how long this handle waits for locks and holds them, in ns, from now on; nulls end it. When it is told: see
     * {@link org.shmarrays.internal.segment.LockTimes}.
     */
    public void observeLocks(final LongConsumer waited, final LongConsumer held) {
        call(() -> lock.observe(waited == null ? null : scope.times(waited, held)));
    }

    /** Ends a call. */
    void leave() {
        scope.inside = false;
        caller = null;
        BUSY.setRelease(this, false);
    }

    /**
     * Gives back what a call still holds that has thrown; {@link #leave} must follow. Exceptions have given back
     * everything on their way here, but an Error, such as a full stack, may have come at any instant, also while
     * something was given back. Here, where the call began, there is more stack than there was where it took what it
     * holds. If it can't be given back even so, the slot is abandoned, and then others recover it.
     */
    void failed(final Throwable cause) {
        if (slot == null || broken != null || !holdsAnything()) {
            return;
        }
        try {
            giveBack();
        } catch (final Throwable e) {
            abandon(cause);
        }
    }

    private boolean holdsAnything() {
        return lock.mayHold() || gate.isInside() && !isTogether || scope.isEntered() || orderedPushes.isCutOff();
    }

    private void giveBack() {
        change.rollback();
        lock.releaseAll();
        scope.leave();
        orderedPushes.giveBack();
        gate.leave();
    }

    /**
     * Ends the pause of the segment, if there is one of this handle's, because of what was thrown; no one else would
     * while it lives.
     */
    void endPause(final Throwable cause) {
        if (broken != null) {
            return;
        }
        try {
            gate.endPause();
        } catch (final Throwable e) {
            abandon(cause);
        }
    }

    /**
     * Says that this handle can't give back what it holds, and stores nothing more into the segment: others recover
     * what it holds. From then on every call throws IllegalStateException.
     */
    void abandon(final Throwable cause) {
        broken = cause;
        closeBroken();
    }

    /** Also in later calls, where the stack was too full at first. */
    private void closeBroken() {
        slot.abandon();
        if (member != null) {
            member.leave();
        }
        slot.close();
    }

    /**
     * Throws unless the handle is open and the segment is there.
     *
     * @throws IllegalStateException if the handle is closed
     * @throws org.shmarrays.errors.SegmentRemovedException if the segment was removed
     */
    void checkUsable() {
        if (closed) {
            throw new IllegalStateException("the handle is closed: segment=" + segment.name());
        }
        final Throwable cause = broken;
        if (cause != null) {
            closeBroken();
            throw new IllegalStateException(
                    "the handle is broken, because an Error interrupted the release of what it held: segment="
                            + segment.name() + ", cause=" + cause
                            + "; close it, and attach again. Other workers recover its locks",
                    cause);
        }
        segment.checkNotRemoved();
    }

    /** {@link #checkUsable()}, and the thread is not inside an update function of the segment. */
    public void checkCallable() {
        StackReserve.check();
        UpdateScope.checkOutside(segment.uid(), segment.name());
        checkUsable();
    }

    /**
     * Closes; a call of another thread that is under way ends first, with an exception where it waits. Twice is
     * harmless.
     *
     * @throws IllegalStateException if that call does not end within a minute: then the slot stays claimed until the
     *     process ends
     * @throws SegmentVanishedException if the segment's files were taken away from outside and no call has said so; the
     *     handle is closed then
     */
    @Override
    public void close() {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        if (closed) {
            return;
        }
        final WaitTime time = new WaitTime(WaitLimit.of(CLOSE_PATIENCE_NS), LONGEST_CLOSE_ROUND_NS);
        closed = true; // what comes now must get to its end, also where there is no memory
        long now = clock.nanoTime();
        while (broken == null && !BUSY.compareAndSet(this, false, true)) {
            final Thread calling = caller;
            if (calling == Thread.currentThread() || calling != null && !calling.isAlive()) {
                abandon(new IllegalStateException(CUT_OFF));
                break;
            }
            if (time.isOver()) {
                throw new IllegalStateException("a call of another thread does not end: segment=" + segment.name()
                        + "; the handle's slot stays claimed until the process ends");
            }
            Parking.parkNanos(CLOSE_POLL_NS);
            final long before = now;
            now = clock.nanoTime();
            time.add(now - before, false, false);
        }
        if (member != null) {
            member.leave();
        }
        SegmentVanishedException loss = null;
        if (slot != null) {
            try {
                if (broken == null) {
                    orderedPushes.close();
                    slot.tellLeft();
                }
                loss = slot.untoldLoss();
            } finally {
                slot.close();
            }
        }
        leave();
        if (loss != null) {
            throw loss;
        }
    }
}
