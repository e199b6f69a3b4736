package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
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
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.testing.ArrayValues;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.KilledPush;
import org.shmarrays.update.Updates;

/**
 * A process is killed in the middle of a {@code scatterUpdate} with Adam, whose rows all lie in one partition. Others
 * find it wholly or not at all, and go on.
 */
class SparseKillIT {
    private static final String NAME = "rows";
    private static final Duration LONGEST_STALL = Duration.ofSeconds(10);

    /** Which rows are named, and how their old bytes are saved. */
    enum Rows {
        /** Single elements, some of them twice, in two blocks of work: one entry for each, or for neighbours. */
        FEW_ELEMENTS(FLOAT32, 16_000, 1),
        /** The same with float32 state beside 16 bits: of it twice as many bytes are saved, at twice the offset. */
        FEW_HALF_ELEMENTS(FLOAT16, 16_000, 1),
        /** Each element, so that there is only room for whole blocks; some of them twice. */
        ALL_ELEMENTS(FLOAT32, 16_000, 1),
        ALL_HALF_ELEMENTS(BFLOAT16, 16_000, 1),
        /** Rows that are longer than a block, some of them twice. */
        LONG_ROWS(FLOAT32, 7, 2_200),
        LONG_HALF_ROWS(FLOAT16, 7, 4_400);

        private final ElementType type;
        private final int rowCount;
        private final int rowLength;

        Rows(final ElementType type, final int rowCount, final int rowLength) {
            this.type = type;
            this.rowCount = rowCount;
            this.rowLength = rowLength;
        }

        int[] of(final int push) {
            return switch (this) {
                case FEW_ELEMENTS, FEW_HALF_ELEMENTS ->
                    new Random(push).ints(2_200, 0, rowCount).toArray();
                case ALL_ELEMENTS, ALL_HALF_ELEMENTS ->
                    IntStream.concat(IntStream.range(0, rowCount), IntStream.of(push, push, 9_999))
                            .toArray();
                case LONG_ROWS, LONG_HALF_ROWS -> new int[] {5, push, 6, push, 2};
            };
        }

        void push(final ShmArrays arrays, final int push) {
            final int[] rows = of(push);
            final float[] gradients = new float[rows.length * rowLength];
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] = (i % 17 - 8 + push) * 0.125f;
            }
            arrays.scatterUpdate("w", rows, gradients, Updates.adam(1));
        }

        ShmArrays create(final Settings settings) {
            return ShmArrays.create(
                    NAME,
                    List.of(ArraySpec.of("w", type, rowCount, rowLength).withState(2)),
                    arrays -> push(arrays, 0),
                    settings);
        }

        float[][] values(final ShmArrays arrays) {
            return ArrayValues.withTwoStateArrays(arrays, "w", rowCount * rowLength);
        }
    }

    private static final Set<Step> PUSHED = EnumSet.of(Step.U14, Step.L21);

    @TempDir
    private Path directory;

    /** Attaches and pushes. */
    static final class Victim {
        public static void main(final String... arguments) {
            Rows.valueOf(arguments[0]).push(ShmArrays.attach(NAME), 1);
            System.out.println("came to its end");
        }
    }

    static Stream<Arguments> spots() {
        final List<Arguments> spots = new ArrayList<>();
        for (final Rows rows : Rows.values()) {
            // How many bytes are saved and changed makes no difference to the other steps.
            if (rows == Rows.FEW_ELEMENTS) {
                for (final Step step : EnumSet.range(Step.U7, Step.U14)) {
                    spots.add(Arguments.of(rows, KillSpot.at(step)));
                }
                spots.add(Arguments.of(rows, KillSpot.at(Step.L21)));
            }
            // Each saves the step count first: the 2nd U11 comes before the first rows are changed, the 3rd after that.
            spots.add(Arguments.of(rows, new KillSpot(Step.U11, 2)));
            spots.add(Arguments.of(rows, new KillSpot(Step.U11, 3)));
            spots.add(Arguments.of(rows, new KillSpot(Step.U8, 20)));
            spots.add(Arguments.of(rows, new KillSpot(Step.U9, 17)));
            spots.add(Arguments.of(rows, new KillSpot(Step.U10, 9)));
        }
        return spots.stream();
    }

    private static Settings settings(final Path directory) {
        return Settings.fromProperties()
                .withSlots(3)
                .withPartitionBytes(64 << 10)
                .withDirectory(directory)
                .withLockTimeout(LONGEST_STALL)
                .withAttachTimeout(LONGEST_STALL);
    }

    @ParameterizedTest
    @MethodSource("spots")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldTakeBackWhatIsNotWhole(final Rows rows, final KillSpot spot) {
        final Settings settings = settings(directory.resolve("segments"));
        rows.create(settings).close();
        KilledPush.run(directory.resolve("segments"), spot, Victim.class, rows.name());

        try (ShmArrays arrays = ShmArrays.attach(NAME, settings);
                ShmArrays undisturbed = rows.create(settings(directory.resolve("reference")))) {
            assertThat(Doors.SEGMENT.of(arrays).layout().partitions()).hasSize(1);
            rows.push(arrays, 2); // repairs
            if (PUSHED.contains(spot.step())) {
                rows.push(undisturbed, 1);
            }
            rows.push(undisturbed, 2);

            assertThat(rows.values(arrays)).isDeepEqualTo(rows.values(undisturbed));
            assertThat(arrays.gather("w", rows.of(1))).isEqualTo(undisturbed.gather("w", rows.of(1)));
            assertThat(arrays.status().array("w").recoveries()).isEqualTo(1);
        }
    }
}
