package org.shmarrays.launch;

import java.nio.file.Files;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;

/**
 * Removes a segment when the run is over: when this is closed, and also when a signal ends the process first. Then the
 * workers are stopped before, so that none of them trains a ghost. For one thread.
 */
public final class RemovalAtEnd implements AutoCloseable {
    private final String name;
    private final Settings settings;
    private final Thread hook = new Thread(this::stopAndRemove, "shmarrays-remove-segment");
    private volatile WorkerGroup group;

    /** Of a segment that is there, or that somebody may create. */
    public RemovalAtEnd(final String name, final Settings settings) {
        this.name = name;
        this.settings = settings;
        Runtime.getRuntime().addShutdownHook(hook);
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
        remove();
    }

    private synchronized void remove() {
        if (settings.root().holds(name)) {
            ShmArrays.remove(name, settings);
        }
        if (Files.isDirectory(settings.root().directory())) {
            settings.root().deleteUnfinished(name); // of a creator that was ended in the middle
        }
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // The JVM is shutting down: the hook finds nothing left to remove.
        }
    }
}
