package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    @Test
    void shouldSayHowFarTheTrainingIs() {
        assertThat(new ProgressLine(2, 10, OptionalDouble.of(0.459), 12_345.4, 0.12344, OptionalDouble.of(83)))
                .hasToString("epoch 2 of 10, 45 %, 12,345 samples/s, loss 0.1234, 1:23 left");
    }

    @Test
    void shouldLeaveOutWhatIsUnknown() {
        assertThat(new ProgressLine(1, 3, OptionalDouble.empty(), 7.26, Double.NaN, OptionalDouble.empty()))
                .hasToString("epoch 1 of 3, 7.3 samples/s, loss NaN");
    }

    @Test
    void shouldWriteHours() {
        assertThat(new ProgressLine(1, 1, OptionalDouble.of(1), 0, 12_345.6, OptionalDouble.of(360_123.4)))
                .hasToString("epoch 1 of 1, 100 %, 0.0 samples/s, loss 1.235e+04, 100:02:03 left");
        assertThat(new ProgressLine(1, 1, OptionalDouble.of(0), 10, 1, OptionalDouble.of(3_599.6)))
                .hasToString("epoch 1 of 1, 0 %, 10 samples/s, loss 1.000, 1:00:00 left");
    }

    @Test
    void shouldWriteTheSameInAllLocales() {
        final Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            shouldSayHowFarTheTrainingIs();
        } finally {
            Locale.setDefault(before);
        }
    }
}
