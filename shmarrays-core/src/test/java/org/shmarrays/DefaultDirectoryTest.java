package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.layout.ArraySpec;

/** The calls without settings, in the directory that they use. */
class DefaultDirectoryTest {
    private String name;

    @AfterEach
    void remove() {
        try {
            ShmArrays.remove(name);
        } catch (final SegmentNotFoundException e) {
            // The test has removed it, or not made it.
        }
    }

    @Test
    void shouldShareUnderAUniqueName() {
        try (ShmArrays arrays = ShmArrays.create(Map.of("w", new float[] {1, 2}))) {
            name = arrays.name();
            try (ShmArrays other = ShmArrays.attach(name);
                    ShmArrays reader = ShmArrays.attachReadOnly(name)) {
                other.add(Map.of("w", new float[] {1, 1}));
                assertThat(reader.read().get("w")).containsExactly(2, 3);
                assertThat(arrays.read().get("w")).containsExactly(2, 3);
            }
        }
    }

    @Test
    void shouldCreateUnderAName() {
        name = "test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 2);
        try (ShmArrays arrays = ShmArrays.create(name, spec);
                ShmArrays other = ShmArrays.createOrAttach(name, java.util.List.of(spec), created -> {
                    throw new AssertionError("it is there");
                })) {
            arrays.add(Map.of("w", new float[] {1, 1}));
            assertThat(other.read().get("w")).containsOnly(1);
        }
        ShmArrays.remove(name);
        assertThat(Settings.fromProperties().root().names()).doesNotContain(name);
    }
}
