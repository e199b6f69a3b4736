package org.shmarrays.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.model.RecordModel.Claimant.COORDINATOR;
import static org.shmarrays.model.RecordModel.Claimant.OTHER_RANK;
import static org.shmarrays.model.RecordModel.Claimant.SAME_RANK;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.model.RecordModel.Claimant;
import org.shmarrays.model.RecordModel.Mistake;

/** What barriers and turns need of a slot's record stays readable, whoever claims the slot and is killed, and when. */
class RecordModelTest {
    private static final List<Claimant> OF_A_NEEDED_RECORD =
            List.of(COORDINATOR, SAME_RANK, COORDINATOR, COORDINATOR, SAME_RANK);
    private static final List<Claimant> OF_AN_EARLIER_RUN = List.of(COORDINATOR, OTHER_RANK, COORDINATOR, OTHER_RANK);

    private static RecordModel needed(final Set<Mistake> mistakes) {
        return new RecordModel(OF_A_NEEDED_RECORD, true, mistakes);
    }

    private static RecordModel ofAnEarlierRun(final Set<Mistake> mistakes) {
        return new RecordModel(OF_AN_EARLIER_RUN, false, mistakes);
    }

    @Test
    void shouldKeepTheRecordOfARankThatWasThere() {
        final RecordModel model = needed(Set.of());

        assertThat(model.explore()).isNull();
        assertThat(model.states()).isGreaterThan(1_000);
    }

    @Test
    void shouldNotTakeARankForGoneThatWasNeverThere() {
        final RecordModel model = ofAnEarlierRun(Set.of());

        assertThat(model.explore()).isNull();
        assertThat(model.states()).isGreaterThan(1_000);
    }

    @ParameterizedTest
    @EnumSource
    void shouldFindAMistake(final Mistake mistake) {
        final Set<Mistake> mistakes = EnumSet.of(mistake);

        assertThat(List.of(
                        needed(mistakes).explore() != null,
                        ofAnEarlierRun(mistakes).explore() != null))
                .as("wrong conclusions")
                .contains(true);
    }
}
