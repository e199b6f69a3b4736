package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.internal.worker.DeadSegments.Condition.IN_USE;
import static org.shmarrays.internal.worker.DeadSegments.Condition.KEPT;
import static org.shmarrays.internal.worker.DeadSegments.Condition.UNSEEN;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.worker.Occupancy.Creator;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;

/** A process of another pid namespace or boot can't be checked from here, so what may be in use or wanted stays. */
class DeadSegmentsUnseenOwnersIT {
    private SegmentToClean segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SegmentToClean(directory);
    }

    @Test
    void shouldLeaveWhatASupervisorOfAnotherPidNamespaceMayUse() {
        segment.create().close();
        final ProcessIdentity self = ProcessIdentity.current();
        segment.pretendSupervisor(self.pid(), self.bootId() + 1, self.pidNamespace());
        segment.assertStays(KEPT, false);

        segment.pretendSupervisor(0, self.bootId(), self.pidNamespace());
        segment.assertStays(UNSEEN, false);

        segment.pretendSupervisor(self.pid(), self.bootId(), self.pidNamespace() + 1);
        segment.assertStays(UNSEEN, false);
        assertThat(segment.found().reason()).contains("supervisor can't be seen");
        assertThat(segment.remove(segment.found(), true).removed()).isTrue();
    }

    @Test
    void shouldLeaveWhatOwnersOfAnotherPidNamespaceMayUse() {
        segment.create().close();
        segment.pretendOwner(
                ProcessIdentity.current().bootId(), ProcessIdentity.current().pidNamespace() + 1);

        assertThat(segment.occupancy().creator()).isEqualTo(Creator.UNSEEN);
        segment.assertStays(UNSEEN, false);
        assertThat(segment.found().reason()).contains("another pid namespace");

        assertThat(segment.remove(segment.found(), true).removed())
                .as("its lock file is free, and that was to be trusted")
                .isTrue();
    }

    @Test
    void shouldLeaveWhatAWorkerOfAnotherPidNamespaceUses() throws Exception {
        final List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--");
        assumeTrue(canRun(unshare), "unshare --pid needs rights that this user lacks here");
        segment.create().close();
        try (Jvm worker = segment.startUnder(unshare, "attach")) {
            worker.awaitLine("there");

            segment.assertStays(IN_USE, true);
        }
        Await.until(
                "the end of the worker, whose parent was killed",
                () -> segment.found().condition() != IN_USE);
        segment.assertStays(UNSEEN, false);
    }

    @Test
    void shouldKeepASegmentThatHasOutlivedARestart() {
        segment.create().close();
        segment.pretendOwner(
                ProcessIdentity.current().bootId() + 1,
                ProcessIdentity.current().pidNamespace());

        assertThat(segment.occupancy().creator()).isEqualTo(Creator.DEAD_IN_EARLIER_BOOT);
        segment.assertStays(KEPT, false);
    }

    private static boolean canRun(final List<String> wrapper) throws Exception {
        final List<String> command =
                Stream.concat(wrapper.stream(), Stream.of("true")).toList();
        return new ProcessBuilder(command).start().waitFor() == 0;
    }
}
