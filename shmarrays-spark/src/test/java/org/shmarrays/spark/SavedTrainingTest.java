package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a checkpoint says of its training. */
class SavedTrainingTest {
    private static final SavedTraining TRAINING = new SavedTraining(
            "delta:1.0,0.5",
            List.of("w:FLOAT32[2, 3] C"),
            new TrainingProgress(
                    12, 768, 4, 98_304, new DataProgress(-5, 1200, 1, List.of(List.of(64L, 64L), List.of(22L)))));

    @Test
    void shouldReadWhatItHasWritten() {
        final SavedTraining withoutData =
                new SavedTraining("average", List.of("w:FLOAT64[2] F"), new TrainingProgress(1, 2, 3, 4, null));

        assertThat(SavedTraining.ofJson(TRAINING.toJson())).isEqualTo(TRAINING);
        assertThat(SavedTraining.ofJson(withoutData.toJson())).isEqualTo(withoutData);
        assertThat(TRAINING.differencesFrom(TRAINING)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\":1 | \"version\":2 | unknown format: format=shmarrays-rounds, version=2",
                "\"rounds\":12 | \"rounds\":-12 | the counts of a training can't be negative",
                "\"rounds\":12 | \"rounds\":\"12\" | is missing or has the wrong type",
                "\"combine\" | \"combines\" | is missing or has the wrong type",
                "\"batches\":1200 | \"batches\":149 | the counts of the batches don't agree",
                "[64,64] | [64,-64] | the counts of the batches don't agree",
                "[22] | [22,1] | the counts of the batches don't agree",
                "[22] | [] | the counts of the batches don't agree",
                "[64,64] | [64,6.4] | is missing or has the wrong type",
                "\"rounds\":12 | \"rounds\":12,\"rounds\":13 | is no JSON object: Duplicate",
                "[22]]}} | [22]] | is no JSON object: Unexpected end-of-input",
                "[22]]}} | [22]]}}} | is no JSON object: "
            })
    void shouldRefuseWhatNoTrainingWrites(final String written, final String altered, final String message) {
        final String json = TRAINING.toJson();

        assertThat(json).contains(written);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SavedTraining.ofJson(json.replace(written, altered)))
                .withMessageContaining(message);
    }
}
