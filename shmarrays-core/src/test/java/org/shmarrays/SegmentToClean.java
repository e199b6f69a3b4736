package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.internal.worker.DeadSegments.Condition.ABANDONED;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.internal.worker.DeadSegments.Condition;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.DeadSegments.Outcome;
import org.shmarrays.internal.worker.Occupancy;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Jvm;

/**
 * The segment {@code s} of one array {@code w}, and what {@link DeadSegments} finds of it and does with it; others
 * use it, or it is pretended that they do.
 *
 * @param directory where it stands, alone
 */
record SegmentToClean(Path directory) {
    /** What is pushed. */
    static final float[] ONES = {1, 1};

    static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, ONES.length));

    Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(16);
    }

    SegmentRoot root() {
        return settings().root();
    }

    ShmArrays create() {
        return ShmArrays.create("s", SPECS, settings());
    }

    ShmArrays attach() {
        return ShmArrays.attach("s", settings());
    }

    /** Starts an {@link Occupant}. */
    Jvm start(final String deed) {
        return Jvm.start(Occupant.class, directory, deed);
    }

    /** Starts an {@link Occupant} by a command that starts other commands. */
    Jvm startUnder(final List<String> wrapper, final String deed) {
        return Jvm.startUnder(wrapper, Occupant.class, directory, deed);
    }

    /** Has this process own slot 0, as seen from a boot and a pid namespace. */
    void pretendOwner(final long bootId, final long pidNamespace) {
        final Segment segment = SegmentOpener.open(root(), "s", false);
        segment.slots().process(0, ProcessHandle.current().pid(), 1, bootId, pidNamespace);
        segment.slots().stateRelease(0, SlotTable.ACTIVE);
    }

    void pretendSupervisor(final long pid, final long bootId, final long pidNamespace) {
        final Segment segment = SegmentOpener.open(root(), "s", false);
        segment.runControl().supervisorRelease(pid, ProcessIdentity.current().start(), bootId, pidNamespace);
        segment.runControl().supervisedRelease(7, 1);
    }

    Occupancy occupancy() {
        return Occupancy.of(SegmentOpener.open(root(), "s", true));
    }

    /** All that is found in the directory. */
    List<Entry> entries() {
        return new DeadSegments(Doors.ROOT.of(settings())).find();
    }

    /** The one entry that is found in the directory. */
    Entry found() {
        assertThat(entries()).hasSize(1);
        return entries().get(0);
    }

    Outcome remove(final Entry entry, final boolean all) {
        return new DeadSegments(Doors.ROOT.of(settings())).remove(entry, all);
    }

    void assertStays(final Condition condition, final boolean all) {
        final Entry found = found();
        assertThat(found.condition()).as(found.reason()).isEqualTo(condition);
        assertThat(remove(found, all).removed()).isFalse();
        // Also when it was seen otherwise before.
        final Outcome outcome = remove(new Entry("s", "s", ABANDONED, 0, 0, ""), all);
        assertThat(outcome.removed()).isFalse();
        assertThat(outcome.entry().condition()).isEqualTo(condition);
        assertThat(root().names()).containsExactly("s");
    }
}
