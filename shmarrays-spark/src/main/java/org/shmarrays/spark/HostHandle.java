package org.shmarrays.spark;

import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;

/** The executor's own handle of its host's segment, in a thread of its own. It is no worker's. */
final class HostHandle {
    private final OwnThread thread;
    private final ShmArrays arrays;

    /** Attaches to a segment that exists. */
    HostHandle(final String segment, final Settings settings) {
        thread = new OwnThread("shmarrays-" + segment);
        try {
            arrays = thread.call(() -> ShmArrays.attach(segment, settings));
        } catch (final Throwable e) {
            thread.end();
            throw e;
        }
    }

    /** The handle, for tasks of {@link #call}. */
    ShmArrays arrays() {
        return arrays;
    }

    /** Runs a task in the handle's thread. */
    <R> R call(final Callable<R> task) {
        return thread.call(task);
    }

    void close() {
        try {
            thread.call(() -> {
                arrays.close();
                return null;
            });
        } finally {
            thread.end();
        }
    }
}
