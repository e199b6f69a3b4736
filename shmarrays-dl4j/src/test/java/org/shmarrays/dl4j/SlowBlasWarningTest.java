package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.launch.OpenBlasKernels;

class SlowBlasWarningTest {
    @Test
    void shouldSeeWhichKernelsOpenBlasHasChosen() {
        Nd4j.ones(2, 2).mmul(Nd4j.ones(2, 2));

        assertThat(SlowBlasWarning.isSlowest())
                .isEqualTo(System.getenv(OpenBlasKernels.VARIABLE) == null
                        && OpenBlasKernels.ofThisProcessor().isPresent());
    }

    @Test
    void shouldSayWhatToSet() {
        assertThat(SlowBlasWarning.of("HASWELL"))
                .contains("set the environment variable OPENBLAS_CORETYPE=HASWELL before the JVM starts");
    }
}
