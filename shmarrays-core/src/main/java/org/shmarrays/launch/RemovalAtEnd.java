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
 * Removes a segment when the run is over: when this is closed, and also when a signal ends the process first. Then the
 * workers are stopped before, so that none of them trains a ghost. What a creator left that was ended in the middle
 * goes too. For any thread; to close it twice is harmless.
 */
public final class RemovalAtEnd implements AutoCloseable {
    private static final Duration UNKNOWN_TIMEOUT = Duration.ofSeconds(1);

    /** The segment's name, then those of others that go with it. */
    private final List<String> names;

    private final Settings settings;

    /** Which segments of these names are the run's; null where all are. */
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
     * Of whatever segment has this name at the end, whoever creates it, and of the data set that its workers share.
     *
     * @param name is this run's own: no other run can have chosen it
     */
    public static RemovalAtEnd ofName(final String name, final Settings settings) {
        return new RemovalAtEnd(Names.withData(name), settings, null);
    }

    /** Of the segment that this process creates with {@link #create}, and of no other of its name. */
    public static RemovalAtEnd ofCreated(final String name, final Settings settings) {
        return new RemovalAtEnd(name, settings);
    }

    /**
     * Of the segment that this run's workers create, and of the data set that they share, and of no others of these
     * names.
     *
     * @param isOwn whether one of the workers has created the segment of this id; asked when the workers have ended
     */
    public static RemovalAtEnd ofWorkers(final String name, final Predicate<UUID> isOwn, final Settings settings) {
        return new RemovalAtEnd(Names.withData(name), settings, isOwn);
    }

    /**
     * Creates the segment of this name, and this knows then which one it is. Where the run ends meanwhile, the removal
     * waits for this to return, at most for the attach timeout.
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
     * Creates the segment of this name from a checkpoint, and this knows then which one it is; else as {@link #create}.
     *
     * @param afterwards changes what was restored before other processes can see it
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

    /** The workers that must have ended before. */
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
