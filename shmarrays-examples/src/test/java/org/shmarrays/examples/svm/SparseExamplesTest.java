package org.shmarrays.examples.svm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SparseExamplesTest {
    @Test
    void shouldHaveTheShapeOfTexts() {
        final SparseExamples examples = new SparseExamples(1, 0, 500);
        final int[] features = new int[SparseExamples.MOST_NON_ZERO];
        int occurrences = 0;
        for (int e = 0; e < examples.count(); e++) {
            final int n = examples.length(e);
            examples.copyFeatures(e, features);
            double squares = 0;
            for (int i = 0; i < n; i++) {
                assertThat(features[i]).isBetween(i == 0 ? 0 : features[i - 1] + 1, SparseExamples.FEATURES - 1);
                squares += examples.value(e, i) * examples.value(e, i);
            }
            assertThat(squares).isCloseTo(1, within(1e-5));
            assertThat(Math.abs(examples.label(e))).isEqualTo(1);
            occurrences += n;
        }
        assertThat(occurrences / 500.0).isBetween(65.0, 75.0);
        assertThat(java.util.Arrays.stream(examples.occurrences()).sum()).isEqualTo(occurrences);
    }

    @Test
    void shouldDependOnSeedAndNumberAlone() {
        final SparseExamples all = new SparseExamples(7, 0, 20);
        final SparseExamples last = new SparseExamples(7, 10, 10);
        for (int e = 0; e < last.count(); e++) {
            assertThat(last.length(e)).isEqualTo(all.length(10 + e));
            assertThat(last.label(e)).isEqualTo(all.label(10 + e));
            assertThat(last.value(e, 3)).isEqualTo(all.value(10 + e, 3));
        }
        assertThat(new SparseExamples(8, 0, 1).value(0, 0)).isNotEqualTo(all.value(0, 0));
    }

    /** Weights that are zero call every example positive. */
    @Test
    void shouldCountTheExamplesThatAreToldRight() {
        final SparseExamples examples = new SparseExamples(1, 0, 100);
        int positive = 0;
        for (int e = 0; e < 100; e++) {
            positive += examples.label(e) > 0 ? 1 : 0;
        }
        assertThat(examples.accuracy(new float[SparseExamples.FEATURES])).isEqualTo(positive / 100.0);
    }
}
