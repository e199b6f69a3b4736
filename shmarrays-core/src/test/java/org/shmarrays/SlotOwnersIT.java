package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.NoFreeSlotException;
import org.shmarrays.internal.worker.Liveness;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.ProcessStat;
import org.shmarrays.testing.Signals;

/** Every process sees the owners of the slots. */
class SlotOwnersIT {
    @TempDir
    private Path directory;

    @Test
    void shouldKeepEachAttachmentOfAJvmThatHasSeveral() {
        try (ShmArrays v = ShmArrays.create("v", List.of(OneLock.SPEC), settings());
                ShmArrays w = OneLock.create(directory);
                ShmArrays v1 = ShmArrays.attach("v", settings())) {
            ShmArrays.attach("v", settings()).close();
            v.newHandle().close();
            ShmArrays.attach("w", settings()).close();

            try (Jvm looker = Jvm.start(Looker.class, directory)) {
                looker.awaitSuccess();
                assertThat(looker.output())
                        .contains("v: slot 0 true, slot 1 true, slot 2 false")
                        .contains("w: slot 0 true, slot 1 false");
            }
            v1.add(Map.of("w", OneLock.ONES));
            w.add(Map.of("w", OneLock.ONES));
        }
    }

    @Test
    void shouldSayWhichOwnersAreStoppedWhenSlotsRunOut() {
        final Settings two = settings().withSlots(2);
        try (ShmArrays arrays = ShmArrays.create("w", List.of(OneLock.SPEC), two);
                Jvm holder = Jvm.start(PatientHolder.class, directory)) {
            holder.awaitLine("holding");
            Signals.stop(holder.pid());
            Await.until("stopped", () -> ProcessStat.of(holder.pid()).state() == 'T');

            assertThatThrownBy(arrays::newHandle)
                    .isInstanceOf(NoFreeSlotException.class)
                    .hasMessageContaining("slot 0: pid "
                            + ProcessHandle.current().pid() + ", slot 1: pid " + holder.pid() + " (stopped)]")
                    .hasMessageContaining("stopped or gone=1");
        }
    }

    private Settings settings() {
        return OneLock.settings(directory);
    }

    /** Another process that looks at who lives. */
    static final class Looker {
        public static void main(final String... arguments) {
            for (final String name : List.of("v", "w")) {
                try (ShmArrays arrays = ShmArrays.attachReadOnly(name)) {
                    final StringBuilder line = new StringBuilder(name + ":");
                    for (int slotId = 0; slotId < 3; slotId++) {
                        line.append(slotId == 0 ? " slot " : ", slot ")
                                .append(slotId)
                                .append(' ')
                                .append(Liveness.isAlive(arrays.segment(), slotId));
                    }
                    System.out.println(line);
                }
            }
        }
    }
}
