package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.LogListener;

class LivenessDoubtsTest {
    @TempDir
    private Path directory;

    /** A holder may be looked at for long, and then be killed: who looks at its file at that moment holds it. */
    @Test
    void shouldCountTheSecondThatAFileMayBeHeldFromWhenTheProcessWasGone() {
        try (LogListener doubts = LogListener.on(LivenessDoubts.class.getName());
                ShmArrays arrays = ShmArrays.create(
                        "w",
                        List.of(ArraySpec.of("w", INT64, 1)),
                        Settings.fromProperties().withDirectory(directory).withSlots(2))) {
            LivenessDoubts.lookAtLiving(Doors.SEGMENT.of(arrays), 0, 1);
            pauseOfMoreThanASecond();
            LivenessDoubts.goneButHeld(Doors.SEGMENT.of(arrays), 0, 1);
            assertThat(doubts.messages()).isEmpty();

            pauseOfMoreThanASecond();
            LivenessDoubts.goneButHeld(Doors.SEGMENT.of(arrays), 0, 1);
            LivenessDoubts.goneButHeld(Doors.SEGMENT.of(arrays), 0, 1);
            assertThat(doubts.messages()).singleElement().asString().contains("slot=0");
        }
    }

    /** A waiter saw it active, and then looked at its file. */
    @Test
    void shouldNotDoubtAnOwnerThatHasDepartedMeanwhile() {
        try (LogListener doubts = LogListener.on(LivenessDoubts.class.getName());
                ShmArrays arrays = ShmArrays.create(
                        "w",
                        List.of(ArraySpec.of("w", INT64, 1)),
                        Settings.fromProperties().withDirectory(directory).withSlots(2))) {
            final ShmArrays departing = arrays.newHandle();
            final int slotId = departing.slotId();
            final long generation = Doors.SEGMENT.of(arrays).slots().generationAcquire(slotId);
            departing.close();

            LivenessDoubts.unlocked(Doors.SEGMENT.of(arrays), slotId, generation);

            assertThat(doubts.messages()).isEmpty();
        }
    }

    private static void pauseOfMoreThanASecond() {
        final long began = System.nanoTime();
        Await.until("more than a second", () -> System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(1_050));
    }
}
