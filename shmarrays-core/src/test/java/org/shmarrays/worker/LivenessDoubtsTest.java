package org.shmarrays.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;

class LivenessDoubtsTest {
    @TempDir
    private Path directory;

    private final List<String> said = new CopyOnWriteArrayList<>();

    /** A holder may be looked at for long, and then be killed: who looks at its file at that moment holds it. */
    @Test
    void shouldCountTheSecondThatAFileMayBeHeldFromWhenTheProcessWasGone() {
        final Logger doubts = Logger.getLogger(LivenessDoubts.class.getName());
        final Handler listener = new Handler() {
            @Override
            public void publish(final LogRecord message) {
                said.add(message.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        doubts.addHandler(listener);
        try (ShmArrays arrays = ShmArrays.create(
                "w",
                List.of(ArraySpec.of("w", INT64, 1)),
                Settings.fromProperties().withDirectory(directory).withSlots(2))) {
            LivenessDoubts.lookAtLiving(arrays.segment(), 0, 1);
            pauseOfMoreThanASecond();
            LivenessDoubts.heldByNobody(arrays.segment(), 0, 1);
            assertThat(said).isEmpty();

            pauseOfMoreThanASecond();
            LivenessDoubts.heldByNobody(arrays.segment(), 0, 1);
            LivenessDoubts.heldByNobody(arrays.segment(), 0, 1);
            assertThat(said).singleElement().asString().contains("slot=0");
        } finally {
            doubts.removeHandler(listener);
        }
    }

    private static void pauseOfMoreThanASecond() {
        final long began = System.nanoTime();
        Await.until("more than a second", () -> System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(1_050));
    }
}
