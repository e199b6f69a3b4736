package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerEnvironmentTest {
    @Test
    void shouldBeRankZeroOfOneWithoutLauncher() {
        assertThat(WorkerEnvironment.from(Map.of())).isEqualTo(new WorkerEnvironment(0, 1, null, 0, false));
    }

    @Test
    void shouldTakeRankFromAnyStarter() {
        final Map<String, String> slurm =
                Map.of("SHMARRAYS_RANK", "3", "SHMARRAYS_WORLD_SIZE", "4", "SHMARRAYS_SEGMENT", "mnist");

        assertThat(WorkerEnvironment.from(slurm)).isEqualTo(new WorkerEnvironment(3, 4, "mnist", 0, false));
    }

    @Test
    void shouldReadBackWhatItWrote() {
        final WorkerEnvironment written = new WorkerEnvironment(1, 2, "mnist", 0, true);
        final Map<String, String> environment = new HashMap<>();

        written.writeTo(environment);

        assertThat(WorkerEnvironment.from(environment)).isEqualTo(written);
        assertThat(environment).containsEntry("SHMARRAYS_LAUNCHED", "1");
    }

    @Test
    void shouldLeaveNothingOfAnOuterRunToTheChild() {
        final Map<String, String> environment = new HashMap<>();
        new WorkerEnvironment(1, 2, "outer", 0, true).writeTo(environment);

        new WorkerEnvironment(0, 1, null, 0, false).writeTo(environment);

        assertThat(WorkerEnvironment.from(environment)).isEqualTo(new WorkerEnvironment(0, 1, null, 0, false));
    }

    @Test
    void shouldCountEmptyVariableAsUnset() {
        final Map<String, String> environment =
                Map.of("SHMARRAYS_RANK", "", "SHMARRAYS_WORLD_SIZE", "", "SHMARRAYS_SEGMENT", "");

        assertThat(WorkerEnvironment.from(environment)).isEqualTo(new WorkerEnvironment(0, 1, null, 0, false));
    }

    @Test
    void shouldNameTheVariableThatIsNoNumber() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> WorkerEnvironment.from(Map.of("SHMARRAYS_RANK", "first", "SHMARRAYS_WORLD_SIZE", "2")))
                .withMessageContaining("SHMARRAYS_RANK=first");
    }

    @Test
    void shouldRefuseRankOutsideWorld() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerEnvironment.from(Map.of("SHMARRAYS_RANK", "2", "SHMARRAYS_WORLD_SIZE", "2")))
                .withMessageContaining("rank=2, worldSize=2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WorkerEnvironment(-1, 2, null, 0, false))
                .withMessageContaining("rank=-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WorkerEnvironment(0, 0, null, 0, false))
                .withMessageContaining("worldSize=0");
    }

    @Test
    void shouldRefuseRankWithoutWorldSize() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerEnvironment.from(Map.of("SHMARRAYS_RANK", "0")))
                .withMessageContaining("SHMARRAYS_WORLD_SIZE=null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerEnvironment.from(Map.of("SHMARRAYS_LAUNCHED", "1")))
                .withMessageContaining("set both");
    }

    @Test
    void shouldRefuseUnknownLaunchedValue() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerEnvironment.from(Map.of("SHMARRAYS_LAUNCHED", "yes")))
                .withMessageContaining("SHMARRAYS_LAUNCHED=yes");
    }
}
