package org.shmarrays.fuzz;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.StepTable;

/** The partition whose holder died, in the segment {@value Originals#HELD}. */
final class HeldPartition {
    private static final String CONTROL = "control.dat";

    private final SegmentLayout layout;
    private final ControlLayout offsets;
    private final PartitionLayout partition;

    HeldPartition(final Path originals) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(
                Originals.HELD, Originals.settings().withDirectory(originals.resolve("segments")))) {
            layout = Doors.SEGMENT.of(arrays).layout();
            offsets = Doors.SEGMENT.of(arrays).controlLayout();
            partition = layout.partitions().stream()
                    .filter(p -> Doors.SEGMENT.of(arrays).partitions().lockAcquire(p.index()) != 0)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no lock was held by the process that died"));
        }
    }

    /** True if its version is even. */
    boolean isWhole(final Path segment) {
        final UnsafeBuffer control = new UnsafeBuffer(Originals.files(segment).get(CONTROL));
        return (new PartitionTable(control, offsets).versionPlain(partition.index()) & 1) == 0;
    }

    /** What differs from what stood there, outside of the partition; nothing should. */
    Optional<String> checkOthersUnchanged(final Path segment, final Map<String, byte[]> before) {
        final Map<String, byte[]> after = Originals.files(segment);
        for (final String name : before.keySet()) {
            final byte[] old = before.get(name);
            final byte[] now = after.get(name);
            if (name.startsWith("data-") || name.startsWith("state-")) {
                final boolean mine = name.endsWith("-" + partition.region() + ".dat");
                final int from = mine ? partition.offset() : old.length;
                final int to = mine ? partition.end() : old.length;
                if (old.length != now.length
                        || !Arrays.equals(old, 0, from, now, 0, from)
                        || !Arrays.equals(old, to, old.length, now, to, old.length)) {
                    return Optional.of("a repair changed another partition: file=" + name);
                }
            }
        }
        return checkSteps(new UnsafeBuffer(before.get(CONTROL)), new UnsafeBuffer(after.get(CONTROL)));
    }

    private Optional<String> checkSteps(final UnsafeBuffer old, final UnsafeBuffer now) {
        final StepTable before = new StepTable(old, offsets);
        final StepTable after = new StepTable(now, offsets);
        for (final ArrayLayout array : layout.arrays()) {
            for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
                final int piece = layout.piece(array, p);
                if (p != partition.index() && before.stepsPlain(piece) != after.stepsPlain(piece)) {
                    return Optional.of("a repair changed another partition's step count: array="
                            + array.spec().name() + ", partition=" + p);
                }
            }
        }
        return Optional.empty();
    }
}
