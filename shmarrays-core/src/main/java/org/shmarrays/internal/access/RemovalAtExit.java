package org.shmarrays.internal.access;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.layout.Names;

/**
 * Takes a segment that has no name of a user's away when this process ends, by itself or by SIGINT, SIGTERM or SIGHUP,
 * and the data set that its workers share. After SIGKILL both stay, and {@code shmarrays clean} finds them.
 */
public final class RemovalAtExit {
    private static final System.Logger LOGGER = System.getLogger(RemovalAtExit.class.getName());
    private static final Set<String> REGISTERED = ConcurrentHashMap.newKeySet();

    private RemovalAtExit() {}

    /** Of a name that no other process uses. Says so, the first time. */
    static void of(final String name, final AttachOptions options) {
        if (REGISTERED.add(options.root().segment(name).toString())) {
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "no segment was named for this worker, so it created one of its own: name=" + name + ", directory="
                            + options.root().directory()
                            + "; it is removed when this process ends. To keep the segment, set"
                            + " SHMARRAYS_SEGMENT, or start the worker with `bin/shmarrays run --name NAME`");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(name, options), "shmarrays-remove-segment"));
        }
    }

    /** Removes the segment, and the data set that its workers share, if they are there. */
    public static void remove(final String name, final AttachOptions options) {
        for (final String each : Names.withData(name)) {
            try {
                Removing.remove(each, options);
            } catch (final SegmentNotFoundException e) {
                // The program has removed it itself, or never made it.
            }
        }
    }
}
