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
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;

/** Code that changes the memory itself, chunk by chunk: what it is given, what becomes of a failure. */
class ChunkPushTest {
    @AutoClose
    private FourPartitions segment;

    private ChunkPush push;
    private AddInPlace add;

    @BeforeEach
    void create(@TempDir final Path directory) {
        segment = new FourPartitions(directory);
        to("w");
    }

    private void to(final String name) {
        push = segment.arrays().array(name).chunkPush();
        add = new AddInPlace(push, segment.arrays().array(name).stateCount());
    }

    private void assertAll(final String name, final float... ofEach) {
        segment.assertValues(name, ofEach);
        segment.assertState(name, 0, ofEach);
        segment.assertState(name, 1, ofEach);
    }

    @Test
    void shouldChangeValuesAndStateOfEachChunkUnderItsLock() {
        final List<List<Integer>> chunks = new ArrayList<>();

        push.run((chunk, first, count) -> {
            chunks.add(List.of(chunk, first, count));
            for (int other = 0; other < 4; other++) {
                assertThat(segment.lock(segment.first() + other) != 0).isEqualTo(other == chunk);
                assertThat(segment.version(segment.first() + other) % 2 != 0).isEqualTo(other == chunk);
            }
            add.update(chunk, first, count);
        });

        final int n = ELEMENTS_OF_EACH;
        assertThat(chunks)
                .containsExactly(List.of(0, 0, n), List.of(1, n, n), List.of(2, 2 * n, n), List.of(3, 3 * n, n));
        assertAll("w", 1, 1, 1, 1);
        assertThat(segment.version(segment.first() + 3)).isEqualTo(2);
        assertThat(segment.steps("w")).containsOnly(0);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldTellTheChunks() {
        assertThat(push.chunkCount()).isEqualTo(4);
        assertThat(push.first(3)).isEqualTo(3 * ELEMENTS_OF_EACH);
        assertThat(push.elementCount(3)).isEqualTo(ELEMENTS_OF_EACH);
        assertThatThrownBy(() -> push.first(4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> push.elementCount(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(push).hasToString("chunks of w of failing");
    }

    @Test
    void shouldPushAgainAndAgain() {
        push.run(add);
        push.run(add);
        push.run(add);

        assertAll("w", 3, 3, 3, 3);
        assertThat(segment.version(segment.first())).isEqualTo(6);
    }

    @Test
    void shouldAllocateNothing() {
        push.run(add);

        Allocations.assertNone(() -> push.run(add));
    }

    @Test
    void shouldPutTheChunkBackWhenTheFunctionThrows() {
        final int first = segment.first();

        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(add.failingAt(2)));

        assertThat(failed)
                .hasCauseInstanceOf(ArithmeticException.class)
                .hasMessageContaining("partition=" + (first + 2) + ", array=w, update=chunk function")
                .hasMessageContaining("this partition is unchanged")
                .hasMessageContaining("resume() can't update the others")
                .hasMessageContaining("in the middle of chunk 2");
        assertThat(failed.updatedPartitions()).containsExactly(first, first + 1);
        assertAll("w", 1, 1, 0, 0);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldNotResumeWhereAFunctionWasCutOff() {
        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(add.failingAt(2)));

        assertThatThrownBy(failed::resume)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a chunk's function failed");
        assertAll("w", 1, 1, 0, 0);
        push.run(add);
        assertAll("w", 2, 2, 1, 1);
    }

    @Test
    void shouldPutTheChunkBackAfterAnError() {
        final AssertionError error = new AssertionError("third");

        assertThatThrownBy(() -> push.run((chunk, first, count) -> {
                    add.update(chunk, first, count);
                    if (chunk == 2) {
                        throw error;
                    }
                }))
                .isSameAs(error);

        assertAll("w", 1, 1, 0, 0);
        segment.assertAllFreeAndStable();
        push.run(add);
        assertAll("w", 2, 2, 1, 1);
    }

    @Test
    void shouldResumeWhereALockWasNotToBeHad() {
        final int held = segment.first() + 2;
        segment.lock(held, 99);

        final UpdateFailedException failed = catchThrowableOfType(UpdateFailedException.class, () -> push.run(add));

        assertThat(failed)
                .hasCauseInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("partition=" + held)
                .hasMessageContaining("resume() updates the others");
        assertAll("w", 1, 1, 0, 1);
        segment.lock(held, 0);
        failed.resume();
        failed.resume();
        assertAll("w", 1, 1, 1, 1);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldNotResumeWhenAFunctionThrowsWhileItIsResumed() {
        segment.lock(segment.first() + 2, 99);
        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(add.failingAt(2)));
        segment.lock(segment.first() + 2, 0);

        final UpdateFailedException again = catchThrowableOfType(UpdateFailedException.class, failed::resume);

        assertThatThrownBy(again::resume).isInstanceOf(IllegalStateException.class);
        assertAll("w", 1, 1, 0, 1);
    }

    @Test
    void shouldResumeBehindALockThatWasBroken() {
        final int broken = segment.first() + 1;

        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.run((chunk, first, count) -> {
                    add.update(chunk, first, count);
                    if (chunk == 1) {
                        segment.lock(broken, 99);
                    }
                }));

        assertThat(failed)
                .hasCauseInstanceOf(LockLostException.class)
                .hasMessageContaining("others may have changed it at the same time");
        segment.lock(broken, 0);
        failed.resume();
        assertAll("w", 1, 1, 1, 1);
    }

    @Test
    void shouldNotCallTheFunctionForADamagedPartition() {
        segment.version(segment.first(), 1);

        assertThatThrownBy(() -> push.run(add.failingAt(0))).hasCauseInstanceOf(DamagedPartitionException.class);

        assertThat(segment.lock(segment.first())).isZero();
        assertThat(segment.version(segment.first())).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"h", "a"})
    void shouldTakeNoLockAndPutNothingBackInLockFreeModes(final String name) {
        to(name);
        final int partition = segment.arrays().segment().layout().array(name).firstPartition();
        push.run((chunk, first, count) -> {
            assertThat(segment.lock(partition + chunk)).isZero();
            add.update(chunk, first, count);
        });
        segment.assertValues(name, 1, 1, 1, 1);
        assertThat(segment.version(partition)).isZero();

        final UpdateFailedException failed =
                catchThrowableOfType(UpdateFailedException.class, () -> push.run(add.failingAt(1)));

        assertThat(failed)
                .hasMessageContaining("partition=" + (partition + 1))
                .hasMessageContaining("this partition keeps what the function stored before the failure");
        assertThat(failed.updatedPartitions()).containsExactly(partition);
        assertThat(segment.values(name)[ELEMENTS_OF_EACH]).isEqualTo(2);
        assertThat(segment.values(name)[2 * ELEMENTS_OF_EACH - 1]).isEqualTo(1);
        assertThat(segment.values(name)[2 * ELEMENTS_OF_EACH]).isEqualTo(1);
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldCountAnUpdateOfTheArray() {
        push.run(add);
        push.run(add);
        assertThatThrownBy(() -> push.run(add.failingAt(0))).isInstanceOf(UpdateFailedException.class);

        assertThat(segment.arrays().status().array("w").updates()).isEqualTo(2);
    }

    @Test
    void shouldRefuseWhatCannotBePushed() {
        assertThatThrownBy(() -> push.run(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the function is null: name=w");
        assertThatThrownBy(() -> push.typedStateView(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no such state array");
        segment.arrays().close();
        assertThatThrownBy(() -> push.run(add))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the handle is closed");
        assertThatThrownBy(push::typedView).hasMessageContaining("the handle is closed");
    }

    @Test
    void shouldRefuseAReadOnlyAttachment(@TempDir final Path directory) {
        final SmallPartitions small = new SmallPartitions(directory);
        small.create(ArraySpec.of("w", FLOAT32, 1)).close();
        try (ShmArrays reader = ShmArrays.attachReadOnly("s", small.settings())) {
            assertThatThrownBy(() -> reader.array("w").chunkPush())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("attached read-only");
        }
        small.remove();
    }
}
