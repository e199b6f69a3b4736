package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/** Pushes by chunks to ORDERED arrays. */
class ChunkTurnTest {
    private static final int ELEMENTS = 700; // three partitions

    private SmallPartitions segments;
    private ShmArrays arrays;

    @BeforeEach
    void remember(@TempDir final Path directory) {
        segments = new SmallPartitions(directory);
    }

    @AfterEach
    void remove() {
        arrays.close();
        segments.remove();
    }

    private void create() {
        arrays = segments.create(ArraySpec.of("w", FLOAT32, ELEMENTS)
                .inMode(Mode.ORDERED)
                .withState(1)
                .withAlias(new AliasSpec("part", 0, ArrayOrder.C, 2)));
    }

    private float[] values() {
        final float[] values = new float[ELEMENTS];
        arrays.array("w").readInto(values);
        return values;
    }

    @Test
    void shouldTakeATurnForEachPush() {
        create();
        final ChunkPush push = arrays.array("w").chunkPush();
        final AddInPlace add = new AddInPlace(push, 1);

        push.run(add);

        assertThat(values()).containsOnly(1);
        assertThatThrownBy(() -> arrays.array("w").write(new float[ELEMENTS]))
                .hasMessageContaining("after the first turn");
        push.run(add);
        assertThat(values()).containsOnly(2);
    }

    @Test
    void shouldEndTheTurnOfAPushThatFails() {
        create();
        final ChunkPush push = arrays.array("w").chunkPush();
        final AddInPlace add = new AddInPlace(push, 1);

        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(add.failingAt(1)));

        assertThatThrownBy(failed::resume)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in a turn of mode ORDERED");
        assertThat(values()[push.first(1) - 1]).isEqualTo(1);
        assertThat(values()[push.first(1)]).isZero();
        arrays.skip();
        push.run(add);
        assertThat(values()[0]).isEqualTo(2);
        assertThat(values()[ELEMENTS - 1]).isEqualTo(1);
    }

    @Test
    void shouldRefuseToLeaveAnOrderedArrayOut() {
        arrays = segments.create(
                ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(Mode.ORDERED),
                ArraySpec.of("v", FLOAT32, 1).inMode(Mode.ORDERED));

        assertThatThrownBy(() -> arrays.array("w").chunkPush().run((chunk, first, count) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("missing=v");
    }

    @Test
    void shouldRefuseAPartOfAnOrderedArray() {
        create();

        assertThatThrownBy(() -> arrays.array("part").chunkPush().run((chunk, first, count) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("missing=w");
    }
}
