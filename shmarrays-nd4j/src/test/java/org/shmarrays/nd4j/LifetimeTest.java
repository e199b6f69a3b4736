package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.Settings;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.update.Updates;

/** The memory of INDArrays lives as long as a call, or a push that may be resumed, uses it. */
class LifetimeTest {
    private static final int SIDE = 64;
    private static final float PUSHED = 3;
    private static final String HELD = "held";
    private static final int PARTITION_BYTES = 256 << 10; // all arrays lie in one
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final int[] ROWS = IntStream.range(0, SIDE).toArray();
    private static final long[] LONG_ROWS = Arrays.stream(ROWS).asLongStream().toArray();

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withPartitionBytes(PARTITION_BYTES)
                .withSlots(Call.values().length + 2);
    }

    /** Arrays of {@link #SIDE} rows and columns, all elements of which are {@link #PUSHED}. */
    private enum Given {
        OWN(Given::matrix),
        OTHER_ORDER(value -> matrix(value).dup('f')),
        OTHER_TYPE(value -> matrix(value).castTo(DataType.FLOAT16)),
        STRIDED(value -> filled(value, SIDE + 1, SIDE + 6)
                .get(NDArrayIndex.interval(1, SIDE + 1), NDArrayIndex.interval(3, SIDE + 3))),
        PART(value -> filled(value, SIDE + 16, SIDE).get(NDArrayIndex.interval(9, SIDE + 9), NDArrayIndex.all()));

        private final Function<Float, INDArray> maker;

        Given(final Function<Float, INDArray> maker) {
            this.maker = maker;
        }

        private static INDArray matrix(final float value) {
            return filled(value, SIDE, SIDE);
        }

        private static INDArray filled(final float value, final long... shape) {
            return Nd4j.valueArrayOf(shape, value, DataType.FLOAT);
        }

        INDArray array(final float value) {
            return maker.apply(value);
        }
    }

    /** Calls that add to an array of zeros, or write to it, which bears the call's name. */
    private enum Call {
        WRITE((arrays, values) -> arrays.write(Map.of("WRITE", values))),
        ADD((arrays, values) -> arrays.add(Map.of("ADD", values))),
        UPDATE((arrays, values) -> arrays.update(Map.of("UPDATE", values), Updates.addScaled(1))),
        UPDATE_AND_READ((arrays, values) -> arrays.updateAndRead(Map.of("UPDATE_AND_READ", values), Updates.add())),
        ELEMENTWISE((arrays, values) ->
                arrays.updateElementwise(Map.of("ELEMENTWISE", values), (gradient, state) -> state.addi(gradient))),
        WHOLE((arrays, values) -> arrays.update(
                Map.of("WHOLE", values),
                (gradient, state) -> state.addi(gradient).dup('f'))),
        SCATTER_ADD((arrays, values) -> arrays.scatterAdd("SCATTER_ADD", ROWS, values)),
        SCATTER_UPDATE(
                (arrays, values) -> arrays.scatterUpdate("SCATTER_UPDATE", LONG_ROWS, values, Updates.addScaled(1)));

        private final BiConsumer<Nd4jArrays, INDArray> call;

        Call(final BiConsumer<Nd4jArrays, INDArray> call) {
            this.call = call;
        }

        void push(final Nd4jArrays arrays, final INDArray values) {
            call.accept(arrays, values);
        }
    }

    private Nd4jArrays create() {
        final Map<String, INDArray> values = new LinkedHashMap<>();
        for (final Call call : Call.values()) {
            values.put(call.name(), Nd4j.zeros(DataType.FLOAT, SIDE, SIDE));
        }
        values.put(HELD, Nd4j.zeros(DataType.FLOAT, 1));
        final Nd4jArrays arrays = Nd4jArrays.create("s", values, settings());
        assertThat(Doors.SEGMENT.of(arrays.arrays()).layout().partitions()).hasSize(1);
        return arrays;
    }

    private Nd4jArrays impatient() {
        return Nd4jArrays.attach("s", settings().withLockTimeout(SHORT));
    }

    /** Does something while another handle holds the lock of the only partition. */
    private static void whileHeld(final Nd4jArrays arrays, final Runnable work) throws InterruptedException {
        final CountDownLatch held = new CountDownLatch(1);
        final CountDownLatch end = new CountDownLatch(1);
        final Nd4jArrays own = arrays.newHandle();
        final Thread holder = new Thread(() -> {
            own.update(Map.of(HELD, Nd4j.zeros(DataType.FLOAT, 1)), (gradient, state) -> {
                held.countDown();
                Garbage.await("the lock is no longer needed", () -> end.getCount() == 0);
                return state;
            });
            own.close();
        });
        holder.start();
        held.await();
        try {
            work.run();
        } finally {
            end.countDown();
            holder.join();
        }
    }

    private static void inWorkspace(final Runnable work) {
        final MemoryWorkspace workspace = Nd4j.getWorkspaceManager()
                .getAndActivateWorkspace(
                        WorkspaceConfiguration.builder().initialSize(16L << 20).build(), "LIFETIME");
        try {
            work.run();
        } finally {
            workspace.close();
        }
    }

    /** Has each call fail, because it may not wait as long as the lock is held. */
    private static Map<Call, UpdateFailedException> failures(
            final Nd4jArrays arrays, final Nd4jArrays impatient, final Supplier<INDArray> values)
            throws InterruptedException {
        final Map<Call, UpdateFailedException> failures = new EnumMap<>(Call.class);
        whileHeld(arrays, () -> {
            for (final Call call : Call.values()) {
                failures.put(call, failed(() -> call.push(impatient, values.get())));
            }
        });
        return failures;
    }

    private static UpdateFailedException failed(final ThrowingCallable push) {
        return catchThrowableOfType(UpdateFailedException.class, push);
    }

    private static void assertPushed(final Nd4jArrays arrays, final float value) {
        for (final Call call : Call.values()) {
            assertHolds(arrays, call.name(), value);
        }
    }

    private static void assertHolds(final Nd4jArrays arrays, final String name, final float value) {
        final float[] expected = new float[SIDE * SIDE];
        Arrays.fill(expected, value);
        assertThat(arrays.arrays().read().get(name)).as(name).containsExactly(expected);
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void shouldPushWhatWasGivenAlthoughGarbageIsCollectedWhileItWaits(final Given given) throws Exception {
        try (Nd4jArrays arrays = create()) {
            final List<Throwable> thrown = new CopyOnWriteArrayList<>();
            final List<Thread> pushes = new ArrayList<>();
            whileHeld(arrays, () -> {
                for (final Call call : Call.values()) {
                    final Nd4jArrays own = arrays.newHandle();
                    final Thread push = new Thread(() -> {
                        call.push(own, given.array(PUSHED));
                        own.close();
                    });
                    push.setUncaughtExceptionHandler((thread, e) -> thrown.add(e));
                    push.start();
                    pushes.add(push);
                }
                Garbage.await("all wait for the lock", () -> pushes.stream().allMatch(LifetimeTest::waitsForLock));
                Garbage.collectAndReuse(SIDE * SIDE);
            });
            for (final Thread push : pushes) {
                push.join();
            }
            assertThat(thrown).isEmpty();
            assertPushed(arrays, PUSHED);
        }
    }

    private static boolean waitsForLock(final Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith(".PartitionLock"));
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void shouldResumeWithWhatWasGivenAlthoughGarbageWasCollected(final Given given) throws Exception {
        try (Nd4jArrays arrays = create();
                Nd4jArrays impatient = impatient()) {
            final Map<Call, UpdateFailedException> failures = failures(arrays, impatient, () -> given.array(PUSHED));
            Garbage.collectAndReuse(SIDE * SIDE);

            failures.values().forEach(UpdateFailedException::resume);

            assertPushed(arrays, PUSHED);
        }
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void shouldResumeWithWhatWasGivenAlthoughOthersWerePushedMeanwhile(final Given given) throws Exception {
        final float other = 40;
        try (Nd4jArrays arrays = create();
                Nd4jArrays impatient = impatient()) {
            final Map<Call, UpdateFailedException> failures = failures(arrays, impatient, () -> given.array(PUSHED));
            for (final Call call : Call.values()) {
                call.push(impatient, given.array(other));
            }

            failures.values().forEach(UpdateFailedException::resume);

            for (final Call call : Call.values()) {
                assertHolds(arrays, call.name(), call == Call.WRITE ? PUSHED : other + PUSHED);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void shouldSayThatAnArrayWasClosedBeforeThePushWasResumed(final Given given) throws Exception {
        try (Nd4jArrays arrays = create();
                Nd4jArrays impatient = impatient()) {
            final List<INDArray> pushed = new ArrayList<>();
            final Map<Call, UpdateFailedException> failures = failures(arrays, impatient, () -> {
                pushed.add(given.array(PUSHED));
                return pushed.get(pushed.size() - 1);
            });
            pushed.forEach(LifetimeTest::close);

            failures.forEach((call, failure) -> assertThatThrownBy(failure::resume)
                    .as(call.name())
                    .hasStackTraceContaining("the INDArray was closed too early, so its memory is gone: name=" + call));
            assertPushed(arrays, 0);
            assertThatThrownBy(() -> impatient.add(Map.of("ADD", pushed.get(0))))
                    .hasMessageContaining("the INDArray was closed");
        }
    }

    /** Closes an array, or the one whose memory a view is. */
    private static void close(final INDArray array) {
        if (array.closeable()) {
            array.close();
        } else {
            array.data().underlyingDataBuffer().close();
        }
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void shouldResumeWithWhatWasGivenInAWorkspaceThatWasLeft(final Given given) throws Exception {
        try (Nd4jArrays arrays = create();
                Nd4jArrays impatient = impatient()) {
            final Map<Call, UpdateFailedException> failures = new EnumMap<>(Call.class);
            whileHeld(
                    arrays,
                    () -> inWorkspace(() -> {
                        for (final Call call : Call.values()) {
                            failures.put(call, failed(() -> call.push(impatient, given.array(PUSHED))));
                        }
                    }));
            inWorkspace(() -> {
                for (int i = 0; i < 4 * Call.values().length; i++) {
                    Nd4j.valueArrayOf(new long[] {SIDE, SIDE}, Garbage.VALUE, DataType.FLOAT);
                }
            });

            failures.values().forEach(UpdateFailedException::resume);

            assertPushed(arrays, PUSHED);
        }
    }

    @ParameterizedTest
    @EnumSource(Given.class)
    void shouldBringTheResultsOfAResumedPushToWhereTheyAreWanted(final Given given) throws Exception {
        try (Nd4jArrays arrays = create();
                Nd4jArrays impatient = impatient()) {
            final INDArray into = given == Given.OTHER_TYPE // that one can't hold floats
                    ? Given.OWN.array(1).castTo(DataType.DOUBLE)
                    : given.array(1);
            final UpdateFailedException[] failure = new UpdateFailedException[1];
            whileHeld(
                    arrays,
                    () -> failure[0] = failed(() -> impatient.updateAndReadInto(
                            Map.of("ADD", given.array(PUSHED)), Updates.add(), Map.of("ADD", into))));
            Garbage.collectAndReuse(SIDE * SIDE);

            failure[0].resume();

            assertHolds(arrays, "ADD", PUSHED);
            assertThat(into.castTo(DataType.FLOAT)).isEqualTo(Given.OWN.array(PUSHED));
        }
    }

    @Test
    void shouldRefuseToResumeIntoAWorkspaceThatMayHaveBeenLeft() throws Exception {
        try (Nd4jArrays arrays = create();
                Nd4jArrays impatient = impatient()) {
            final UpdateFailedException[] failure = new UpdateFailedException[1];
            whileHeld(
                    arrays,
                    () -> inWorkspace(() -> {
                        final Map<String, INDArray> both = Map.of("ADD", Given.OWN.array(PUSHED));
                        failure[0] = failed(() -> impatient.updateAndReadInto(both, Updates.add(), both));
                    }));

            assertThatThrownBy(failure[0]::resume)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the destination is in an ND4J workspace")
                    .hasMessageContaining("name=ADD");
            assertHolds(arrays, "ADD", 0);
        }
    }
}
