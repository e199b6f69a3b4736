package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.internal.worker.DeadSegments.Condition.ABANDONED;
import static org.shmarrays.internal.worker.DeadSegments.Condition.IN_USE;
import static org.shmarrays.internal.worker.DeadSegments.Condition.KEPT;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.access.Attachment;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.DeadSegments.Outcome;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;

/** A worker that attaches while the segment is removed gets it and keeps it, or is refused. */
class DeadSegmentsRacesIT {
    private SegmentToClean segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SegmentToClean(directory);
    }

    @Test
    void shouldLookAgainBeforeItRemoves() {
        try (Jvm creator = segment.start("create")) {
            creator.awaitLine("there");
        }
        final Entry dead = segment.found();
        assertThat(dead.condition()).isEqualTo(ABANDONED);

        try (ShmArrays again = segment.attach()) {
            final Outcome outcome = segment.remove(dead, true);

            assertThat(outcome.removed()).isFalse();
            assertThat(outcome.entry().condition()).isEqualTo(IN_USE);
            again.add(Map.of("w", SegmentToClean.ONES));
        }
        ShmArrays.remove("s", segment.settings());
        assertThat(segment.remove(dead, true).entry().reason()).contains("another process has removed it");
    }

    /** Workers come and go while segments are cleaned away: who has got a slot keeps its segment. */
    @Test
    void shouldNeverRemoveASegmentThatAWorkerHasJustAttachedTo() {
        final long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("DeadSegmentsRacesIT: -Dseed=" + seed);
        final Random random = new Random(seed);
        try (Jvm comer = segment.start("come-and-go")) {
            comer.awaitLine("coming");
            final long began = System.nanoTime();
            int removed = 0;
            int inUse = 0;
            while (removed < 10 || inUse < 10 || System.nanoTime() - began < TimeUnit.SECONDS.toNanos(3)) {
                assertThat(System.nanoTime() - began)
                        .as("removed=%d, inUse=%d", removed, inUse)
                        .isLessThan(2 * Await.DEADLINE.toNanos());
                if (!segment.root().holds("s")) {
                    segment.create().close();
                }
                LockSupport.parkNanos(random.nextInt(4_000_000)); // so that it comes now and then before
                final Outcome outcome = segment.remove(new Entry("s", "s", KEPT, 0, 0, ""), true);
                assertThat(comer.output()).doesNotContain("Exception", "under my feet");
                removed += outcome.removed() ? 1 : 0;
                inUse += outcome.removed() ? 0 : 1;
            }
        }
    }

    @Test
    void shouldRefuseASlotOfASegmentThatWasRemoved() {
        final Segment opened;
        try (ShmArrays arrays = segment.create()) {
            opened = arrays.segment();
            ShmArrays.remove("s", segment.settings());

            assertThatThrownBy(
                            () -> Attachment.withSlot(opened, segment.settings().options(), null))
                    .isInstanceOf(SegmentRemovedException.class);
        }
    }
}
