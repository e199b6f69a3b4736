package org.shmarrays.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchmarkWorkersIT {
    @TempDir
    private Path parent;

    @Test
    void shouldTellWrongResultsAndFailedWorkers() {
        try (BenchDirectory directory = BenchDirectory.createIn(parent)) {
            try (BenchmarkWorkers group = start(directory)) {
                final List<Outcome> outcomes = group.run(2, 0);
                assertThat(outcomes)
                        .hasSize(2)
                        .allSatisfy(outcome -> assertThat(outcome.passes()).isEqualTo(1));
                group.check(2, "right", 2);
                assertThatThrownBy(() -> group.check(0, "wrong", 2))
                        .hasMessageContaining("candidate=wrong")
                        .hasMessageContaining("wrong values=3");
                assertThatThrownBy(() -> group.run(1, 0))
                        .hasMessageContaining("a worker failed: rank=")
                        .hasMessageContaining("meant to fail");
            }
        }
        assertThat(parent).isEmptyDirectory();
    }

    private static BenchmarkWorkers start(final BenchDirectory directory) {
        return BenchmarkWorkers.start(directory, 2, WorkerJvm.small(), BadWorkload.class);
    }
}
