package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.FourPartitions.ones;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.ChunkFunction;
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
        final ArrayHandle own = arrays.array("w");
        final ChunkPush push = own.chunkPush();
        final ChunkPush others = segment.other().array("h").chunkPush();
        final List<Runnable> calls = List.of(
                () -> push.run((chunk, first, count) -> {}),
                () -> others.run((chunk, first, count) -> {}),
                () -> push.typedView(),
                () -> own.chunkPush(),
                () -> own.view(),
                () -> own.stateView(0),
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
            assertThat(second.read().get("x")).containsExactly(9);
        }
    }

    private void assertRefusedInside(final Runnable call) {
        for (final String name : List.of("w", "h")) {
            final ChunkPush push = arrays.array(name).chunkPush();
            assertRefused(() -> push.run((chunk, first, count) -> call.run()));
            final ChunkPush grouped = push.withGroup(1, 3, new Calling(call, () -> {}));
            assertRefused(() -> grouped.run((chunk, first, count) -> {}));
            final ChunkPush stored = push.withGroup(1, 3, new Calling(() -> {}, call));
            assertRefused(() -> stored.run((chunk, first, count) -> {}));
        }
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

    private static void assertRefused(final ThrowingCallable push) {
        assertThatThrownBy(push)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
    }

    /** A group that makes one call while it prepares and another one at its end. */
    private record Calling(Runnable first, Runnable last) implements ChunkFunction.Group {
        @Override
        public void prepare() {
            first.run();
        }

        @Override
        public void update(final int chunk, final int from, final int count) {}

        @Override
        public void stored() {
            last.run();
        }
    }
}
