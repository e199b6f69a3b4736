package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;

/** A slot is closed by any thread, also while the thread that uses it abandons it. */
@Timeout(120)
class SlotTest {
    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private Slot slot;

    @BeforeEach
    void claim() {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(2);
        arrays = ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 4)), settings);
        slot = Slot.claim(Doors.SEGMENT.of(arrays));
    }

    @AfterEach
    void close() {
        slot.close();
        arrays.close();
    }

    private long state() {
        return slot.slots().stateAcquire(slot.slotId());
    }

    /** What it stored after that would meet the slot's next owner. */
    @Test
    void shouldNotCloseWhileAnotherThreadEndsTheOwnership() throws InterruptedException {
        final Thread closing = new Thread(slot::close, "closing");
        synchronized (slot) {
            closing.start();
            Await.until(
                    "the close waits",
                    () -> closing.getState() == Thread.State.BLOCKED || closing.getState() == Thread.State.TERMINATED);
            assertThat(state()).isEqualTo(SlotTable.ACTIVE);
            slot.abandon();
        }
        closing.join(Await.DEADLINE.toMillis());

        assertThat(state()).isEqualTo(SlotTable.ABANDONED);
    }

    @Test
    void shouldStoreNothingWhenAnotherOwnerMayHaveTheSlot() {
        slot.abandon();
        slot.close();
        try (Slot next = Slot.claim(Doors.SEGMENT.of(arrays))) {
            assertThat(next.slotId()).isEqualTo(slot.slotId());

            slot.abandon();
            slot.close();

            assertThat(state()).isEqualTo(SlotTable.ACTIVE);
        }
    }
}
