package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.ArrayValues;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.KilledPush;
import org.shmarrays.testing.NeedsKernels;
import org.shmarrays.update.Updates;

/**
 * A process is killed while it pushes into an array of so many bytes that undo areas have several windows, and blocks
 * are the short ones of what comes from memory. Each partition has that push wholly or not at all.
 */
class UndoWindowsKillIT {
    private static final String NAME = "large";
    private static final int PARTITION_ELEMENTS = 4_096;
    private static final int PARTITIONS = 196;
    private static final int ELEMENTS = PARTITIONS * PARTITION_ELEMENTS;

    private static final int BLOCKS = PARTITION_ELEMENTS * Float.BYTES / 1_024;

    /** Of a partition: the step count, then its blocks, of values and two state arrays. */
    private static final int CHANGES = 1 + BLOCKS;

    private static final int ENTRIES = 1 + 3 * BLOCKS;

    private static final Duration LONGEST_STALL = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    /** Attaches and pushes. */
    static final class Victim {
        public static void main(final String... arguments) {
            push(ShmArrays.attach(NAME), 1);
            System.out.println("came to its end");
        }
    }

    private static void push(final ShmArrays arrays, final int push) {
        final float[] gradient = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            gradient[i] = (i % 1_009 - 504 + push) * 0.0625f;
        }
        arrays.update(Map.of("w", gradient), Updates.adam(0.01));
    }

    private static ShmArrays create(final Settings settings) {
        return ShmArrays.create(
                NAME, List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).withState(2)), arrays -> push(arrays, 0), settings);
    }

    private static Settings settings(final Path directory) {
        return Settings.fromProperties()
                .withSlots(3)
                .withPartitionBytes(PARTITION_ELEMENTS * Float.BYTES)
                .withDirectory(directory)
                .withLockTimeout(LONGEST_STALL)
                .withAttachTimeout(LONGEST_STALL);
    }

    /** Where the victim dies, and how many partitions have its push then. */
    static Stream<Arguments> spots() {
        return Stream.of(
                Arguments.of(new KillSpot(Step.U11, 9), 0),
                Arguments.of(new KillSpot(Step.U11, CHANGES + 9), 1),
                Arguments.of(new KillSpot(Step.U9, 2 * ENTRIES + 8), 2),
                Arguments.of(KillSpot.at(Step.U12), 0),
                Arguments.of(new KillSpot(Step.U12, 2), 1),
                Arguments.of(new KillSpot(Step.U14, 4), 4));
    }

    @ParameterizedTest
    @NeedsKernels
    @MethodSource("spots")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldTakeBackThePartitionThatIsNotWhole(final KillSpot spot, final int pushed) {
        final Settings settings = settings(directory.resolve("segments"));
        create(settings).close();
        KilledPush.run(directory.resolve("segments"), spot, Victim.class);

        try (ShmArrays arrays = ShmArrays.attach(NAME, settings);
                ShmArrays undisturbed = create(settings(directory.resolve("reference")))) {
            final SegmentLayout layout = Doors.SEGMENT.of(arrays).layout();
            assertThat(layout.partitions()).hasSize(PARTITIONS);
            assertThat(layout.undoWindow(1)).isNotEqualTo(layout.undoWindow(0));
            assertThat(layout.kernelBlockLength(2)).isEqualTo(1_024);
            Doors.PARTITIONS.of(arrays).whilePaused(() -> {}); // repairs
            final float[][] without = ArrayValues.withTwoStateArrays(undisturbed, "w", ELEMENTS);
            push(undisturbed, 1);
            final float[][] with = ArrayValues.withTwoStateArrays(undisturbed, "w", ELEMENTS);

            assertThat(partitionsWith(ArrayValues.withTwoStateArrays(arrays, "w", ELEMENTS), with, without))
                    .isEqualTo(pushed);
            assertThat(arrays.status().array("w").recoveries()).isEqualTo(1);
        }
    }

    private static int partitionsWith(final float[][] values, final float[][] with, final float[][] without) {
        int count = 0;
        for (int from = 0; from < ELEMENTS; from += PARTITION_ELEMENTS) {
            final int to = from + PARTITION_ELEMENTS;
            final boolean isPushed = isEqual(values, with, from, to);
            assertThat(isPushed || isEqual(values, without, from, to))
                    .as("elements %d to %d are those of before or after the push", from, to)
                    .isTrue();
            count += isPushed ? 1 : 0;
        }
        return count;
    }

    private static boolean isEqual(final float[][] values, final float[][] others, final int from, final int to) {
        for (int file = 0; file < values.length; file++) {
            if (!Arrays.equals(values[file], from, to, others[file], from, to)) {
                return false;
            }
        }
        return true;
    }
}
