package org.shmarrays.examples.svm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SparseExamplesTest {
    @Test
    void shouldHaveTheShapeOfTexts() {
        final SparseExamples examples = new SparseExamples(1, 0, 500);
        int occurrences = 0;
        for (int e = 0; e < examples.count(); e++) {
            double squares = 0;
            int last = -1;
            for (int position = examples.begin(e); position < examples.end(e); position++) {
                assertThat(examples.feature(position)).isBetween(last + 1, SparseExamples.FEATURES - 1);
                last = examples.feature(position);
                squares += examples.value(position) * examples.value(position);
                occurrences++;
            }
            assertThat(squares).isCloseTo(1, within(1e-5));
            assertThat(Math.abs(examples.label(e))).isEqualTo(1);
        }
        assertThat(occurrences / 500.0).isBetween(65.0, 75.0);
        assertThat(java.util.Arrays.stream(examples.occurrences()).sum()).isEqualTo(occurrences);
    }

    @Test
    void shouldDependOnSeedAndNumberAlone() {
        final SparseExamples all = new SparseExamples(7, 0, 20);
        final SparseExamples last = new SparseExamples(7, 10, 10);
        for (int e = 0; e < last.count(); e++) {
            assertThat(last.end(e) - last.begin(e)).isEqualTo(all.end(10 + e) - all.begin(10 + e));
            assertThat(last.label(e)).isEqualTo(all.label(10 + e));
            assertThat(last.value(last.begin(e) + 3)).isEqualTo(all.value(all.begin(10 + e) + 3));
        }
        assertThat(new SparseExamples(8, 0, 1).value(0)).isNotEqualTo(all.value(0));
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
