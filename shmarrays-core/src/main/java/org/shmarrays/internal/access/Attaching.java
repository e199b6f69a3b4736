package org.shmarrays.internal.access;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
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
import org.shmarrays.internal.worker.RunMember;
import org.shmarrays.layout.ArraySpec;

// Over 300 lines: creating, attaching and removing share the lock of the name and its checks.
/** How handles come to be: creation, attachment, and which of the two when either will do. */
public final class Attaching {
    private static final NanoClock CLOCK = SystemNanoClock.INSTANCE;
    private static final long POLL_NS = 2_000_000;
    private static final long LONGEST_POLL_NS = 20_000_000;

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10 * LONGEST_POLL_NS;

    private Attaching() {}

    public static Attachment create(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<Attachment> initializer,
            final AttachOptions options) {
        Step.C1.reached();
        return underLock(
                name, options, options.attachLimit(), () -> createLocked(name, specs, initializer, null, options));
    }

    /** Makes a handle under the creation lock of a name; if the lock can't be released, the handle is closed. */
    @SuppressWarnings("try") // the lock is only held
    private static Attachment underLock(
            final String name, final AttachOptions options, final WaitLimit limit, final Supplier<Attachment> work) {
        Attachment attachment = null;
        try (CreationLock lock = options.lockCreation(name, limit)) {
            attachment = work.get();
            return attachment;
        } catch (final Throwable e) {
            closeBecauseOf(e, attachment);
            throw e;
        }
    }

    private static Attachment createLocked(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<Attachment> initializer,
            final RunMember member,
            final AttachOptions options) {
        Step.C2.reached();
        if (options.root().holds(name)) {
            throw new SegmentExistsException(options.root()
                    .foreignContent(name)
                    .map(content -> "a directory of this name exists and is not a segment: name=" + name
                            + ", directory=" + options.root().directory() + ", " + content + "; choose another name")
                    .orElseGet(() -> "a segment of this name exists: name=" + name + ", directory="
                            + options.root().directory()
                            + "; attach to it, choose another name, or remove it and its values with"
                            + " `bin/shmarrays rm " + name + "`"));
        }
        Step.C3.reached();
        options.root().deleteUnfinished(name);
        final SegmentLayout layout = Partitioner.layOut(specs, options.slotCount(), options.partitionBytes());
        final SegmentBuilder builder = SegmentBuilder.build(options.root(), name, layout, 1);
        Attachment attachment = null;
        try {
            Step.C10.reached();
            attachment = Attachment.withSlot(builder.segment(), options, member);
            Step.C11.reached();
            initializer.accept(attachment);
            builder.publish();
            Step.C13.reached();
            return attachment;
        } catch (final Throwable e) {
            try {
                closeBecauseOf(e, attachment);
            } finally {
                builder.discard();
            }
            throw e;
        }
    }

    /** Closes a handle, if there is one, that can't be used; what was thrown before is what the caller is told. */
    private static void closeBecauseOf(final Throwable cause, final Attachment attachment) {
        if (attachment != null) {
            try {
                attachment.close();
            } catch (final Throwable e) {
                if (e != cause) { // an OutOfMemoryError may come twice
                    cause.addSuppressed(e);
                }
            }
        }
    }

    public static Attachment createOrAttach(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<Attachment> initializer,
            final RunMember member,
            final AttachOptions options) {
        if (member != null && member.makesUpName(name)) {
            RemovalAtExit.of(name, options);
        }
        return underLock(
                name,
                options,
                options.creatorLimit(),
                () -> createOrAttachLocked(name, specs, initializer, member, options));
    }

    /** Attaches to the segment if {@code isWanted}, which looks at it read-only, says so; creates it otherwise. */
    public static Attachment createOrAttach(
            final String name,
            final Predicate<Attachment> isWanted,
            final Supplier<List<ArraySpec>> specs,
            final Consumer<Attachment> initializer,
            final AttachOptions options) {
        return underLock(name, options, options.creatorLimit(), () -> {
            final Segment wanted = wantedOrRemoved(name, isWanted, options);
            return wanted == null
                    ? createLocked(name, specs.get(), initializer, null, options)
                    : Attachment.withSlot(wanted, options, null);
        });
    }

    /** The segment, if it is the wanted one; null if there is none any more. */
    private static Segment wantedOrRemoved(
            final String name, final Predicate<Attachment> isWanted, final AttachOptions options) {
        if (!options.root().holds(name)) {
            return null;
        }
        final Segment segment = openUnlessRemoved(name, options);
        if (segment != null) {
            try (Attachment found = Attachment.readOnly(segment, options)) {
                if (isWanted.test(found)) {
                    return segment;
                }
            }
            if (isInUse(segment)) {
                throw new SegmentExistsException(
                        "living processes use the segment of this name, which is another one than is wanted: name="
                                + name + ", directory=" + options.root().directory() + ", created by pid "
                                + segment.creatorPid() + "; end them first, or choose another name");
            }
        }
        SegmentRemoval.remove(options.root(), name);
        return null;
    }

    private static Attachment createOrAttachLocked(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<Attachment> initializer,
            final RunMember member,
            final AttachOptions options) {
        if (options.root().holds(name)) {
            final Segment segment = openUnlessRemoved(name, options);
            if (segment != null
                    && (isInUse(segment)
                            || options.leftover() == AttachOptions.Leftover.ATTACH
                            || isOfRun(segment, member))) {
                return checked(Attachment.withSlot(segment, options, member), specs);
            }
            if (segment != null
                    && (options.leftover() == AttachOptions.Leftover.REFUSE || !mayCreate(member, name, options))) {
                throw new SegmentExistsException("a segment of this name was left behind, and no process that used it"
                        + " is alive: name=" + name + ", directory="
                        + options.root().directory() + ", created by pid " + segment.creatorPid()
                        + "; to continue with its values, set -Dshmarrays.leftovers=attach (`bin/shmarrays run`:"
                        + " --leftover resume). To delete them, set -Dshmarrays.leftovers=replace (--leftover replace);"
                        + " `bin/shmarrays checkpoint " + name
                        + " FILE` saves them first");
            }
            checkMayCreate(member, name, options);
            SegmentRemoval.remove(options.root(), name);
        }
        checkMayCreate(member, name, options);
        return createLocked(name, specs, initializer, member, options);
    }

    private static boolean mayCreate(final RunMember member, final String name, final AttachOptions options) {
        return member == null || member.mayCreate(options.root().segment(name));
    }

    /** A worker of a run under way attaches and never creates: a second segment would be a second model. */
    private static void checkMayCreate(final RunMember member, final String name, final AttachOptions options) {
        if (!mayCreate(member, name, options)) {
            throw new SegmentNotFoundException("the segment of a running run is missing: name=" + name
                    + ", directory=" + options.root().directory() + ", rank=" + member.rank() + ", restart="
                    + member.environment().restart() + "; a worker that was restarted or added never creates a segment."
                    + " Processes that are still attached can save the values with"
                    + " Checkpoint.write(arrays, file)");
        }
    }

    /** The segment, or null if its removal was begun and not finished. */
    private static Segment openUnlessRemoved(final String name, final AttachOptions options) {
        try {
            return SegmentOpener.open(options.root(), name, false);
        } catch (final SegmentRemovedException e) {
            return null;
        }
    }

    /**
     * True if a worker of this run has held a slot: the segment is the run's own, and this worker was started again.
     */
    private static boolean isOfRun(final Segment segment, final RunMember member) {
        return member != null && member.environment().isOfRunThatUsed(segment);
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

    public static Attachment attach(final String name, final RunMember member, final AttachOptions options) {
        if (member != null && member.makesUpName(name)) {
            throw new IllegalStateException(
                    "no segment was named for this worker, so there is none to attach to: create one with"
                            + " createOrAttach(worker, …), attach by name, or start the worker with"
                            + " `bin/shmarrays run --name NAME`");
        }
        Step.A1.reached();
        return Attachment.withSlot(open(name, options, false), options, member);
    }

    public static Attachment attachReadOnly(final String name, final AttachOptions options) {
        return Attachment.readOnly(open(name, options, true), options);
    }

    /**
     * A further attachment to the segment of one: for a member of a run, with a slot, or read-only as that one is.
     *
     * @throws IllegalStateException if there is a member, and that one is read-only
     */
    public static Attachment another(final Attachment one, final RunMember member) {
        one.checkCallable();
        final Segment segment = one.segment();
        segment.presence().check();
        if (!one.hasSlot() && member != null) {
            throw new IllegalStateException("attached read-only, and a worker needs a slot: segment=" + segment.name()
                    + "; attach with ShmArrays.attach(worker)");
        }
        return one.hasSlot()
                ? Attachment.withSlot(segment, one.options(), member)
                : Attachment.readOnly(segment, one.options());
    }

    /** Opens a segment, waiting for one that is not there yet. */
    private static Segment open(final String name, final AttachOptions options, final boolean readOnly) {
        final WaitTime time = new WaitTime(options.attachLimit(), LONGEST_ROUND_NS);
        final FileLockHolder creator = CreationLock.holder(options.root(), name);
        long now = CLOCK.nanoTime();
        boolean mayBeReplaced = true;
        long pollNs = POLL_NS;
        while (true) {
            final boolean late = time.isOver();
            try {
                final Segment segment = SegmentOpener.open(options.root(), name, readOnly);
                creator.ended();
                return segment;
            } catch (final InvalidSegmentException | SegmentRemovedException e) {
                // Perhaps it was removed in this very moment, and another one of its name made.
                if (!mayBeReplaced && options.root().holds(name) || late) {
                    throw e;
                }
                mayBeReplaced = false;
            } catch (final SegmentNotFoundException e) {
                if (late) {
                    throw new SegmentNotFoundException(
                            e.getMessage() + ", waited=" + options.attachLimit().timeoutNs() / 1_000_000 + " ms");
                }
            }
            Parking.parkNanos(pollNs);
            pollNs = Math.min(2 * pollNs, LONGEST_POLL_NS);
            final long before = now;
            now = CLOCK.nanoTime();
            time.add(now - before, creator.isStopped(now), false);
        }
    }

    /** Returns the handle if the segment has the expected arrays; closes it otherwise. */
    static Attachment checked(final Attachment attachment, final List<ArraySpec> expected) {
        try {
            Target.checkSpecs(attachment.segment(), expected);
            return attachment;
        } catch (final Throwable e) {
            closeBecauseOf(e, attachment);
            throw e;
        }
    }

    /** A name that no other segment has. */
    public static String uniqueName() {
        return "s" + ProcessIdentity.current().pid() + "-"
                + Long.toUnsignedString(
                        java.util.concurrent.ThreadLocalRandom.current().nextLong(), 36);
    }
}
