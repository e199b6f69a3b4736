package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.util.AccumulatorV2;
import org.junit.jupiter.api.Test;

class TaskSumTest {
    private static TaskSum of(final TaskSum.Kind kind, final long task, final double sum, final long weight) {
        final TaskSum given = new TaskSum(kind);
        given.put(task, new TaskSum.Share(sum, weight));
        return given;
    }

    @Test
    void shouldCountATaskOnceWhenItsStageIsRepeated() {
        final TaskSum all = new TaskSum(TaskSum.Kind.COUNT);

        all.merge(of(TaskSum.Kind.COUNT, 0, 10, 1));
        all.merge(of(TaskSum.Kind.COUNT, 1, 20, 1));
        all.merge(of(TaskSum.Kind.COUNT, 0, 11, 1));

        assertThat(all.value()).isEqualTo(31L);
    }

    @Test
    void shouldWeightAMean() {
        final TaskSum all = new TaskSum(TaskSum.Kind.MEAN);
        assertThat(all.value()).isEqualTo(Double.NaN);

        all.merge(of(TaskSum.Kind.MEAN, 0, 30, 10));
        all.merge(of(TaskSum.Kind.MEAN, 1, 70, 70));

        assertThat(all.value()).isEqualTo(1.25); // 100 / 80
    }

    @Test
    void shouldShowThousandthsOfASecond() {
        assertThat(of(TaskSum.Kind.SECONDS, 0, 1.23456, 1).value()).isEqualTo(1.235);
    }

    @Test
    void shouldBeginWithNothingInATask() {
        final TaskSum all = of(TaskSum.Kind.COUNT, 0, 10, 1);
        final AccumulatorV2<TaskSum.Share, Number> fresh = all.copyAndReset();

        assertThat(fresh.isZero()).isTrue();
        assertThat(fresh.value()).isEqualTo(0L);
        assertThat(all.value()).isEqualTo(10L);
    }
}
