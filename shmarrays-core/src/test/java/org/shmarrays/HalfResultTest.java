package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.OwnedValues;
import org.shmarrays.update.Updates;

/** What a push of a 16-bit array gives back is what the memory holds: rounded. */
class HalfResultTest {
    @TempDir
    private Path directory;

    @Test
    void shouldGiveBackRoundedValues() {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("half", FLOAT16, 3),
                ArraySpec.of("brain", BFLOAT16, 3),
                ArraySpec.of("atomic", FLOAT16, 3).inMode(Mode.ATOMIC));
        final float[] thirds = {1 / 3f, 2 / 3f, -1 / 3f};
        try (ShmArrays arrays = ShmArrays.create(
                "h", specs, Settings.fromProperties().withDirectory(directory).withSlots(2))) {
            for (final String name : List.of("half", "brain", "atomic")) {
                final Map<String, float[]> result = arrays.updateAndRead(Map.of(name, thirds), Updates.add());

                assertThat(result.get(name)).isEqualTo(arrays.read().get(name)).isNotEqualTo(thirds);
            }
            final Map<String, float[]> whole = arrays.updateAndRead(Map.of("half", thirds), (g, old) -> g);

            assertThat(whole.get("half")).isEqualTo(arrays.read().get("half"));
            assertThat(thirds[0]).isEqualTo(1 / 3f);
        }
    }

    @Test
    void shouldGiveBackRoundedValuesInTheKindOfMemoryThatHeldThem() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("half", FLOAT16, 3), ArraySpec.of("brain", BFLOAT16, 3));
        final float[] thirds = {1 / 3f, 2 / 3f, -1 / 3f};
        final FloatBuffer buffer = FloatBuffer.wrap(thirds);
        try (ShmArrays arrays = ShmArrays.create(
                "h", specs, Settings.fromProperties().withDirectory(directory).withSlots(2))) {
            for (final String name : List.of("half", "brain")) {
                for (final Object values :
                        List.of(thirds, buffer, (OwnedValues) () -> thirds, (OwnedValues) () -> buffer)) {
                    final boolean isArray =
                            values == thirds || values instanceof OwnedValues owner && owner.values() == thirds;

                    final Object stored = arrays.updateWhole(List.of(name), (array, old) -> values)
                            .get(name);

                    assertThat(stored).isInstanceOf(isArray ? float[].class : FloatBuffer.class);
                    final float[] rounded = arrays.read().get(name);
                    assertThat(stored).isEqualTo(isArray ? rounded : FloatBuffer.wrap(rounded));
                }
            }
        }
    }
}
