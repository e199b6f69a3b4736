package org.shmarrays.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.report.LiveView.WorkerRow;
import org.shmarrays.worker.Worker;

/** Figures beside a worker are the worker's own. */
class LiveViewTest {
    @TempDir
    private Path directory;

    private Settings settings;

    @BeforeEach
    void create() {
        settings = Settings.fromProperties().withDirectory(directory).withSlots(2);
    }

    private ShmArrays attach(final int rank) {
        return ShmArrays.attach(Worker.of(rank, 2), "v", settings);
    }

    private static WorkerRow row(final LiveView view, final int rank) {
        return view.workers().stream()
                .filter(row -> row.now().rank() == rank)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldNotGiveTheCountsOfASlotsFormerOwnerToThePresentOne() {
        try (ShmArrays coordinator = ShmArrays.create("v", List.of(ArraySpec.of("w", FLOAT32, 4)), settings)) {
            final Watch watch = new Watch(Doors.SEGMENT.of(coordinator));
            final ShmArrays first = attach(0);
            final Look begin = watch.look();
            first.add(Map.of("w", new float[4]));
            final Look alone = watch.look();
            assertThat(row(LiveView.between(begin, alone), 0)
                            .change()
                            .orElseThrow()
                            .updates())
                    .isEqualTo(1);
            first.add(Map.of("w", new float[4]));
            first.close();
            try (ShmArrays second = attach(1)) {
                final LiveView changed = LiveView.between(alone, watch.look());

                assertThat(row(changed, 1).now().slotId()).as("the same slot").isEqualTo(1);
                assertThat(row(changed, 1).change()).as("unknown").isEmpty();
                assertThat(changed.change().total().updates()).as("of all").isEqualTo(1);
                assertThat(LiveJson.write(changed)).contains("\"recent\": null, \"slotTotals\"");

                final Look taken = watch.look();
                second.add(Map.of("w", new float[4]));
                assertThat(row(LiveView.between(taken, watch.look()), 1)
                                .change()
                                .orElseThrow()
                                .updates())
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void shouldCountAllOfAWorkerThatCameInTheInterval() {
        try (ShmArrays coordinator = ShmArrays.create("v", List.of(ArraySpec.of("w", FLOAT32, 4)), settings)) {
            final Watch watch = new Watch(Doors.SEGMENT.of(coordinator));
            final Look before = watch.look();
            try (ShmArrays worker = attach(0)) {
                worker.add(Map.of("w", new float[4]));

                final LiveView view = LiveView.between(before, watch.look());
                assertThat(row(view, 0).change().orElseThrow().updates()).isEqualTo(1);
            }
        }
    }
}
