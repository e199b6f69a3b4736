package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;

class CheckpointTest {
    @TempDir
    private Path directory;

    /** It reads float32 and float64 arrays that have a dimension; the others stand where it does not look. */
    @Test
    void shouldBeReadByNd4j() throws Exception {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("i", INT32, 2),
                ArraySpec.of("scalar", FLOAT32),
                ArraySpec.of("dense/W", FLOAT32, 2, 3).withState(1),
                ArraySpec.of("f", FLOAT64, 2, 3).inOrder(ArrayOrder.F),
                ArraySpec.of("b", FLOAT32, 2));
        final Path file = directory.resolve("c.npz");
        final Settings settings = Settings.fromProperties().withDirectory(directory.resolve("segments"));
        try (ShmArrays arrays = ShmArrays.create("n", specs, settings)) {
            arrays.write(Map.of(
                    "dense/W", new float[] {1, 2, 3, 4, 5, 6},
                    "f", new double[] {1, 2, 3, 4, 5, 6},
                    "b", new float[] {7, 8}));
            Checkpoint.write(arrays, file);
        }

        final Map<String, INDArray> read = Nd4j.createFromNpzFile(file.toFile());

        assertThat(read.keySet()).containsExactlyInAnyOrder("dense/W", "dense/W@state0", "f", "b");
        assertThat(read.get("dense/W")).isEqualTo(Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}}));
        assertThat(read.get("f")).isEqualTo(Nd4j.createFromArray(new double[][] {{1, 3, 5}, {2, 4, 6}}));
        assertThat(read.get("b")).isEqualTo(Nd4j.createFromArray(7f, 8f));
    }
}
