package org.shmarrays.launch;

import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Names;
import org.shmarrays.segment.CreationLock;
import org.shmarrays.segment.InsufficientSpaceException;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.LockTimeoutException;
import org.shmarrays.segment.SegmentNotFoundException;
import org.shmarrays.segment.SegmentOpener;
import org.shmarrays.segment.SegmentRemoval;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.segment.WaitLimit;

/**
 * Removes a segment when the run is over: when this is closed, and also when a signal ends the process first. Then the
 * workers are stopped before, so that none of them trains a ghost. For one thread.
 */
public final class RemovalAtEnd implements AutoCloseable {
    private static final Duration UNKNOWN_TIMEOUT = Duration.ofSeconds(1);

    private final String name;
    private final Settings settings;
    private final boolean isOfAnyone;
    private final Thread hook = new Thread(this::stopAndRemove, "shmarrays-remove-segment");
    private volatile WorkerGroup group;
    private UUID created;
    private boolean isOver;

    private RemovalAtEnd(final String name, final Settings settings, final boolean isOfAnyone) {
        this.name = name;
        this.settings = settings;
        this.isOfAnyone = isOfAnyone;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Of whatever segment has this name at the end, whoever creates it, and of the data set that its workers share.
     *
     * @param name is this run's own: no other run can have chosen it
     */
    public static RemovalAtEnd ofName(final String name, final Settings settings) {
        return new RemovalAtEnd(name, settings, true);
    }

    /** Of the segment that this process creates with {@link #creating}, and of no other of its name. */
    public static RemovalAtEnd ofCreated(final String name, final Settings settings) {
        return new RemovalAtEnd(name, settings, false);
    }

    /**
     * An initializer that has this know which segment is the one; for {@link ShmArrays#create(String, java.util.List,
     * Consumer, Settings)}.
     *
     * @param initializer writes the first values
     */
    public Consumer<ShmArrays> creating(final Consumer<ShmArrays> initializer) {
        return arrays -> {
            created(arrays.segment().uid());
            initializer.accept(arrays);
        };
    }

    private synchronized void created(final UUID uid) {
        if (isOver) {
            throw new IllegalStateException("the run has ended, so the segment is not created: name=" + name);
        }
        created = uid;
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
        final UUID mine = end();
        try {
            removeData();
        } finally {
            removeOwn(mine);
        }
    }

    private void removeOwn(final UUID mine) {
        if (isLost()) {
            return;
        }
        if (mine != null || isOfAnyone) {
            remove(name, mine, settings.attachTimeout());
        } else if (settings.root().hasUnfinished(name)) {
            try {
                remove(name, null, UNKNOWN_TIMEOUT);
            } catch (final LockTimeoutException e) {
                // Another process creates one of this name: what is unfinished is its own.
            }
        }
    }

    /** If the name is the run's own, so is that of the data. */
    private void removeData() {
        if (isOfAnyone) {
            Names.withData(name).stream().skip(1).forEach(data -> remove(data, null, settings.attachTimeout()));
        }
    }

    /** Then what is left of the files may be all that is left of the values: it stays. */
    private boolean isLost() {
        final WorkerGroup workers = group;
        return workers != null && workers.segmentName().equals(name) && workers.isSegmentLost();
    }

    private synchronized UUID end() {
        isOver = true;
        return created;
    }

    /** Under the creation lock, so that nobody makes one anew between the look and the removal. */
    @SuppressWarnings("try") // the lock is only held
    private void remove(final String which, final UUID mine, final Duration timeout) {
        // In this order, because a segment that is published in this moment goes from the one state to the other.
        if (!settings.root().hasUnfinished(which) && !settings.root().holds(which)) {
            return;
        }
        try (CreationLock lock =
                CreationLock.acquire(settings.root(), which, limit(timeout), SystemNanoClock.INSTANCE)) {
            removeLocked(which, mine);
        } catch (final InsufficientSpaceException e) {
            removeLocked(which, mine); // not even a lock file fits: no process can create a segment then
        }
    }

    /** The end of a process does not wait for one that is stopped. */
    private static WaitLimit limit(final Duration timeout) {
        return new WaitLimit(timeout.toNanos(), timeout.toNanos(), true);
    }

    private void removeLocked(final String which, final UUID mine) {
        if (settings.root().holds(which) && (isOfAnyone || isThere(mine))) {
            SegmentRemoval.remove(settings.root(), which);
        }
        settings.root().deleteUnfinished(which); // of a creator that was ended in the middle
    }

    private boolean isThere(final UUID mine) {
        try {
            return SegmentOpener.open(settings.root(), name, true).uid().equals(mine);
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            return false; // it is another's, or about to go
        }
    }

    @Override
    public void close() {
        final UUID mine = end();
        try {
            removeData();
        } finally {
            if ((mine != null || isOfAnyone) && !isLost()) {
                remove(name, mine, settings.attachTimeout());
            }
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // The JVM is shutting down: the hook finds nothing left to remove.
        }
    }
}
