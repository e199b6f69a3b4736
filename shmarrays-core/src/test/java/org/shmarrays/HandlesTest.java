package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.access.Attachment;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Further handles, and what an attacher must agree with. */
class HandlesTest {
    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(3);
    }

    @Test
    void shouldGiveReadOnlyHandlesOverAReadOnlyMapping() {
        try (ShmArrays arrays = ShmArrays.create("h", List.of(ArraySpec.of("w", FLOAT32, 4)), settings());
                ShmArrays readOnly = ShmArrays.attachReadOnly("h", settings());
                ShmArrays further = readOnly.newHandle()) {
            arrays.add(Map.of("w", new float[] {1, 2, 3, 4}));

            assertThat(further.read().get("w")).containsExactly(1, 2, 3, 4);
            assertThat(further.isReadOnly()).isTrue();
            assertThatThrownBy(() -> further.add(Map.of("w", new float[4]))).hasMessageContaining("attached read-only");
            assertThatThrownBy(() -> readOnly.newHandle(Worker.of(0, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a worker needs a slot");
        }
    }

    @Test
    void shouldNotAttachToAnArrayOfAnotherModeOrWithOtherStateArrays() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4);
        try (ShmArrays arrays = ShmArrays.create("h", List.of(spec), settings())) {
            for (final ArraySpec other : List.of(spec.inMode(Mode.HOGWILD), spec.withState(2))) {
                assertThatThrownBy(() -> ShmArrays.createOrAttach("h", List.of(other), fresh -> {}, settings()))
                        .hasMessageContaining("the segment's array differs from the expected one")
                        .hasMessageContaining(other.toString());
            }
            assertThat(arrays.specs()).containsExactly(spec);
        }
    }

    /** As a call finds the handle that passed the first check just before another thread began to close it. */
    @Test
    void shouldSayThatItIsClosedToACallThatComesWhileItIsBeingClosed() {
        try (ShmArrays arrays = ShmArrays.create("h", List.of(ArraySpec.of("w", FLOAT32, 4)), settings())) {
            final Attachment attachment =
                    Attachment.withSlot(arrays.segment(), settings().options(), null);
            assertThatThrownBy(() -> attachment.checkCutOff(Thread.currentThread()))
                    .hasMessageContaining("two threads use one handle");
            attachment.close();

            assertThatThrownBy(() -> attachment.checkCutOff(Thread.currentThread()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the handle is closed");
        }
    }

    @Test
    void shouldFinishARemovalThatWasCutOff() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, 4));
        try (ShmArrays arrays = ShmArrays.create("h", specs, settings())) {
            new ControlHeader(arrays.segment().control()).stateRelease(ControlHeader.STATE_REMOVED);
        }

        try (ShmArrays arrays = ShmArrays.createOrAttach("h", specs, fresh -> fresh.add(ones()), settings())) {
            assertThat(arrays.read().get("w")).containsOnly(1);
        }
    }

    private static Map<String, float[]> ones() {
        return Map.of("w", new float[] {1, 1, 1, 1});
    }
}
