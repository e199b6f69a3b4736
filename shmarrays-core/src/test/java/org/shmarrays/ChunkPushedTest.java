package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.FourPartitions.ELEMENTS_OF_EACH;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.worker.Worker;

/** What a push by chunks calls once, when all chunks have been updated. */
class ChunkPushedTest {
    @TempDir
    private Path directory;

    @AutoClose
    private FourPartitions segment;

    private final List<String> calls = new ArrayList<>();
    private Runnable inPushed = () -> {};

    @BeforeEach
    void create() {
        segment = new FourPartitions(directory);
    }

    /** Adds 1, notes its calls, and runs something in {@link #pushed()}. */
    private final class Noting implements ChunkFunction {
        private final AddInPlace add;

        Noting(final ChunkPush push, final ShmArrays arrays, final String name) {
            add = new AddInPlace(push, arrays.array(name).stateCount());
        }

        @Override
        public void update(final int chunk, final int first, final int count) {
            calls.add("update " + chunk);
            add.update(chunk, first, count);
        }

        @Override
        public void pushed() {
            calls.add("pushed");
            inPushed.run();
        }
    }

    private Noting noting(final ChunkPush push, final String name) {
        return new Noting(push, segment.arrays(), name);
    }

    private static boolean isInPush(final ShmArrays arrays) {
        return arrays.segment().slots().inPushAcquire(arrays.slotId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"w", "h", "a"})
    void shouldBeCalledOnceInsideTheGateWithoutALock(final String name) {
        final ChunkPush push = segment.arrays().array(name).chunkPush();
        final Noting function = noting(push, name);
        inPushed = () -> {
            assertThat(isInPush(segment.arrays())).isTrue();
            segment.assertAllFreeAndStable();
            assertThat(function.add.value(0)).isEqualTo(1);
            assertThat(function.add.value(4 * ELEMENTS_OF_EACH - 1)).isEqualTo(1);
        };

        push.run(function);

        assertThat(calls).containsExactly("update 0", "update 1", "update 2", "update 3", "pushed");
        assertThat(isInPush(segment.arrays())).isFalse();
    }

    @Test
    void shouldBeCalledAfterTheGroupsToo() {
        final ChunkPush plain = segment.arrays().array("w").chunkPush();
        final Noting function = noting(plain, "w");

        plain.withGroup(1, 4, new ChunkFunction.Group() {
                    @Override
                    public void prepare() {}

                    @Override
                    public void update(final int chunk, final int first, final int count) {}

                    @Override
                    public void stored() {
                        calls.add("stored");
                    }

                    @Override
                    public void pushed() {
                        calls.add("pushed of the group");
                    }
                })
                .run(function);

        assertThat(calls).containsExactly("update 0", "stored", "pushed");
    }

    @Test
    void shouldNotBeCalledInAPushThatFails() {
        final ChunkPush push = segment.arrays().array("w").chunkPush();
        final Noting function = noting(push, "w");

        assertThatThrownBy(() -> push.run(new ChunkFunction() {
                    @Override
                    public void update(final int chunk, final int first, final int count) {
                        function.add.failingAt(2).update(chunk, first, count);
                    }

                    @Override
                    public void pushed() {
                        function.pushed();
                    }
                }))
                .isInstanceOf(UpdateFailedException.class);

        assertThat(calls).isEmpty();
    }

    @Test
    void shouldBeCalledWhenTheRestWasResumed() {
        final ChunkPush push = segment.arrays().array("w").chunkPush();
        final Noting function = noting(push, "w");
        segment.lock(segment.first() + 2, 99);
        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(function));
        assertThat(calls).doesNotContain("pushed");
        segment.lock(segment.first() + 2, 0);

        failed.resume();
        failed.resume();

        assertThat(calls).endsWith("update 2", "pushed").containsOnlyOnce("pushed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"w", "h", "a"})
    void shouldKeepTheUpdateWhenItThrows(final String name) {
        final ChunkPush push = segment.arrays().array(name).chunkPush();
        final Noting function = noting(push, name);
        inPushed = () -> {
            throw new ArithmeticException("no count");
        };
        final int first = segment.arrays().segment().layout().array(name).firstPartition();

        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(function));

        assertThat(failed)
                .hasCauseInstanceOf(ArithmeticException.class)
                .hasMessageContainingAll("pushed() of a chunk function failed", "array=" + name)
                .hasMessageContainingAll("everything is updated", "can't be resumed", "no count");
        assertThat(failed.updatedPartitions()).containsExactly(first, first + 1, first + 2, first + 3);
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
        assertNothingIsHeld(name);
    }

    @Test
    void shouldKeepTheUpdateAfterAnError() {
        final ChunkPush push = segment.arrays().array("w").chunkPush();
        final Noting function = noting(push, "w");
        final AssertionError error = new AssertionError("no count");
        inPushed = () -> {
            throw error;
        };

        assertThatThrownBy(() -> push.run(function)).isSameAs(error);

        assertNothingIsHeld("w");
    }

    private void assertNothingIsHeld(final String name) {
        segment.assertValues(name, 1, 1, 1, 1);
        segment.assertAllFreeAndStable();
        segment.other().partitions().whilePaused(() -> {});
        inPushed = () -> {};
        final ChunkPush next = segment.arrays().array(name).chunkPush();
        next.run(noting(next, name));
        segment.assertValues(name, 2, 2, 2, 2);
    }

    @Test
    void shouldRefuseCallsOnTheSegment() {
        final ChunkPush push = segment.arrays().array("w").chunkPush();
        inPushed = () -> segment.other().read();

        assertThatThrownBy(() -> push.run(noting(push, "w")))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
    }

    /**
     * A snapshot pauses pushes; it never has the values of a push without its step, nor the step without the values.
     */
    @ParameterizedTest
    @ValueSource(strings = {"LOCKED", "HOGWILD", "ATOMIC", "ORDERED"})
    void shouldCountAStepInside(final Mode mode) {
        final SmallPartitions small = new SmallPartitions(directory);
        try (ShmArrays created = small.create(ArraySpec.of("w", FLOAT32, 700).inMode(mode));
                Worker worker = Worker.of(0, 1);
                ShmArrays arrays = ShmArrays.attach(worker, "s", small.settings())) {
            final ChunkPush push = arrays.array("w").chunkPush();
            inPushed = () -> {
                assertThat(isInPush(arrays)).isTrue();
                worker.countStep(32, 0.5);
                assertThatThrownBy(worker::barrier)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("inside an update function");
            };

            push.run(new Noting(push, arrays, "w"));
            push.run(new Noting(push, arrays, "w"));

            assertThat(worker.clock()).isEqualTo(2);
            assertThat(created.runControl().samples()).isEqualTo(64);
            assertThat(arrays.read().get("w")).containsOnly(2f);
        } finally {
            small.remove();
        }
    }
}
