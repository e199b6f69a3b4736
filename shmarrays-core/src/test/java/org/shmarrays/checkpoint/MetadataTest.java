package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

class MetadataTest {
    private static String json() {
        final StepRuns steps = StepRuns.empty();
        steps.add(0, 7);
        final ArraySpec w = ArraySpec.of("w", ElementType.FLOAT32, 3);
        return new Metadata(
                        "s",
                        "PER_PARTITION",
                        List.of(w, w.withName("v")),
                        List.of(steps, steps),
                        new SavedRun(1, 2, 0.5, -1, false))
                .toJson();
    }

    @Test
    void shouldReadWhatItWrites() {
        assertThat(Metadata.ofJson(json()).toJson()).isEqualTo(json());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[[0, 7]] | [[]]",
                "[[0, 7]] | [[0]]",
                "[[0, 7]] | [[0, 7, 8]]",
                "[[0, 7]] | [7]",
                "[[0, 7]] | 7",
                "[[0, 7]] | [[0.5, 7]]",
                "[3] | 3",
                "[3] | [3000000000]",
                "[3] | [0]",
                "LOCKED | locked",
                "\"v\" | \"w\"",
                "\"steps\": 1 | \"steps\": true",
                "\"steps\": 1 | \"leaps\": 1"
            })
    void shouldRefuseWhatItDoesNotWrite(final String written, final String changed) {
        assertThat(json()).contains(written);

        assertThatThrownBy(() -> Metadata.ofJson(json().replace(written, changed)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
