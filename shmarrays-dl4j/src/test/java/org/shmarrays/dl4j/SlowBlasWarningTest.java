package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.internal.launch.OpenBlasKernels;

class SlowBlasWarningTest {
    @Test
    void shouldSeeWhichKernelsOpenBlasHasChosen() {
        Nd4j.ones(2, 2).mmul(Nd4j.ones(2, 2));

        assertThat(SlowBlasWarning.isSlowest())
                .isEqualTo(System.getenv(OpenBlasKernels.VARIABLE) == null
                        && OpenBlasKernels.ofThisProcessor().isPresent());
    }

    @Test
    void shouldKnowAllKernelsThatNewProcessorsAreMistakenFor() {
        Nd4j.ones(2, 2).mmul(Nd4j.ones(2, 2));

        for (final String slow : List.of("gotoblas_PRESCOTT", "gotoblas_BARCELONA")) {
            final Pointer kernels = Loader.addressof(slow);
            assertThat(kernels == null || SlowBlasWarning.isSlowest(kernels.address()))
                    .as(slow)
                    .isTrue();
        }
        final Pointer fast = Loader.addressof("gotoblas_HASWELL");
        assertThat(fast != null && SlowBlasWarning.isSlowest(fast.address())).isFalse();
    }

    @Test
    void shouldSayWhatToSet() {
        assertThat(SlowBlasWarning.of("OPENBLAS_CORETYPE", "HASWELL"))
                .contains("set the environment variable OPENBLAS_CORETYPE=HASWELL before the JVM starts");
    }
}
