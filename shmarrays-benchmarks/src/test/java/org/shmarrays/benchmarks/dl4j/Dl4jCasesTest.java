package org.shmarrays.benchmarks.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.shmarrays.benchmarks.dl4j.Dl4jCases.Case;
import org.shmarrays.layout.Mode;

final class Dl4jCasesTest {
    @Test
    void shouldTrainEachModelInEachWay() {
        final List<Case> cases =
                new Dl4jCases(Dl4jCases.modelNames(), Dl4jCases.candidateNames(), List.of("hogwild")).list();

        assertThat(cases).hasSize(5 * 6 - 2).doesNotHaveDuplicates();
        for (final Way wrapper : List.of(Way.WRAPPER, Way.WRAPPER_TUNED)) {
            assertThat(cases)
                    .filteredOn(one -> one.way() == wrapper)
                    .extracting(Case::model)
                    .containsExactly(BenchModel.MLP, BenchModel.CNN, BenchModel.LENET, BenchModel.RESIDUAL);
        }
    }

    @Test
    void shouldHaveAModeOnlyWhereSomethingIsShared() {
        final List<Case> cases =
                new Dl4jCases(List.of("lenet"), List.of("fit", "shared-2"), List.of("hogwild", "locked")).list();

        assertThat(cases)
                .containsExactly(
                        new Case(BenchModel.LENET, Way.FIT, null),
                        new Case(BenchModel.LENET, Way.SHARED_2, Mode.HOGWILD),
                        new Case(BenchModel.LENET, Way.SHARED_2, Mode.LOCKED));
    }
}
