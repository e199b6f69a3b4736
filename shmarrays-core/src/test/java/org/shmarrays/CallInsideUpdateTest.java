package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.FourPartitions.ones;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.UpdateFunction;

/** Calls from inside an update function are refused: they could wait for the lock that the function is called under. */
class CallInsideUpdateTest {
    @TempDir
    private Path directory;

    @AutoClose
    private FourPartitions segment;

    private ShmArrays arrays;

    @BeforeEach
    void create() {
        segment = new FourPartitions(directory);
        arrays = segment.arrays();
    }

    @Test
    void shouldRefuseCallsFromInsideAFunction() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final List<Runnable> calls = List.of(
                () -> arrays.read(),
                () -> segment.other().read(),
                () -> segment.other().add(Map.of("h", ones())),
                () -> segment.other().update(Map.of("w", ones()), (g, old) -> g),
                () -> segment.other().write(Map.of("w", ones())),
                () -> segment.other().array("w"),
                () -> arrays.newHandle(),
                () -> ShmArrays.attach("failing", settings),
                () -> ShmArrays.attachReadOnly("failing", settings),
                () -> arrays.close(),
                () -> segment.other().close());
        for (final Runnable call : calls) {
            assertRefusedInside(call);
        }
        segment.assertValues("w", 0, 0, 0, 0);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldRefuseCallsFromInsideAFunctionAlsoAfterOneOnAnotherSegment() {
        try (ShmArrays second = ShmArrays.create(
                "second",
                List.of(ArraySpec.of("x", FLOAT32, 1)),
                Settings.fromProperties().withDirectory(directory))) {
            assertRefusedInside(() -> {
                second.updateElementwise(Map.of("x", new float[1]), (g, gOffset, w, wOffset, n) -> {
                    w[wOffset] += 1;
                });
                segment.other().read();
            });
            assertThat(second.read().get("x")).containsExactly(3);
        }
    }

    private void assertRefusedInside(final Runnable call) {
        assertThatThrownBy(
                        () -> arrays.updateElementwise(Map.of("w", ones()), (g, gOffset, w, wOffset, n) -> call.run()))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), (g, old) -> {
                    call.run();
                    return old;
                }))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
        assertThatThrownBy(() -> arrays.array("a")
                        .update(
                                ones(),
                                UpdateFunction.of(
                                        (final float[] g,
                                                final int gOffset,
                                                final float[] w,
                                                final int wOffset,
                                                final int n) -> call.run(),
                                        float[].class)))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
    }
}
