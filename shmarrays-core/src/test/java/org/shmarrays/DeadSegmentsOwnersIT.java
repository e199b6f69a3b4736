package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.internal.worker.DeadSegments.Condition.ABANDONED;
import static org.shmarrays.internal.worker.DeadSegments.Condition.IN_USE;
import static org.shmarrays.internal.worker.DeadSegments.Condition.KEPT;
import static org.shmarrays.internal.worker.DeadSegments.Condition.SUPERVISED;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.internal.worker.Occupancy.Creator;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Signals;

/** A segment is dead when its creator died, no other owner lives, and no launcher is about to start one again. */
@Tag("shared")
class DeadSegmentsOwnersIT {
    private SegmentToClean segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SegmentToClean(directory);
    }

    @Test
    void shouldLeaveASegmentWhoseCreatorLives() {
        try (Jvm creator = segment.start("create")) {
            creator.awaitLine("there");

            assertThat(segment.occupancy().creator()).isEqualTo(Creator.ALIVE);
            segment.assertStays(IN_USE, true);
        }
    }

    @Test
    void shouldLeaveASegmentOfThisVeryProcess() {
        try (ShmArrays arrays = segment.create()) {
            segment.assertStays(IN_USE, true);

            arrays.add(Map.of("w", SegmentToClean.ONES));
        }
    }

    @Test
    void shouldLeaveASegmentOfWhichAWorkerLivesThoughItsCreatorWasKilled() {
        try (Jvm creator = segment.start("create")) {
            creator.awaitLine("there");
            try (Jvm worker = segment.start("attach")) {
                worker.awaitLine("there");
                creator.kill();

                final Occupancy occupancy = segment.occupancy();
                assertThat(occupancy.alive()).isEqualTo(1);
                assertThat(occupancy.claimed()).isEqualTo(2);
                assertThat(occupancy.creator()).isEqualTo(Creator.DEAD);
                segment.assertStays(IN_USE, true);
                assertThat(worker.output()).doesNotContain("Exception");
            }
        }
    }

    @Test
    void shouldRemoveASegmentWhoseProcessesWereAllKilled() {
        try (Jvm creator = segment.start("create")) {
            creator.awaitLine("there");
            try (Jvm worker = segment.start("attach")) {
                worker.awaitLine("there");
            }
        }
        final Entry found = segment.found();
        assertThat(found.condition()).isEqualTo(ABANDONED);
        assertThat(found.reason()).contains("died without closing it");
        assertThat(found.sizeBytes()).isGreaterThan(16 << 10);

        assertThat(segment.remove(found, false).removed()).isTrue();

        assertThat(segment.directory()).isEmptyDirectory();
    }

    @Test
    void shouldRemoveASegmentThatWasClosedOnlyWhenAsked() {
        segment.create().close();
        assertThat(segment.occupancy().creator()).isEqualTo(Creator.CLOSED);
        segment.assertStays(KEPT, false);

        assertThat(segment.remove(segment.found(), true).removed()).isTrue();

        assertThat(segment.directory()).isEmptyDirectory();
    }

    @Test
    void shouldKeepASegmentWhoseCreatorsSlotHadAnotherOwner() {
        try (Jvm creator = segment.start("create")) {
            creator.awaitLine("there");
        }
        segment.attach().close();

        assertThat(segment.occupancy().creator()).isEqualTo(Creator.REPLACED);
        segment.assertStays(KEPT, false);
    }

    /** Between a death and the restart no owner lives. */
    @Test
    void shouldLeaveASegmentWhoseWorkersAreAboutToBeStartedAgain() {
        try (Jvm supervisor = segment.start("supervise")) {
            supervisor.awaitLine("[0] there");
            final Segment opened = SegmentOpener.open(segment.root(), "s", true);
            Await.until("the supervisor's look", () -> supervisedRun(opened) != 0);
            assertThat(segment.found().condition()).isEqualTo(IN_USE);

            Signals.send(Doors.STATUS.of(opened).workers().get(0).pid(), "KILL");
            supervisor.awaitLine("it restarts");

            assertThat(segment.occupancy().creator()).isEqualTo(Creator.DEAD);
            segment.assertStays(SUPERVISED, true);
        }
        assertThat(segment.found().condition())
                .as("its supervisor was killed as well")
                .isEqualTo(ABANDONED);
        assertThat(segment.remove(segment.found(), false).removed()).isTrue();
    }

    private static long supervisedRun(final Segment segment) {
        return segment.runControl().supervisedRunAcquire();
    }
}
