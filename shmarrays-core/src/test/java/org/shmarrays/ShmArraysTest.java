package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

class ShmArraysTest {
    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4);
    }

    @Test
    void shouldShareValuesBetweenHandles() {
        try (ShmArrays one = ShmArrays.create(
                        "mnist",
                        List.of(
                                ArraySpec.of("W1", FLOAT32, 784, 128).withState(1),
                                ArraySpec.of("b1", FLOAT32, 128).inMode(Mode.HOGWILD),
                                ArraySpec.of("b2", FLOAT32, 3).inMode(Mode.ATOMIC)),
                        settings());
                ShmArrays two = ShmArrays.attach("mnist", settings())) {
            final float[] gradient = new float[784 * 128];
            java.util.Arrays.fill(gradient, 2f);
            one.update(Map.of("W1", gradient, "b1", new float[128]), Updates.add());
            one.update(Map.of("W1", gradient), (g, old) -> {
                for (int i = 0; i < old.length; i++) {
                    old[i] += g[i];
                }
                return old;
            });
            two.add(Map.of("b2", new float[] {1, 2, 3}));

            assertThat(two.read().get("W1")).containsOnly(4f);
            assertThat(one.read().get("b2")).containsExactly(1f, 2f, 3f);
            assertThatThrownBy(() -> two.update(Map.of("b2", new float[3]), (g, old) -> g))
                    .hasMessageContaining("ATOMIC");
        }
    }
}
