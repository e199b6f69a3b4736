package org.shmarrays.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.testing.Figures;

/** The protocol does what {@code docs/format/recovery.md} promises, in every interleaving, whoever is killed and when. */
class ProtocolTest {
    @Test
    void shouldKeepItsPromisesInEveryState() {
        final Exploration exploration = Exploration.of(Set.of());
        Figures.of(ProtocolTest.class).put("modelStates", exploration.states());

        assertThat(exploration.violation()).as("way: %s", exploration.way()).isNull();
        assertThat(exploration.states()).isGreaterThan(1_000_000);
        System.out.println("model: states=" + exploration.states() + ", steps=" + exploration.steps());
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"VERSION_NOT_COMPARED"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldFindAFault(final Fault fault) {
        final Exploration exploration = Exploration.of(EnumSet.of(fault));

        System.out.println("model: " + fault + " leads to " + exploration.violation() + ": " + exploration.way());
        assertThat(exploration.violation()).isNotNull();
    }

    /**
     * The comparison of versions is a second line: alone its lack does no harm in this model, because an area is disarmed
     * when its partition is whole, and holds nothing valid when it is armed.
     */
    @Test
    void shouldStayRightWithoutTheComparisonOfVersions() {
        assertThat(Exploration.of(EnumSet.of(Fault.VERSION_NOT_COMPARED)).violation())
                .isNull();
    }
}
