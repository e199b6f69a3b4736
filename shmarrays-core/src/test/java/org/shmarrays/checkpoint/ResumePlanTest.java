package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/** A plan is kept by a segment and by its checkpoints, and a resumption with another one is refused. */
class ResumePlanTest {
    @TempDir
    private Path directory;

    private final ResumePlan plan =
            new ResumePlan(Map.of("batch-size", "64", "data", "/srv/Bücher=1"), Map.of("epochs", "10"));

    private Path checkpoint(final List<ArraySpec> specs, final boolean isStored) {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory.resolve("root"))
                .withSlots(2);
        final Path file = directory.resolve("t.npz");
        try (ShmArrays arrays = ShmArrays.create(
                "t",
                specs,
                fresh -> {
                    if (isStored) {
                        plan.store(fresh);
                    }
                },
                settings)) {
            assertThat(ResumePlan.of(arrays).isPresent()).isEqualTo(isStored);
            Checkpoint.write(arrays, file, Checkpoint.Consistency.WHOLE_SEGMENT);
        }
        return file;
    }

    @Test
    void shouldBeKeptBySegmentAndCheckpoint() {
        final Path file = checkpoint(List.of(ResumePlan.spec()), true);

        assertThat(ResumePlan.ofCheckpoint(file)).contains(plan);
    }

    @Test
    void shouldRefuseAnotherFixedValueAndAllowOtherFreeOnes() {
        final Path file = checkpoint(List.of(ResumePlan.spec()), true);

        assertThatCode(() -> new ResumePlan(plan.fixed(), Map.of("epochs", "20")).checkResumes(file))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> new ResumePlan(Map.of("batch-size", "32", "data", "/srv/Bücher=1"), Map.of())
                        .checkResumes(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batch-size: given=32, kept=64");
        assertThatThrownBy(() -> new ResumePlan(Map.of("batch-size", "64"), Map.of()).checkResumes(file))
                .hasMessageContaining("data: given=none");
    }

    @Test
    void shouldRefuseACheckpointWithoutPlan() {
        final Path file = checkpoint(List.of(ArraySpec.of("plan", ElementType.FLOAT32, 3)), false);

        assertThat(ResumePlan.ofCheckpoint(file)).isEmpty();
        assertThatThrownBy(() -> plan.checkResumes(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keeps no plan");
    }

    @Test
    void shouldRefuseWhatIsNotOneLineOrTooLong() {
        for (final Map<String, String> wrong : List.of(
                Map.of("", "1"),
                Map.of("?a", "1"),
                Map.of("a=b", "1"),
                Map.of("a", "1\n2"),
                Map.of("a", "b".repeat(ResumePlan.MAX_BYTES)))) {
            assertThatThrownBy(() -> new ResumePlan(wrong, Map.of())).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
