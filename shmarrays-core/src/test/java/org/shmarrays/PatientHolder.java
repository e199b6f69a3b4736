package org.shmarrays;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.shmarrays.testing.Await;
import org.shmarrays.update.UpdateFunction;

/** A process that adds 1, and holds {@link OneLock} meanwhile until it is let go. */
final class PatientHolder {
    /** The argument that has it lose the lock of its slot's file before it holds. */
    static final String CLOSE_LOCK_FILE = "close-lock-file";

    private static final String GO = "go";

    private PatientHolder() {}

    static void letGo(final Path directory) {
        try {
            Files.createFile(directory.resolve(GO));
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    public static void main(final String... arguments) {
        final Path directory = Path.of(System.getProperty("shmarrays.directory"));
        final boolean closing = arguments.length > 0;
        try (ShmArrays arrays = ShmArrays.attach("w")) {
            final Path lockFile = arrays.segment().files().slotLock(OneLock.lastOwnSlot(arrays));
            final UpdateFunction hold = UpdateFunction.of(
                    (final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) -> {
                        if (closing) {
                            openAndClose(lockFile);
                        }
                        System.out.println("holding");
                        Await.until("go", () -> Files.exists(directory.resolve(GO)));
                        for (int i = 0; i < n; i++) {
                            w[wOffset + i] += g[gOffset + i];
                        }
                    },
                    float[].class);
            arrays.update(Map.of("w", OneLock.ONES), hold);
            System.out.println("released");
        }
    }

    /** What a backup, a virus scanner or a library in the same process might do: all locks on the file are lost. */
    private static void openAndClose(final Path file) {
        try {
            FileChannel.open(file, StandardOpenOption.READ).close();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }
}
