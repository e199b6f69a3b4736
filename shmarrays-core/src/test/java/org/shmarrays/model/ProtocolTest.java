package org.shmarrays.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.testing.Reliability;

/** The protocol does what {@code docs/format/recovery.md} promises, in every interleaving, whoever is killed and when. */
class ProtocolTest {
    @Test
    void shouldKeepItsPromisesInEveryState() {
        final Exploration exploration = Exploration.of(Set.of());

        assertThat(exploration.violation()).as("way: %s", exploration.way()).isNull();
        assertThat(exploration.states()).isGreaterThan(1_000_000);
        System.out.println("model: states=" + exploration.states() + ", steps=" + exploration.steps());
        Reliability.report("model", Map.of(Reliability.MODEL_STATES, (long) exploration.states()));
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
     * The comparison of versions is a second line: alone its lack does no harm, because an area is disarmed when its
     * partition is whole, and holds nothing valid when it is armed. It matters where both are wrong.
     */
    @Test
    void shouldNeedTheComparisonOfVersionsOnlyWhereAStaleAreaIsArmed() {
        final Set<Violation> known = EnumSet.of(Violation.STRAY_UNDO_AREA, Violation.DAMAGED, Violation.STUCK);
        final Set<Fault> faults = EnumSet.of(Fault.DISARM_MISSED, Fault.ARMED_AFTER_ODD, Fault.VERSION_NOT_COMPARED);

        assertThat(Exploration.of(EnumSet.of(Fault.VERSION_NOT_COMPARED)).violation())
                .isNull();
        final Exploration exploration = Exploration.of(faults, known);

        System.out.println("model: " + faults + " leads to " + exploration.violation() + ": " + exploration.way());
        assertThat(exploration.violation()).isIn(Violation.LOST_UPDATE, Violation.STALE_READ);
    }
}
