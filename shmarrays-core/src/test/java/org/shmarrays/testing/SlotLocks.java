package org.shmarrays.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;

/** What the kernel knows of the lock files of slots. */
public final class SlotLocks {
    private SlotLocks() {}

    /** Whether some process has a lock on the file of a handle's slot. */
    public static boolean isLocked(final ShmArrays arrays) throws IOException {
        final Path file = Doors.SEGMENT.of(arrays).files().slotLock(arrays.slotId());
        final String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
        final List<String> locks = Files.readAllLines(Path.of("/proc/locks"));
        return locks.stream().anyMatch(line -> line.contains("POSIX") && line.contains(inode));
    }
}
