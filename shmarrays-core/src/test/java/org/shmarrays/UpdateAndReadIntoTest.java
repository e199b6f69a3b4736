package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.Updates;

class UpdateAndReadIntoTest {
    @TempDir
    private Path directory;

    private ShmArrays create() {
        return ShmArrays.create(
                "into",
                List.of(ArraySpec.of("a", FLOAT32, 3), ArraySpec.of("b", FLOAT32, 2)),
                Settings.fromProperties()
                        .withDirectory(directory.resolve("segments"))
                        .withSlots(2));
    }

    @Test
    void shouldCopyWhatThePushLeftIntoBuffersAndJavaArrays() {
        try (ShmArrays arrays = create()) {
            arrays.write(Map.of("a", new float[] {1, 2, 3}));
            final FloatBuffer a = FloatBuffer.wrap(new float[] {10, 20, 30});
            final float[] b = new float[2];

            arrays.updateAndReadInto(Map.of("a", a, "b", new float[] {4, 5}), Updates.add(), Map.of("a", a, "b", b));

            assertThat(a.array()).containsExactly(11, 22, 33);
            assertThat(b).containsExactly(4, 5);
        }
    }

    @Test
    void shouldRefuseDestinationOfWrongLengthBeforeAnythingIsUpdated() {
        try (ShmArrays arrays = create()) {
            final Map<String, ?> gradients = Map.of("a", new float[] {1, 2, 3});

            assertThatThrownBy(() -> arrays.updateAndReadInto(gradients, Updates.add(), Map.of("a", new float[2])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the destination has the wrong length");

            assertThat(arrays.read().get("a")).containsOnly(0f);
        }
    }
}
