package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Carriers;
import org.shmarrays.testing.Workers;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Processes add to the same rows: where nothing may be lost, each sum is exact. Readers see rows that are whole. */
class SparseIT {
    private static final int WORKERS = 4;
    private static final int PUSHES = 60;
    private static final int ROWS = 90;
    private static final int NAMED = 200;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(8).withPartitionBytes(1024);
    }

    private static List<ArraySpec> specs(final Mode mode) {
        final List<ArraySpec> specs = new ArrayList<>();
        for (final ElementType type : List.of(FLOAT32, FLOAT64, INT32, INT64, BFLOAT16)) {
            for (final int rowLength : new int[] {1, 5, 33}) {
                specs.add(ArraySpec.of(type + " " + rowLength, type, ROWS, rowLength)
                        .inMode(mode));
            }
        }
        return specs;
    }

    /** All workers name the same rows, some of them often; a bfloat16 holds integers up to 256. */
    private static int[] rows(final int push) {
        final int[] rows = new int[NAMED];
        for (int i = 0; i < NAMED; i++) {
            rows[i] = (push % 3 + i * i) % ROWS;
        }
        return rows;
    }

    private static Object ones(final ArraySpec spec) {
        return Carriers.filled(spec.elementType(), NAMED * spec.elementCount() / ROWS, 1);
    }

    /** Adds 1 to the rows of each push; to bfloat16 in the first push alone, which then holds at most 256. */
    static final class Adder {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                worker.barrier();
                for (int push = 0; push < PUSHES; push++) {
                    for (final ArraySpec spec : arrays.specs()) {
                        if (spec.elementType() != BFLOAT16 || push == 0) {
                            arrays.scatterAdd(spec.name(), rows(push), ones(spec));
                        }
                    }
                }
            }
        }
    }

    private static void assertSums(final ShmArrays arrays, final int workers) {
        for (final ArraySpec spec : arrays.specs()) {
            final int[] expected = new int[ROWS];
            for (int push = 0; push < (spec.elementType() == BFLOAT16 ? 1 : PUSHES); push++) {
                for (final int row : rows(push)) {
                    expected[row] += workers;
                }
            }
            final Object values = arrays.read(Object.class).get(spec.name());
            final int rowLength = spec.elementCount() / ROWS;
            for (int i = 0; i < spec.elementCount(); i++) {
                assertThat(Carriers.get(values, i))
                        .as("%s, element %d", spec, i)
                        .isEqualTo(expected[i / rowLength]);
            }
        }
    }

    @Test
    void shouldLoseNoAdditionUnderLocks() {
        try (ShmArrays arrays = ShmArrays.create("locked", specs(Mode.LOCKED), settings())) {
            Workers.run(Adder.class, WORKERS, directory, "locked");

            assertSums(arrays, WORKERS);
        }
    }

    @Test
    void shouldLoseNoAdditionByCompareAndSet() {
        try (ShmArrays arrays = ShmArrays.create("atomic", specs(Mode.ATOMIC), settings())) {
            Workers.run(Adder.class, WORKERS, directory, "atomic");

            assertSums(arrays, WORKERS);
        }
    }

    @Test
    void shouldLoseNothingInHogwildWithOneProcess() {
        try (ShmArrays arrays = ShmArrays.create("hogwild", specs(Mode.HOGWILD), settings())) {
            Workers.run(Adder.class, 1, directory, "hogwild");

            assertSums(arrays, 1);
        }
    }

    /** With momentum 1 and rate 1: m = t and w = -(1 + … + t) in each row that was named in each push. */
    static final class InTurn {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, "ordered", Settings.fromProperties())) {
                for (int push = 0; push < PUSHES; push++) {
                    if (push % 2 == worker.rank() % 2) {
                        arrays.skip();
                    } else {
                        arrays.scatterUpdate("w", new int[] {7, 80}, new float[] {1, 1, 1, 1}, Updates.momentum(1, 1));
                    }
                }
            }
        }
    }

    @Test
    void shouldUpdateInTurns() {
        final List<ArraySpec> specs =
                List.of(ArraySpec.of("w", FLOAT32, ROWS, 2).inMode(Mode.ORDERED).withState(1));
        try (ShmArrays arrays = ShmArrays.create("ordered", specs, settings())) {
            Workers.run(InTurn.class, WORKERS, directory);

            final int t = WORKERS * PUSHES / 2;
            assertThat(arrays.gather("w", new int[] {7, 80})).containsOnly(-t * (t + 1) / 2f);
            assertThat(arrays.gather("w", new int[] {0, 8})).containsOnly(0);
        }
    }

    /** Rank 0 gathers while the others add the same number to all elements of a row: a whole row has one value, and so it has where it is named again. */
    static final class AdderOrReader {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, "torn", Settings.fromProperties());
                    ShmArrays readOnly = ShmArrays.attachReadOnly("torn")) {
                final ArrayHandle w = arrays.array("w");
                final ArrayHandle seen = readOnly.array("w");
                final int[] rows = {1, 2, 1, 60};
                final float[] values = new float[rows.length * 128];
                java.util.Arrays.fill(values, 1);
                worker.barrier();
                for (int i = 0; i < 20_000; i++) {
                    if (worker.rank() > 0) {
                        w.scatterAdd(rows, values);
                    } else {
                        (i % 2 == 0 ? w : seen).gather(rows, values);
                        for (int k = 0; k < values.length; k++) {
                            if (values[k] != values[k / 128 * 128]) {
                                throw new AssertionError("torn row " + rows[k / 128] + ": " + values[k] + " and "
                                        + values[k / 128 * 128]);
                            }
                        }
                        if (values[0] != values[2 * 128]) {
                            throw new AssertionError("row 1 at two instants: " + values[0] + " and " + values[2 * 128]);
                        }
                    }
                }
            }
        }
    }

    @Test
    void shouldReadRowsThatAreWhole() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, ROWS, 128));
        try (ShmArrays arrays = ShmArrays.create("torn", specs, settings())) {
            Workers.run(AdderOrReader.class, 3, directory);

            assertThat(arrays.gather("w", new int[] {60, 1})).startsWith(40_000).endsWith(80_000);
        }
    }
}
