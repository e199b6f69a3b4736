package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/** An interrupted repairer takes no partition that can be repaired for a damaged one. */
class InterruptedRepairTest {
    private static final int DEAD_SLOT = 1;
    private static final int PARTITION = 0;

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private Segment segment;

    /** A worker has died in the middle of a change. */
    @BeforeEach
    void leaveHalfAChange() {
        arrays = ShmArrays.create(
                "s",
                List.of(ArraySpec.of("a", ElementType.FLOAT32, 8)),
                Settings.fromProperties().withDirectory(directory).withSlots(2));
        segment = Doors.SEGMENT.of(arrays);
        arrays.array("a").write(new float[] {1, 2, 3, 4, 5, 6, 7, 8});
        final int offset = segment.layout().arrays().get(0).offset();
        segment.partitions().compareAndSetLock(PARTITION, 0, LockToken.of(DEAD_SLOT, 1));
        final PartitionChange change = PartitionChange.ofSlot(segment, DEAD_SLOT);
        change.begin(PARTITION);
        change.save(0, offset, 8 * Float.BYTES);
        segment.file(0, 0).floats().put(offset / Float.BYTES, 99);
    }

    @AfterEach
    void close() {
        Thread.interrupted();
        arrays.close();
    }

    @Test
    void shouldRepairThoughTheThreadIsInterrupted() {
        Thread.currentThread().interrupt();

        assertThat(DeadHolder.recover(segment, DEAD_SLOT, 1)).isOne();

        assertThat(Thread.interrupted()).as("it stays interrupted").isTrue();
        assertRepaired();
    }

    private void assertRepaired() {
        assertThat(segment.partitions().lockAcquire(PARTITION)).isZero();
        final float[] values = new float[8];
        arrays.array("a").readInto(values);
        assertThat(values).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }
}
