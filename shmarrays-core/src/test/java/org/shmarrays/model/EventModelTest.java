package org.shmarrays.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.model.EventModel.Mistake.BEGUN_BY_STORE;
import static org.shmarrays.model.EventModel.Mistake.PUBLISHED_BY_STORE;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.model.EventModel.Mistake;
import org.shmarrays.model.EventModel.Wrong;

/** Writers that are stopped for rounds of the ring neither show a reader wrong events nor hide published ones. */
class EventModelTest {
    @Test
    void shouldHoldInEachState() {
        final EventModel model = new EventModel(Set.of());

        assertThat(model.explore()).isNull();
        assertThat(model.states()).isGreaterThan(1_000);
    }

    @ParameterizedTest
    @EnumSource
    void shouldFindAMistake(final Mistake mistake) {
        final boolean hides = mistake == BEGUN_BY_STORE || mistake == PUBLISHED_BY_STORE;

        assertThat(new EventModel(Set.of(mistake)).explore()).isEqualTo(hides ? Wrong.LOST : Wrong.MIXED);
    }
}
