package org.shmarrays;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.FileLockHolder;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentBuilder;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRemoval;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.internal.worker.Liveness;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;

/** How handles come to be: creation, attachment, and which of the two when either will do. */
final class Attaching {
    private static final NanoClock CLOCK = SystemNanoClock.INSTANCE;
    private static final long POLL_NS = 2_000_000;
    private static final long LONGEST_POLL_NS = 20_000_000;

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10 * LONGEST_POLL_NS;

    private Attaching() {}

    static ShmArrays create(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Worker worker,
            final Settings settings) {
        Step.C1.reached();
        return underLock(
                name, settings, settings.attachLimit(), () -> createLocked(name, specs, initializer, worker, settings));
    }

    /** Makes a handle under the creation lock of a name; if the lock can't be released, the handle is closed. */
    @SuppressWarnings("try") // the lock is only held
    private static ShmArrays underLock(
            final String name, final Settings settings, final WaitLimit limit, final Supplier<ShmArrays> work) {
        ShmArrays arrays = null;
        try (CreationLock lock = lock(name, settings, limit)) {
            arrays = work.get();
            return arrays;
        } catch (final Throwable e) {
            closeBecauseOf(e, arrays);
            throw e;
        }
    }

    private static ShmArrays createLocked(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Worker worker,
            final Settings settings) {
        Step.C2.reached();
        if (settings.root().holds(name)) {
            throw new SegmentExistsException(settings.root()
                    .foreignContent(name)
                    .map(content -> "a directory of this name exists and is not a segment: name=" + name
                            + ", directory=" + settings.root().directory() + ", " + content + "; choose another name")
                    .orElseGet(() -> "a segment of this name exists: name=" + name + ", directory="
                            + settings.root().directory()
                            + "; attach to it, choose another name, or remove it and its values with"
                            + " `bin/shmarrays rm " + name + "`"));
        }
        Step.C3.reached();
        settings.root().deleteUnfinished(name);
        final SegmentLayout layout = Partitioner.layOut(specs, settings.slotCount(), settings.partitionBytes());
        final SegmentBuilder builder = SegmentBuilder.build(settings.root(), name, layout, 1);
        ShmArrays arrays = null;
        try {
            Step.C10.reached();
            arrays = handle(builder.segment(), settings, worker);
            Step.C11.reached();
            initializer.accept(arrays);
            builder.publish();
            Step.C13.reached();
            return arrays;
        } catch (final Throwable e) {
            try {
                closeBecauseOf(e, arrays);
            } finally {
                builder.discard();
            }
            throw e;
        }
    }

    /** Closes a handle, if there is one, that can't be used; what was thrown before is what the caller is told. */
    private static void closeBecauseOf(final Throwable cause, final ShmArrays arrays) {
        if (arrays != null) {
            try {
                arrays.close();
            } catch (final Throwable e) {
                if (e != cause) { // an OutOfMemoryError may come twice
                    cause.addSuppressed(e);
                }
            }
        }
    }

    static ShmArrays createOrAttach(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Worker worker,
            final Settings settings) {
        if (worker != null && Doors.MEMBER.of(worker).makesUpName(name)) {
            RemovalAtExit.of(name, settings);
        }
        return underLock(
                name,
                settings,
                creatorLimit(settings),
                () -> createOrAttachLocked(name, specs, initializer, worker, settings));
    }

    /** A creator may take as long as its initializer does. */
    private static WaitLimit creatorLimit(final Settings settings) {
        return settings.attachLimit().withTimeout(settings.workerTimeout().toNanos());
    }

    /** As of {@link ShmArrays#createOrAttach(String, Predicate, Supplier, Consumer, Settings)}. */
    static ShmArrays createOrAttach(
            final String name,
            final Predicate<ShmArrays> isWanted,
            final Supplier<List<ArraySpec>> specs,
            final Consumer<ShmArrays> initializer,
            final Settings settings) {
        return underLock(name, settings, creatorLimit(settings), () -> {
            final Segment wanted = wantedOrRemoved(name, isWanted, settings);
            return wanted == null
                    ? createLocked(name, specs.get(), initializer, null, settings)
                    : handle(wanted, settings, null);
        });
    }

    /** The segment, if it is the wanted one; null if there is none any more. */
    private static Segment wantedOrRemoved(
            final String name, final Predicate<ShmArrays> isWanted, final Settings settings) {
        if (!settings.root().holds(name)) {
            return null;
        }
        final Segment segment = openUnlessRemoved(name, settings);
        if (segment != null) {
            try (ShmArrays found = new ShmArrays(Attachment.readOnly(segment, settings))) {
                if (isWanted.test(found)) {
                    return segment;
                }
            }
            if (isInUse(segment)) {
                throw new SegmentExistsException(
                        "living processes use the segment of this name, which is another one than is wanted: name="
                                + name + ", directory=" + settings.root().directory() + ", created by pid "
                                + segment.creatorPid() + "; end them first, or choose another name");
            }
        }
        SegmentRemoval.remove(settings.root(), name);
        return null;
    }

    private static ShmArrays createOrAttachLocked(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Worker worker,
            final Settings settings) {
        if (settings.root().holds(name)) {
            final Segment segment = openUnlessRemoved(name, settings);
            if (segment != null
                    && (isInUse(segment)
                            || settings.leftovers() == Settings.Leftovers.ATTACH
                            || isOfRun(segment, worker))) {
                return checked(handle(segment, settings, worker), specs);
            }
            if (segment != null
                    && (settings.leftovers() == Settings.Leftovers.REFUSE || !mayCreate(worker, name, settings))) {
                throw new SegmentExistsException("a segment of this name was left behind, and no process that used it"
                        + " is alive: name=" + name + ", directory="
                        + settings.root().directory() + ", created by pid " + segment.creatorPid()
                        + "; to continue with its values, set -Dshmarrays.leftovers=attach (`bin/shmarrays run`:"
                        + " --leftover resume). To delete them, set -Dshmarrays.leftovers=replace (--leftover replace);"
                        + " `bin/shmarrays checkpoint " + name
                        + " FILE` saves them first");
            }
            checkMayCreate(worker, name, settings);
            SegmentRemoval.remove(settings.root(), name);
        }
        checkMayCreate(worker, name, settings);
        return createLocked(name, specs, initializer, worker, settings);
    }

    private static boolean mayCreate(final Worker worker, final String name, final Settings settings) {
        return worker == null
                || Doors.MEMBER.of(worker).mayCreate(settings.root().segment(name));
    }

    /** A worker of a run under way attaches and never creates: a second segment would be a second model. */
    private static void checkMayCreate(final Worker worker, final String name, final Settings settings) {
        if (!mayCreate(worker, name, settings)) {
            throw new SegmentNotFoundException("the segment of a running run is missing: name=" + name
                    + ", directory=" + settings.root().directory() + ", rank=" + worker.rank() + ", restart="
                    + worker.restart() + "; a worker that was restarted or added never creates a segment."
                    + " Processes that are still attached can save the values with"
                    + " Checkpoint.write(arrays, file)");
        }
    }

    /** The segment, or null if its removal was begun and not finished. */
    private static Segment openUnlessRemoved(final String name, final Settings settings) {
        try {
            return SegmentOpener.open(settings.root(), name, false);
        } catch (final SegmentRemovedException e) {
            return null;
        }
    }

    /**
     * True if a worker of this run has held a slot: the segment is the run's own, and this worker was started again.
     */
    private static boolean isOfRun(final Segment segment, final Worker worker) {
        return worker != null && Doors.MEMBER.of(worker).environment().isOfRunThatUsed(segment);
    }

    /** True if the owner of some slot lives. */
    static boolean isInUse(final Segment segment) {
        final int claimed = segment.claimedSlots();
        for (int slotId = 0; slotId < claimed; slotId++) {
            if (Liveness.isAlive(segment, slotId)) {
                return true;
            }
        }
        return false;
    }

    static ShmArrays attach(final String name, final Worker worker, final Settings settings) {
        if (worker != null && Doors.MEMBER.of(worker).makesUpName(name)) {
            throw new IllegalStateException(
                    "no segment was named for this worker, so there is none to attach to: create one with"
                            + " createOrAttach(worker, …), attach by name, or start the worker with"
                            + " `bin/shmarrays run --name NAME`");
        }
        Step.A1.reached();
        return handle(open(name, settings, false), settings, worker);
    }

    /** A handle with a slot; if it can't be made, the slot is free again. */
    static ShmArrays handle(final Segment segment, final Settings settings, final Worker worker) {
        final Attachment attachment = Attachment.withSlot(segment, settings, worker);
        try {
            return new ShmArrays(attachment);
        } catch (final Throwable e) {
            attachment.close();
            throw e;
        }
    }

    static ShmArrays attachReadOnly(final String name, final Settings settings) {
        return new ShmArrays(Attachment.readOnly(open(name, settings, true), settings));
    }

    /**
     * Removes a segment, or what a creator or remover who died left of one. No creation of the same name goes on
     * meanwhile, whose new segment could be taken for the old.
     */
    @SuppressWarnings("try") // the lock is only held
    static void remove(final String name, final Settings settings) {
        if (!settings.root().holds(name)) {
            if (deleteUnfinished(name, settings)) {
                return;
            }
            throw new SegmentNotFoundException("segment not found: name=" + name + ", directory="
                    + settings.root().directory() + ", segments="
                    + settings.root().names());
        }
        Step.RM1.reached();
        try (CreationLock lock = lock(name, settings, settings.attachLimit())) {
            SegmentRemoval.remove(settings.root(), name);
            settings.root().deleteUnfinished(name);
        } catch (final InsufficientSpaceException e) {
            // Not even a lock file fits: no process can create a segment then.
            SegmentRemoval.remove(settings.root(), name);
        }
    }

    /** Deletes what creators and removers left who died; false if there is nothing, or one of them is at work. */
    @SuppressWarnings("try") // the lock is only held
    private static boolean deleteUnfinished(final String name, final Settings settings) {
        if (!settings.root().hasUnfinished(name)) {
            return false;
        }
        try (CreationLock lock = lock(name, settings, WaitLimit.NONE)) {
            final boolean isThere = settings.root().hasUnfinished(name);
            settings.root().deleteUnfinished(name);
            return isThere;
        } catch (final LockTimeoutException e) {
            return false;
        }
    }

    /** Opens a segment, waiting for one that is not there yet. */
    private static Segment open(final String name, final Settings settings, final boolean readOnly) {
        final WaitTime time = new WaitTime(settings.attachLimit(), LONGEST_ROUND_NS);
        final FileLockHolder creator = CreationLock.holder(settings.root(), name);
        long now = CLOCK.nanoTime();
        boolean mayBeReplaced = true;
        long pollNs = POLL_NS;
        while (true) {
            final boolean late = time.isOver();
            try {
                final Segment segment = SegmentOpener.open(settings.root(), name, readOnly);
                creator.ended();
                return segment;
            } catch (final InvalidSegmentException | SegmentRemovedException e) {
                // Perhaps it was removed in this very moment, and another one of its name made.
                if (!mayBeReplaced && settings.root().holds(name) || late) {
                    throw e;
                }
                mayBeReplaced = false;
            } catch (final SegmentNotFoundException e) {
                if (late) {
                    throw new SegmentNotFoundException(e.getMessage() + ", waited="
                            + settings.attachTimeout().toMillis() + " ms");
                }
            }
            Parking.parkNanos(pollNs);
            pollNs = Math.min(2 * pollNs, LONGEST_POLL_NS);
            final long before = now;
            now = CLOCK.nanoTime();
            time.add(now - before, creator.isStopped(now), false);
        }
    }

    private static CreationLock lock(final String name, final Settings settings, final WaitLimit limit) {
        org.shmarrays.internal.segment.JvmAccess.check();
        return CreationLock.acquire(settings.root(), name, limit, CLOCK);
    }

    /** Returns the handle if the segment has the expected arrays; closes it otherwise. */
    static ShmArrays checked(final ShmArrays arrays, final List<ArraySpec> expected) {
        try {
            arrays.checkSpecs(expected);
            return arrays;
        } catch (final Throwable e) {
            closeBecauseOf(e, arrays);
            throw e;
        }
    }

    /** A name that no other segment has. */
    static String uniqueName() {
        return "s" + ProcessIdentity.current().pid() + "-"
                + Long.toUnsignedString(
                        java.util.concurrent.ThreadLocalRandom.current().nextLong(), 36);
    }
}
