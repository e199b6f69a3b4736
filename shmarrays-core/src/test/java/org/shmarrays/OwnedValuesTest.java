package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.OwnedValues;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** Memory with an owner is asked for before each use, and the owner hears when it is no longer used. */
class OwnedValuesTest {
    private static final int[] ALL_ROWS = {0, 1};

    @TempDir
    private Path directory;

    private Settings settings;

    @BeforeEach
    void chooseSettings() {
        settings = Settings.fromProperties().withDirectory(directory).withSlots(2);
    }

    /** Memory of four floats that may be elsewhere at each use. */
    private static final class Memory implements OwnedValues {
        private final List<String> calls = new ArrayList<>();
        private final float[] floats;
        private Object values;

        /** What each of the methods does besides. */
        private Runnable inside = () -> {};

        Memory(final float... floats) {
            this.floats = floats;
        }

        @Override
        public Object values() {
            calls.add("values");
            inside.run();
            if (values instanceof RuntimeException e) {
                throw e;
            }
            values = FloatBuffer.wrap(floats.clone());
            return values;
        }

        @Override
        public void done() {
            calls.add("done");
            inside.run();
            ((FloatBuffer) values).get(0, floats);
        }

        @Override
        public void suspended() {
            calls.add("suspended");
            inside.run();
        }
    }

    /** Calls with one memory, which is read or written. */
    private enum Call {
        UPDATE((arrays, values) -> arrays.update(Map.of("w", values), Updates.add())),
        WRITE((arrays, values) -> arrays.write(Map.of("w", values))),
        ARRAY_UPDATE((arrays, values) -> arrays.array("w").update(values, Updates.add())),
        ARRAY_WRITE((arrays, values) -> arrays.array("w").write(values)),
        GROUP_UPDATE((arrays, values) -> arrays.group("w").update(new Object[] {values}, Updates.add())),
        SCATTER((arrays, values) -> arrays.scatterAdd("w", ALL_ROWS, values)),
        ARRAY_SCATTER((arrays, values) -> arrays.array("w").scatterAdd(ALL_ROWS, 2, values)),
        WHOLE((arrays, values) -> arrays.updateWhole(List.of("w"), (name, old) -> values)),
        READ((arrays, values) -> arrays.readInto(Map.of("w", values))),
        ARRAY_READ((arrays, values) -> arrays.array("w").readInto(values)),
        GROUP_READ((arrays, values) -> arrays.group("w").readInto(new Object[] {values})),
        READ_STATE((arrays, values) -> arrays.array("w").readStateInto(0, values)),
        GATHER((arrays, values) -> arrays.array("w").gather(ALL_ROWS, values)),
        GATHER_SOME((arrays, values) -> arrays.array("w").gather(ALL_ROWS, 2, values)),
        UPDATE_AND_READ((arrays, values) ->
                arrays.updateAndReadInto(Map.of("w", new float[4]), Updates.add(), Map.of("w", values)));

        private final BiConsumer<ShmArrays, Memory> call;

        Call(final BiConsumer<ShmArrays, Memory> call) {
            this.call = call;
        }
    }

    private ShmArrays create() {
        return ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 2, 2).withState(1)), settings);
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void shouldAskForTheMemoryAndSayWhenTheCallIsDone(final Call call) {
        try (ShmArrays arrays = create()) {
            final float[] values = {1, 2, 3, 4};
            arrays.update(Map.of("w", values), Updates.momentum(1, 1)); // the state becomes the same as the values
            arrays.write(Map.of("w", values));
            final Memory zeros = new Memory(0, 0, 0, 0);

            call.call.accept(arrays, zeros);

            assertThat(zeros.calls).containsExactly("values", "done");
            final boolean sets = call == Call.WRITE || call == Call.ARRAY_WRITE || call == Call.WHOLE;
            assertThat(arrays.read().get("w")).containsExactly(sets ? new float[4] : new float[] {1, 2, 3, 4});
            final boolean reads = call.ordinal() >= Call.READ.ordinal();
            assertThat(zeros.floats).containsExactly(reads ? new float[] {1, 2, 3, 4} : new float[4]);
        }
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void shouldChangeNothingAndHoldNothingWhenTheMemoryIsGone(final Call call) {
        try (ShmArrays arrays = create();
                ShmArrays other = arrays.newHandle()) {
            arrays.write(Map.of("w", new float[] {1, 2, 3, 4}));
            final Memory gone = new Memory(9, 9, 9, 9);
            gone.values = new IllegalStateException("freed");

            assertThatThrownBy(() -> call.call.accept(arrays, gone)).hasStackTraceContaining("freed");

            assertThat(gone.calls).doesNotContain("done");
            assertThat(other.read().get("w")).containsExactly(1, 2, 3, 4);
            other.add(Map.of("w", new float[] {1, 1, 1, 1}));
            arrays.add(Map.of("w", new float[] {1, 1, 1, 1}));
            assertThat(other.read().get("w")).containsExactly(3, 4, 5, 6);
        }
    }

    private static void assertRefused(final ShmArrays arrays, final ShmArrays other) {
        for (final Runnable call : List.<Runnable>of(
                arrays::read,
                arrays::close,
                arrays::newHandle,
                () -> arrays.array("w").readStateInto(0, new float[4]),
                () -> arrays.add(Map.of("w", new float[4])),
                () -> other.add(Map.of("w", new float[4])))) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("called from inside an update function or another callback");
        }
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void shouldRefuseCallsFromInsideTheOwnersMethods(final Call call) {
        for (final Mode mode : new Mode[] {Mode.LOCKED, Mode.HOGWILD, Mode.ORDERED}) {
            final ArraySpec spec = ArraySpec.of("w", FLOAT32, 2, 2).withState(1).inMode(mode);
            try (ShmArrays arrays = ShmArrays.create(mode.name(), List.of(spec), settings);
                    ShmArrays other = arrays.newHandle()) {
                final Memory values = new Memory(0, 0, 0, 0);
                values.inside = () -> assertRefused(arrays, other);

                call.call.accept(arrays, values);

                assertThat(values.calls).containsExactly("values", "done");
                arrays.update(Map.of("w", new float[] {1, 2, 3, 4}), Updates.add());
                assertThat(arrays.read().get("w")).containsExactly(1, 2, 3, 4);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FailingPush.class)
    void shouldRefuseCallsFromInsideTheOwnersMethodsWhenAPushFails(final FailingPush push) {
        try (ShmArrays arrays = create();
                ShmArrays other = arrays.newHandle()) {
            final Memory values = new Memory(10, 20, 30, 40);
            values.inside = () -> assertRefused(arrays, other);
            final UpdateFailedException failure =
                    catchThrowableOfType(UpdateFailedException.class, () -> push.push(arrays, values));

            failure.resume();

            assertThat(values.calls).containsExactly("values", "suspended", "values", "done");
            assertThat(other.read().get("w")).containsExactly(10, 20, 30, 40);
        }
    }

    private static UpdateFunction addThrowingOnce() {
        final AtomicBoolean thrown = new AtomicBoolean();
        return UpdateFunction.of(
                (final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) -> {
                    if (!thrown.getAndSet(true)) {
                        throw new IllegalStateException("once");
                    }
                    for (int i = 0; i < n; i++) {
                        w[wOffset + i] += g[gOffset + i];
                    }
                },
                float[].class);
    }

    /** Pushes that fail, of a gradient that is also to take the new values where that can be. */
    private enum FailingPush {
        DENSE {
            @Override
            void push(final ShmArrays arrays, final Memory values) {
                arrays.update(Map.of("w", values), addThrowingOnce());
            }
        },
        RESULTS {
            @Override
            void push(final ShmArrays arrays, final Memory values) {
                arrays.updateAndReadInto(
                        Map.of("w", FloatBuffer.wrap(new float[] {10, 20, 30, 40})),
                        addThrowingOnce(),
                        Map.of("w", values));
            }
        },
        ROWS {
            @Override
            void push(final ShmArrays arrays, final Memory values) {
                arrays.scatterUpdate("w", ALL_ROWS, values, addThrowingOnce());
            }
        };

        abstract void push(ShmArrays arrays, Memory values);
    }

    @ParameterizedTest
    @EnumSource(FailingPush.class)
    void shouldAskForTheMemoryAgainWhenAPushIsResumed(final FailingPush push) {
        for (final Mode mode : new Mode[] {Mode.LOCKED, Mode.HOGWILD}) {
            try (ShmArrays arrays = ShmArrays.create(
                    mode.name(), List.of(ArraySpec.of("w", FLOAT32, 2, 2).inMode(mode)), settings)) {
                final Memory values = new Memory(10, 20, 30, 40);
                final UpdateFailedException failure =
                        catchThrowableOfType(UpdateFailedException.class, () -> push.push(arrays, values));
                assertThat(values.calls).containsExactly("values", "suspended");
                ((Buffer) values.values).limit(0); // the memory is elsewhere now

                failure.resume();
                failure.resume();

                assertThat(values.calls).containsExactly("values", "suspended", "values", "done");
                assertThat(arrays.read().get("w")).containsExactly(10, 20, 30, 40);
                assertThat(values.floats).containsExactly(10, 20, 30, 40);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FailingPush.class)
    void shouldRefuseToResumeWhenTheMemoryIsGoneAndStayResumable(final FailingPush push) {
        try (ShmArrays arrays = create()) {
            final Memory values = new Memory(10, 20, 30, 40);
            final UpdateFailedException failure =
                    catchThrowableOfType(UpdateFailedException.class, () -> push.push(arrays, values));
            values.values = new IllegalStateException("freed");

            assertThatThrownBy(failure::resume).hasMessage("freed");
            assertThat(arrays.read().get("w")).containsOnly(0);

            values.values = null; // it is there again
            failure.resume();
            assertThat(arrays.read().get("w")).containsExactly(10, 20, 30, 40);
        }
    }

    @Test
    void shouldRefuseMemoryOfAnotherLengthOrType() {
        try (ShmArrays arrays = create()) {
            assertThatThrownBy(() -> arrays.add(Map.of("w", new Memory(1, 2))))
                    .hasMessageContaining("the operand has the wrong length: name=w, shape=[2, 2], expected=4");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {0}, new Memory(1, 2, 3)))
                    .hasMessageContaining("the operand has the wrong length: name=w, shape=[2, 2], rows=1, expected=2");
            assertThatThrownBy(() -> arrays.add(Map.of("w", (OwnedValues) () -> new double[4])))
                    .hasMessageContaining("the operand has the wrong type: name=w");
            assertThatThrownBy(() -> arrays.add(Map.of("w", (OwnedValues) () -> null)))
                    .hasMessageContaining("the operand is null: name=w");
        }
    }
}
