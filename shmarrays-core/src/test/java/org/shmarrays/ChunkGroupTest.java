package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.update.ChunkFunction;

/** Chunks that are changed together, under all their locks. */
class ChunkGroupTest {
    @AutoClose
    private FourPartitions segment;

    private ChunkPush push;
    private AddInPlace add;
    private final List<String> calls = new ArrayList<>();

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

    /** Which chunks of w are locked, and which of them is being changed. */
    private String locked() {
        final StringBuilder chunks = new StringBuilder();
        for (int chunk = 0; chunk < 4; chunk++) {
            final int partition = segment.first() + chunk;
            if (segment.lock(partition) != 0) {
                chunks.append(' ').append(chunk).append(segment.version(partition) % 2 == 0 ? "" : "!");
            }
        }
        return chunks.toString();
    }

    private ChunkFunction alone() {
        return (chunk, first, count) -> {
            calls.add("alone " + chunk + ":" + locked());
            add.update(chunk, first, count);
        };
    }

    /** Notes what is called, and what is locked then; throws where it is told to. */
    private ChunkFunction.Group group(final String failing) {
        return new ChunkFunction.Group() {
            @Override
            public void prepare() {
                call("prepare");
            }

            @Override
            public void update(final int chunk, final int first, final int count) {
                add.update(chunk, first, count);
                call("store " + chunk);
            }

            @Override
            public void stored() {
                call("stored");
            }

            private void call(final String what) {
                calls.add(what + ":" + locked());
                if (what.equals(failing)) {
                    throw new ArithmeticException(what);
                }
            }
        };
    }

    private ChunkFunction.Group group() {
        return group("");
    }

    @Test
    void shouldPrepareAndStoreUnderAllLocksOfTheGroup() {
        push.withGroup(1, 3, group()).run(alone());

        assertThat(calls)
                .containsExactly(
                        "alone 0: 0!", "prepare: 1 2", "store 1: 1! 2", "store 2: 1 2!", "stored: 1 2", "alone 3: 3!");
        assertAll("w", 1, 1, 1, 1);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldHaveSeveralGroupsAndGroupsOfOneChunk() {
        push.withGroup(2, 4, group()).withGroup(0, 1, group()).run(alone());

        assertThat(calls)
                .containsExactly(
                        "prepare: 0",
                        "store 0: 0!",
                        "stored: 0",
                        "alone 1: 1!",
                        "prepare: 2 3",
                        "store 2: 2! 3",
                        "store 3: 2 3!",
                        "stored: 2 3");
        assertAll("w", 1, 1, 1, 1);
    }

    @Test
    void shouldLeaveThePushWithoutTheGroupAsItWas() {
        push.withGroup(0, 4, group());

        push.run(alone());

        assertThat(calls).containsExactly("alone 0: 0!", "alone 1: 1!", "alone 2: 2!", "alone 3: 3!");
    }

    @Test
    void shouldTakeFreeChunksBeforeAGroupThatMustWait() {
        segment.lock(segment.first() + 2, 99);

        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class, () -> push.withGroup(1, 3, group()).run(alone()));

        assertThat(failed)
                .hasCauseInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("partition=" + (segment.first() + 2))
                .hasMessageContaining("resume() updates the others");
        assertThat(calls).containsExactly("alone 0: 0! 2", "alone 3: 2 3!");
        assertThat(locked()).isEqualTo(" 2");
        segment.lock(segment.first() + 2, 0);
        failed.resume();
        assertAll("w", 1, 1, 1, 1);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldChangeNothingWhenPrepareThrows() {
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.withGroup(1, 4, group("prepare")).run(alone()));

        assertThat(failed)
                .hasMessageContaining("partition=" + (segment.first() + 1))
                .hasMessageContaining("this partition is unchanged");
        assertThat(failed.updatedPartitions()).containsExactly(segment.first());
        assertAll("w", 1, 0, 0, 0);
        segment.assertAllFreeAndStable();
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldPutBackTheChunkAtWhichStoringThrows() {
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.withGroup(1, 4, group("store 2")).run(alone()));

        assertThat(failed)
                .hasMessageContaining("partition=" + (segment.first() + 2))
                .hasMessageContaining("this partition is unchanged");
        assertThat(failed.updatedPartitions()).containsExactly(segment.first(), segment.first() + 1);
        assertAll("w", 1, 1, 0, 0);
        segment.assertAllFreeAndStable();
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldKeepWhatIsStoredWhenTheEndThrows() {
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.withGroup(0, 2, group("stored")).run(alone()));

        assertThat(failed).hasMessageContaining("this partition is updated, updated partitions=");
        assertThat(failed.updatedPartitions()).containsExactly(segment.first(), segment.first() + 1);
        assertAll("w", 1, 1, 0, 0);
        segment.assertAllFreeAndStable();
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldFreeAllLocksAfterAnError() {
        final AssertionError error = new AssertionError("while storing");
        final ChunkFunction.Group failing = new ChunkFunction.Group() {
            @Override
            public void prepare() {}

            @Override
            public void update(final int chunk, final int first, final int count) {
                add.update(chunk, first, count);
                if (chunk == 2) {
                    throw error;
                }
            }
        };

        assertThatThrownBy(() -> push.withGroup(0, 4, failing).run(add)).isSameAs(error);

        assertAll("w", 1, 1, 0, 0);
        segment.assertAllFreeAndStable();
        push.run(add);
    }

    @Test
    void shouldFreeTheOtherLocksWhenOneWasBroken() {
        final int broken = segment.first() + 1;
        final ChunkFunction.Group breaking = new ChunkFunction.Group() {
            @Override
            public void prepare() {
                segment.lock(broken, 99);
            }

            @Override
            public void update(final int chunk, final int first, final int count) {
                add.update(chunk, first, count);
            }
        };

        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.withGroup(0, 3, breaking).run(add));

        assertThat(failed)
                .hasCauseInstanceOf(LockLostException.class)
                .hasMessageContaining("others may have changed it at the same time");
        segment.lock(broken, 0);
        failed.resume();
        assertAll("w", 1, 1, 1, 1);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldTakeNoLocksInLockFreeModes() {
        to("h");

        push.withGroup(1, 3, group()).run(alone());

        assertThat(calls).containsExactly("alone 0:", "prepare:", "store 1:", "store 2:", "stored:", "alone 3:");
        assertAll("h", 1, 1, 1, 1);
    }

    @Test
    void shouldKeepWhatIsStoredInLockFreeModes() {
        to("h");

        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.withGroup(1, 3, group("store 2")).run(alone()));

        assertThat(failed).hasMessageContaining("this partition keeps what the function stored before the failure");
        assertAll("h", 1, 1, 1, 0);
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldAllocateNothing() {
        final ChunkPush grouped = push.withGroup(1, 3, new ChunkFunction.Group() {
            @Override
            public void prepare() {}

            @Override
            public void update(final int chunk, final int first, final int count) {
                add.update(chunk, first, count);
            }
        });
        grouped.run(add);

        Allocations.assertNone(() -> grouped.run(add));
    }

    @Test
    void shouldRefuseGroupsThatOverlapOrAreNotThere() {
        final ChunkPush grouped = push.withGroup(1, 3, group());

        assertThatThrownBy(() -> grouped.withGroup(2, 4, group()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a chunk is in two groups: chunk=2, from=2, to=4, other from=1, other to=3");
        final int[][] ranges = {{-1, 2}, {2, 2}, {3, 2}, {0, 5}};
        for (final int[] range : ranges) {
            assertThatThrownBy(() -> push.withGroup(range[0], range[1], group()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("chunks out of range: from=" + range[0] + ", to=" + range[1] + ", chunks=4");
        }
        assertThatThrownBy(() -> push.withGroup(0, 1, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the group is null");
    }
}
