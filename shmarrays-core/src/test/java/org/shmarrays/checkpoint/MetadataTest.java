package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.internal.layout.EpochCount;
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
                        new SavedRun(1, 2, new EpochCount(4, 5, 6, 7), 0.5, -1, false))
                .toJson();
    }

    @Test
    void shouldReadWhatItWrites() {
        assertThat(Metadata.ofJson(json()).toJson()).isEqualTo(json());
    }

    /** Versions 1 and 2 have no epochs; what would be one there is something else. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldReadNoEpochInOlderVersions(final int version) {
        final String old = json().replace("\"version\": 3", "\"version\": " + version);

        for (final String text :
                List.of(old, old.replace("\"epoch\": 4", "\"other\": 4").replace("\"endedPasses\": 5, ", ""))) {
            assertThat(Metadata.ofJson(text).run()).isEqualTo(new SavedRun(1, 2, EpochCount.NONE, 0.5, -1, false));
        }
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
                "\"steps\": 1 | \"leaps\": 1",
                "\"epoch\": 4 | \"epoch\": -4",
                "\"epoch\": 4 | \"epoch\": 2147483648",
                "\"epoch\": 4 | \"epoch\": 4.5",
                "\"epoch\": 4 | \"epochs\": 4",
                "\"endedPasses\": 5 | \"endedPasses\": -5",
                "\"samplesOfEpoch\": 6 | \"samplesOfEpoch\": -6",
                "\"firstSampleOfEpoch\": 7 | \"firstSampleOfEpoch\": true"
            })
    void shouldRefuseWhatItDoesNotWrite(final String written, final String changed) {
        assertThat(json()).contains(written);

        assertThatThrownBy(() -> Metadata.ofJson(json().replace(written, changed)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
