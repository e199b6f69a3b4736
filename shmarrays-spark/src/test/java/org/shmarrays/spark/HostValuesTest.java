package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import scala.Tuple2;

class HostValuesTest {
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, 3), ArraySpec.of("d", FLOAT64, 3));

    private final ChunkTable table = new ChunkTable(SPECS);

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private HostValues values;

    @BeforeEach
    void open() {
        arrays = ShmArrays.create("host", SPECS, Settings.fromProperties().withDirectory(directory));
        values = new HostValues(table, arrays);
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private void receive(final float value) {
        final Object[] carriers = {new float[] {value, value, value}, new double[] {value, value, value}};
        values.receive(
                new CentreCopy(0, true),
                IntStream.range(0, table.chunkCount())
                        .mapToObj(chunk -> new Tuple2<>(
                                chunk, ChunkRows.whole(table.rowLength(chunk), table.values(carriers, chunk))))
                        .iterator());
    }

    private void push(final float change) {
        arrays.add(Map.of("w", new float[] {change, 0, 0}, "d", new double[] {change, 0, 0}));
    }

    private void assertValues(final float first, final float others) {
        final float[] floats = new float[3];
        arrays.array("w").readInto(floats);
        assertThat(floats).containsExactly(first, others, others);
        final double[] doubles = new double[3];
        arrays.array("d").readInto(doubles);
        assertThat(doubles).containsExactly(first, others, others);
    }

    @Test
    void shouldKeepWhatWasPushedSinceTheLastLook() {
        receive(10);
        values.takeOver();
        values.look();
        push(1);
        receive(30);

        values.takeOver();

        assertValues(31, 30);
    }

    /** Whatever ended the interval between its two ends, and however far the takeover came. */
    @Test
    void shouldKeepNothingOfAnIntervalThatWasBrokenOffBeforeItsLook() {
        receive(10);
        values.takeOver();
        push(1);
        receive(30);

        values.takeOver();

        assertValues(30, 30);
    }
}
