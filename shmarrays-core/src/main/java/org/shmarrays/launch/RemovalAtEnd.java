package org.shmarrays.launch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRemoval;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Names;

/**
 * Removes a segment at the end of a run: when this is closed, or when a signal ends the process before that. In the
 * second case the workers are stopped first, so that none of them trains a removed segment. What a creator left when it
 * was ended in the middle is removed as well. For any thread. A second call of {@link #close} does nothing.
 */
public final class RemovalAtEnd implements AutoCloseable {
    private static final Duration UNKNOWN_TIMEOUT = Duration.ofSeconds(1);

    /** The segment's name, then the names of others that are removed with it. */
    private final List<String> names;

    private final Settings settings;

    /** Which segments with these names belong to the run; null if all do. */
    private final Predicate<UUID> isOwn;

    private final Thread hook = new Thread(this::stopAndRemove, "shmarrays-remove-segment");
    private volatile WorkerGroup group;
    private UUID created;
    private int creations;
    private boolean isOver;

    private RemovalAtEnd(final List<String> names, final Settings settings, final Predicate<UUID> isOwn) {
        this.names = names;
        this.settings = settings;
        this.isOwn = isOwn;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private RemovalAtEnd(final String name, final Settings settings) {
        this.names = List.of(name);
        this.settings = settings;
        this.isOwn = this::isCreated;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Removes the segment that has this name at the end, whichever process created it, and the data set that its
     * workers share.
     *
     * @param name a name that no other run can have chosen
     */
    public static RemovalAtEnd ofName(final String name, final Settings settings) {
        return new RemovalAtEnd(Names.withData(name), settings, null);
    }

    /** Removes the segment that this process creates with {@link #create}, and no other segment of this name. */
    public static RemovalAtEnd ofCreated(final String name, final Settings settings) {
        return new RemovalAtEnd(name, settings);
    }

    /**
     * Removes the segment that the workers of this run create, and the data set that they share, and no other segments
     * with these names.
     *
     * @param isOwn true if one of the workers created the segment with this id; called when the workers have ended
     */
    public static RemovalAtEnd ofWorkers(final String name, final Predicate<UUID> isOwn, final Settings settings) {
        return new RemovalAtEnd(Names.withData(name), settings, isOwn);
    }

    /**
     * Creates the segment of this name. It is the one that is removed at the end. If the run ends meanwhile, the
     * removal waits until this has returned, but no longer than the attach timeout.
     *
     * @param initializer writes the first values
     * @throws IllegalStateException if the run has ended
     * @see ShmArrays#create(String, List, Consumer, Settings)
     */
    public ShmArrays create(final List<ArraySpec> specs, final Consumer<ShmArrays> initializer) {
        beginCreation();
        try {
            return ShmArrays.create(names.get(0), specs, arrays -> created(arrays, initializer), settings);
        } finally {
            endCreation();
        }
    }

    /**
     * Creates the segment of this name from a checkpoint. Apart from that, it is like {@link #create}.
     *
     * @param afterwards changes the restored segment before other processes can see it
     * @throws IllegalStateException if the run has ended
     * @see Checkpoint#restore(Path, String, Consumer, Settings)
     */
    public ShmArrays restore(final Path file, final Consumer<ShmArrays> afterwards) {
        beginCreation();
        try {
            return Checkpoint.restore(file, names.get(0), arrays -> created(arrays, afterwards), settings);
        } finally {
            endCreation();
        }
    }

    private void created(final ShmArrays arrays, final Consumer<ShmArrays> initializer) {
        created(Doors.SEGMENT.of(arrays).uid());
        initializer.accept(arrays);
    }

    private synchronized void beginCreation() {
        checkNotOver();
        creations++;
    }

    private synchronized void endCreation() {
        creations--;
        notifyAll();
    }

    private void checkNotOver() {
        if (isOver) {
            throw new IllegalStateException("the run has ended, so the segment is not created: name=" + names.get(0));
        }
    }

    private synchronized void created(final UUID uid) {
        checkNotOver();
        created = uid;
    }

    private synchronized boolean isCreated(final UUID uid) {
        return uid.equals(created);
    }

    /** The workers that must have ended before the removal. */
    public void after(final WorkerGroup workers) {
        group = workers;
    }

    private void stopAndRemove() {
        final WorkerGroup workers = group;
        if (workers != null) {
            workers.stop();
        }
        removeAll();
    }

    /**
     * The data of the workers before the segment that they share. One thread at a time: a process that ends while
     * another thread of it is at work would leave that one's lock file.
     */
    private synchronized void removeAll() {
        isOver = true;
        awaitCreations();
        final String name = names.get(0);
        try {
            names.stream().skip(1).forEach(this::remove);
        } finally {
            if (!isLost(name)) {
                remove(name);
            }
        }
    }

    /** For as long as the creation of a segment may take: it fails as soon as it looks whether the run is over. */
    private synchronized void awaitCreations() {
        final long startNs = System.nanoTime();
        final long limitNs = settings.attachTimeout().toNanos();
        boolean isInterrupted = false;
        while (creations > 0) {
            final long leftNs = limitNs - (System.nanoTime() - startNs);
            if (leftNs <= 0) {
                break;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, leftNs);
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Then what is left of the files may be all that is left of the values: it stays. */
    private boolean isLost(final String name) {
        final WorkerGroup workers = group;
        return workers != null && workers.segmentName().equals(name) && workers.isSegmentLost();
    }

    private void remove(final String name) {
        // In this order, because a segment that is published in this moment goes from the one state to the other.
        final boolean isBegun =
                Doors.ROOT.of(settings).hasUnfinished(name) || CreationLock.hasFile(Doors.ROOT.of(settings), name);
        if (isThere(name)) {
            removeUnderLock(name, settings.attachTimeout());
        } else if (isBegun) {
            try {
                removeUnderLock(name, UNKNOWN_TIMEOUT);
            } catch (final LockTimeoutException e) {
                // Another process creates one of this name: what is unfinished is its own.
            }
        }
    }

    private boolean isThere(final String name) {
        return Doors.ROOT.of(settings).holds(name) && (isOwn == null || isOwn(name));
    }

    private boolean isOwn(final String name) {
        try {
            return isOwn.test(
                    SegmentOpener.open(Doors.ROOT.of(settings), name, true).uid());
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            return false; // it is another's, or about to go
        }
    }

    /** Under the creation lock, so that no process creates another one between the check and the removal. */
    @SuppressWarnings("try") // the lock is only held
    private void removeUnderLock(final String name, final Duration timeout) {
        try (CreationLock lock =
                CreationLock.acquire(Doors.ROOT.of(settings), name, limit(timeout), SystemNanoClock.INSTANCE)) {
            removeLocked(name);
        } catch (final InsufficientSpaceException e) {
            removeLocked(name); // not even a lock file fits: no process can create a segment then
        }
    }

    /** The end of a process does not wait for one that is stopped. */
    private static WaitLimit limit(final Duration timeout) {
        return new WaitLimit(timeout.toNanos(), timeout.toNanos(), true);
    }

    private void removeLocked(final String name) {
        if (isThere(name)) {
            SegmentRemoval.remove(Doors.ROOT.of(settings), name);
        }
        Doors.ROOT.of(settings).deleteUnfinished(name); // of a creator that was ended in the middle
    }

    @Override
    public void close() {
        removeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // The JVM is shutting down: the hook finds nothing left to remove.
        }
    }
}
