package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.Updates;

/** Each line of docs/guide/from-shmarrays.md: what SHMArrays (Python) calls, and what stands for it here. */
class FromShmArraysTest {
    @TempDir
    private Path directory;

    private final Map<String, INDArray> values = new LinkedHashMap<>();
    private Nd4jArrays a;

    @BeforeEach
    void create() {
        System.setProperty("shmarrays.directory", directory.toString());
        // array_dict = OrderedDict([(k, np.full((10, 10), k)) for k in range(10)]); a = SHMArrays(array_dict)
        for (int k = 0; k < 10; k++) {
            values.put(Integer.toString(k), Nd4j.valueArrayOf(new long[] {10, 10}, (double) k));
        }
        a = Nd4jArrays.create(values);
    }

    @AfterEach
    void close() {
        a.close();
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldMakeAUniqueNameAndAttachByItAlone() {
        try (Nd4jArrays other = Nd4jArrays.create(values);
                Nd4jArrays attached = Nd4jArrays.attach(a.name())) { // SHMArrays(array_dict, keys=a.get_keys())
            assertThat(other.name()).isNotEqualTo(a.name());
            assertThat(attached.read()).isEqualTo(values);
        }
    }

    @Test
    void shouldKeepTheOrderOfTheArraysInRead() {
        assertThat(a.read().keySet()).containsExactlyElementsOf(values.keySet()); // read_arrays()
    }

    @Test
    void shouldWrite() {
        final Map<String, INDArray> written = Map.of("3", Nd4j.valueArrayOf(new long[] {10, 10}, 7.0));

        a.write(written); // write_arrays(values)

        assertThat(a.read().get("3")).isEqualTo(written.get("3"));
        assertThat(a.read().get("4")).isEqualTo(values.get("4"));
    }

    @Test
    void shouldUpdateByAnyFunctionOfNewAndOldAndReturnTheNewValues() {
        final Map<String, INDArray> given = Map.of("2", Nd4j.valueArrayOf(new long[] {10, 10}, 5.0));

        // update_arrays(given, lambda new, old: new * old)
        final Map<String, INDArray> result = a.updateAndRead(given, (gradient, old) -> old.mul(gradient));

        assertThat(result.get("2")).isEqualTo(Nd4j.valueArrayOf(new long[] {10, 10}, 10.0));
        assertThat(a.read().get("2")).isEqualTo(result.get("2"));
    }

    @Test
    void shouldAverageAsTheSeedDoesWithoutAFunction() {
        final Map<String, INDArray> given = Map.of("4", Nd4j.valueArrayOf(new long[] {10, 10}, 14.0));

        final Map<String, INDArray> result = a.updateAndRead(given, Updates.ema(0.1)); // update_arrays(given)

        // 0.1 · 14 + 0.9 · 4
        assertThat(result.get("4").getDouble(0)).isEqualTo(5.0, org.assertj.core.api.Assertions.within(1e-12));
    }

    @Test
    void shouldAdd() {
        a.add(Map.of("1", Nd4j.ones(values.get("1").dataType(), 10, 10))); // add_updates(diff)

        assertThat(a.read().get("1").sumNumber().doubleValue()).isEqualTo(200);
    }

    @Test
    void shouldStoreInAnotherType() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("W", FLOAT16, 2)); // store_dtype=np.float16
        try (ShmArrays arrays = ShmArrays.create("half", specs, Settings.fromProperties())) {
            arrays.write(Map.of("W", new float[] {1 / 3f, 65504}));

            // The nearest multiple of 2^-12 to a third is 1365/4096; 65504 is the largest float16.
            assertThat(arrays.read().get("W")).containsExactly(1365 / 4096f, 65504f);
        }
    }

    @Test
    void shouldLetSmallArraysShareAPartitionAndSplitLargeOnes() {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("small", FLOAT32, 10),
                ArraySpec.of("smaller", FLOAT32, 5),
                ArraySpec.of("large", FLOAT32, 1000, 1000));
        try (ShmArrays arrays = ShmArrays.create("sizes", specs, Settings.fromProperties())) {
            final var layout = Doors.SEGMENT.of(arrays).layout();

            assertThat(layout.array("small").firstPartition())
                    .isEqualTo(layout.array("smaller").firstPartition());
            assertThat(layout.array("large").partitionCount()).isGreaterThan(10);
        }
    }
}
