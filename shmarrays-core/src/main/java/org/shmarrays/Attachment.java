package org.shmarrays;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.layout.ElementType;
import org.shmarrays.segment.Parking;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.PartitionLock;
import org.shmarrays.segment.PartitionReader;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.segment.SegmentVanishedException;
import org.shmarrays.segment.Step;
import org.shmarrays.segment.WaitLimit;
import org.shmarrays.segment.WaitTime;
import org.shmarrays.update.BlockUpdate;
import org.shmarrays.update.ElementAccess;
import org.shmarrays.update.RoundingBits;
import org.shmarrays.update.RowGather;
import org.shmarrays.update.RowUpdate;
import org.shmarrays.worker.LockHolders;
import org.shmarrays.worker.PushGate;
import org.shmarrays.worker.Slot;
import org.shmarrays.worker.Turns;
import org.shmarrays.worker.Worker;

/**
 * What one handle works with: the segment, and, unless it is read-only, a slot with its lock and undo area. One thread at
 * a time: {@link #enter} and {@link #leave} enclose each call, and a second thread is refused. A later thread sees what
 * an earlier one did between them, so all that belongs to the handle may be plain. Only {@link #close} is for any thread.
 */
final class Attachment {
    private static final System.Logger LOGGER = System.getLogger(Attachment.class.getName());
    private static final VarHandle BUSY;
    private static final long CLOSE_PATIENCE_NS = Duration.ofMinutes(1).toNanos();
    private static final long CLOSE_POLL_NS = 100_000;

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
    private final Settings settings;
    private final Slot slot;
    private final Worker worker;
    private final PartitionLock lock;
    private final PartitionChange change;
    private final PartitionReader reader;
    private final PushGate gate;
    private final Turns turns;
    private final OrderedCopies ordered;
    private final Staleness staleness;
    private final AccessCounters counters;
    private final RoundingBits rounding;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final BlockUpdate<?>[] updates = new BlockUpdate<?>[ElementType.values().length];
    private final RowUpdate<?>[] rowUpdates = new RowUpdate<?>[ElementType.values().length];
    private final RowGather<?>[] rowGathers = new RowGather<?>[ElementType.values().length];
    private int calls;
    private boolean hasWarned;
    private volatile boolean closed;

    @SuppressWarnings("unused") // through BUSY
    private volatile boolean busy;

    private Attachment(final Segment segment, final Settings settings, final Slot slot, final Worker worker) {
        this.segment = segment;
        this.settings = settings;
        this.slot = slot;
        this.worker = worker;
        this.reader = new PartitionReader(segment);
        this.rounding = new RoundingBits(segment, slot == null ? 0 : slot.token());
        if (slot == null) {
            lock = null;
            change = null;
            gate = null;
            turns = null;
            ordered = null;
            staleness = null;
            counters = null;
        } else {
            lock = new PartitionLock(
                    segment,
                    slot.slotId(),
                    slot.token(),
                    settings.lockLimit(),
                    clock,
                    this::checkUsable,
                    new LockHolders(segment));
            Step.S8.reached();
            change = PartitionChange.ofSlot(segment, slot.slotId());
            gate = new PushGate(slot, settings.lockLimit(), clock, this::checkUsable);
            turns = new Turns(segment, worker, slot, settings.workerLimit(), clock, this::checkPresent);
            staleness = new Staleness(segment, slot.slotId());
            counters = new AccessCounters(segment, slot.slotId());
            ordered = new OrderedCopies(segment, staleness);
        }
    }

    /** With a slot; the worker, if there is one, takes it. */
    static Attachment withSlot(final Segment segment, final Settings settings, final Worker worker) {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        Step.A9.reached();
        final Slot slot = worker == null
                ? Slot.claim(segment, -1, 0, 0, false)
                : Slot.claim(segment, worker.rank(), worker.worldSize(), worker.runId(), worker.isLate());
        try {
            final Attachment attachment = new Attachment(segment, settings, slot, worker);
            if (worker != null) {
                worker.take(slot, settings.workerLimit());
            }
            return attachment;
        } catch (final RuntimeException e) {
            slot.close();
            throw e;
        }
    }

    static Attachment readOnly(final Segment segment, final Settings settings) {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        return new Attachment(segment, settings, null, null);
    }

    Segment segment() {
        return segment;
    }

    Settings settings() {
        return settings;
    }

    boolean hasSlot() {
        return slot != null;
    }

    int slotId() {
        return slot.slotId();
    }

    Worker worker() {
        return worker;
    }

    PartitionLock lock() {
        return lock;
    }

    PartitionChange change() {
        return change;
    }

    PartitionReader reader() {
        return reader;
    }

    PushGate gate() {
        return gate;
    }

    Turns turns() {
        return turns;
    }

    OrderedCopies ordered() {
        return ordered;
    }

    /** Of a handle with a slot. */
    Staleness staleness() {
        return staleness;
    }

    /** Of a handle with a slot. */
    AccessCounters counters() {
        return counters;
    }

    NanoClock clock() {
        return clock;
    }

    BlockUpdate<?> updates(final ElementType type) {
        final BlockUpdate<?> known = updates[type.ordinal()];
        if (known != null) {
            return known;
        }
        final BlockUpdate<?> made = new BlockUpdate<>(
                segment, ElementAccess.of(type), rounding, largestStateCount(), settings.rejectsNonFinite());
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
                ElementAccess.of(type),
                updates(type),
                rounding,
                largestStateCount(),
                settings.rejectsNonFinite());
        rowUpdates[type.ordinal()] = made;
        return made;
    }

    RowGather<?> rowGather(final ElementType type) {
        final RowGather<?> known = rowGathers[type.ordinal()];
        if (known != null) {
            return known;
        }
        final RowGather<?> made = RowGather.of(segment, ElementAccess.of(type));
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
     * @throws IllegalStateException if another thread is inside, the handle is closed, or this is an update function's thread
     * @throws org.shmarrays.segment.SegmentRemovedException if the segment was removed
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
     * @throws SegmentVanishedException if the segment's files were taken away from outside; reads go on, so that the values can
     *     be saved
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
        UpdateScope.checkOutside(segment.uid(), segment.name());
        if (!BUSY.compareAndSet(this, false, true)) {
            checkUsable();
            throw new IllegalStateException("two threads use one handle: segment=" + segment.name()
                    + "; give each thread its own with newHandle()");
        }
        if (closed || segment.isRemoved()) {
            leave();
            checkUsable();
        }
    }

    private boolean isLookDue() {
        return (++calls & LOOK_MASK) == 0;
    }

    /** Says once that the values which are read are those of a segment to which nobody can attach any more. */
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

    private void checkSlot() {
        if (slot == null) {
            throw new IllegalStateException(
                    "attached read-only: segment=" + segment.name() + "; attach with ShmArrays.attach to change it");
        }
    }

    /** Runs a call that needs the slot, and does not change values. */
    void call(final Runnable work) {
        checkSlot();
        enter();
        try {
            work.run();
        } finally {
            leave();
        }
    }

    /** {@link #checkUsable()}, and the segment is still there; for waits, which look only now and then. */
    void checkPresent() {
        checkUsable();
        slot.checkPresentNowAndThen();
    }

    /** Ends a call. */
    void leave() {
        BUSY.setRelease(this, false);
    }

    /**
     * Returns if the handle is open and the segment is there.
     *
     * @throws IllegalStateException if the handle is closed
     * @throws org.shmarrays.segment.SegmentRemovedException if the segment was removed
     */
    void checkUsable() {
        if (closed) {
            throw new IllegalStateException("the handle is closed: segment=" + segment.name());
        }
        segment.checkNotRemoved();
    }

    /** {@link #checkUsable()}, and the thread is not inside an update function of the segment. */
    void checkCallable() {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        checkUsable();
    }

    /**
     * Closes; a call of another thread that is under way ends first, with an exception where it waits. Twice is harmless.
     *
     * @throws IllegalStateException if that call does not end within a minute: then the slot stays claimed until the process ends
     * @throws SegmentVanishedException if the segment's files were taken away from outside and no call has said so; the handle
     *     is closed then
     */
    void close() {
        UpdateScope.checkOutside(segment.uid(), segment.name());
        if (closed) {
            return;
        }
        closed = true;
        final WaitTime time = new WaitTime(WaitLimit.of(CLOSE_PATIENCE_NS), LONGEST_CLOSE_ROUND_NS);
        long now = clock.nanoTime();
        while (!BUSY.compareAndSet(this, false, true)) {
            if (time.isOver()) {
                throw new IllegalStateException("a call of another thread does not end: segment=" + segment.name()
                        + "; its slot stays claimed");
            }
            Parking.parkNanos(CLOSE_POLL_NS);
            final long before = now;
            now = clock.nanoTime();
            time.add(now - before, false, false);
        }
        if (worker != null) {
            worker.close();
        }
        SegmentVanishedException loss = null;
        if (slot != null) {
            loss = slot.untoldLoss();
            slot.close();
        }
        leave();
        if (loss != null) {
            throw loss;
        }
    }
}
