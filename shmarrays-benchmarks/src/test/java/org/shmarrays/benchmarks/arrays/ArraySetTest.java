package org.shmarrays.benchmarks.arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArraySetTest {
    /** The number of ResNet-50's parameters is that of torchvision's model. */
    @ParameterizedTest
    @CsvSource({
        "tiny, 10, 1000",
        "cnn, 8, 21840",
        "resnet50, 161, 25557032",
        "embedding, 1, 128000000",
        "embedding-200k, 1, 12800000",
        "flat-7, 1, 7"
    })
    void shouldHaveAsManyNumbersAsTheModel(final String name, final int arrays, final int elements) {
        final ArraySet set = ArraySet.of(name);
        assertThat(set.shapes()).hasSize(arrays);
        assertThat(set.elementCount()).isEqualTo(elements);
    }

    @Test
    void shouldNameTheSetsThereAre() {
        assertThatThrownBy(() -> ArraySet.of("big")).hasMessageContaining("resnet50");
    }
}
