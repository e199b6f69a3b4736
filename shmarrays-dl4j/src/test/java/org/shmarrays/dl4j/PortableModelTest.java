package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Models that are saved for programs without shmarrays. */
class PortableModelTest {
    @Test
    void shouldSaveAGraphAsSameDiffReadsIt(@TempDir final Path directory) throws Exception {
        final Path file = directory.resolve("graph.fb");
        final INDArray values = Nd4j.createFromArray(1f, 2f, 3f);
        final SameDiff graph = SameDiff.create();
        graph.var("w", values);

        PortableModel.save(graph, file);

        assertThat(SameDiff.load(file.toFile(), false).getVariable("w").getArr())
                .isEqualTo(values);
    }
}
