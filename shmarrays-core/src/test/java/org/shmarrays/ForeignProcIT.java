package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.segment.ProcessTable;
import org.shmarrays.internal.worker.Liveness;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.testing.Jvm;

/** Processes in a pid namespace of their own, where {@code /proc} is still that of the namespace above. */
class ForeignProcIT {
    private static final List<String> UNSHARE = List.of("unshare", "--pid", "--fork", "--kill-child", "--");

    @TempDir
    private Path directory;

    @Test
    void shouldTellWhoLivesByTheLockFile() throws Exception {
        assumeTrue(mayUnshare(), "unshare --pid needs rights that this user lacks here");
        try (Jvm scene = Jvm.startUnder(UNSHARE, Scene.class, directory)) {
            assertThat(scene.awaitSuccess())
                    .contains("trusted false", "holder alive true, visible false", "occupants 2")
                    .contains("killed: alive false, unseen 1", "recoveries 1, value 1.0");
        }
    }

    private static boolean mayUnshare() throws InterruptedException {
        try {
            final Process process = new ProcessBuilder("unshare", "--pid", "--fork", "true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (final IOException e) {
            return false;
        }
    }

    /** All of it happens in the namespace: a holder is looked at, killed, and its lock recovered. */
    static final class Scene {
        public static void main(final String... arguments) {
            final Path directory = Path.of(System.getProperty("shmarrays.directory"));
            System.out.println("trusted " + ProcessTable.HERE.isTrusted() + ", " + ProcessIdentity.current());
            try (ShmArrays arrays = OneLock.create(directory);
                    Jvm holder = Jvm.start(PatientHolder.class, directory)) {
                holder.awaitLine("holding");
                final int slotId = LockToken.slotId(OneLock.word(arrays));
                System.out.println("holder alive " + Liveness.isAlive(arrays.segment(), slotId) + ", visible "
                        + Liveness.isVisible(arrays.segment(), slotId));
                System.out.println("occupants " + Occupancy.of(arrays.segment()).alive());
                holder.kill();
                System.out.println("killed: alive " + Liveness.isAlive(arrays.segment(), slotId) + ", unseen "
                        + Occupancy.of(arrays.segment()).unseen());
                arrays.add(Map.of("w", OneLock.ONES));
                System.out.println("recoveries " + OneLock.recoveries(arrays) + ", value "
                        + arrays.read().get("w")[0]);
            }
        }
    }
}
