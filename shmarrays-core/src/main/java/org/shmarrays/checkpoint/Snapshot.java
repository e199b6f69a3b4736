package org.shmarrays.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.PartitionAccess;
import org.shmarrays.layout.PartitionLayout;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.segment.InsufficientSpaceException;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.Step;

/** The content of a segment, partition by partition: copied beforehand while pushes were held back, or when asked for. */
final class Snapshot {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Pattern AVAILABLE = Pattern.compile("(?m)^MemAvailable: *(\\d+) kB$");
    private static final long SPARE_BYTES = 16L << 20;

    private final PartitionAccess access;
    private final List<PartitionCopy> copies;
    private final PartitionCopy buffer;
    private final SavedRun run;

    private Snapshot(
            final PartitionAccess access,
            final List<PartitionCopy> copies,
            final PartitionCopy buffer,
            final SavedRun run) {
        this.access = access;
        this.copies = copies;
        this.buffer = buffer;
        this.run = run;
    }

    /** Each partition is copied when it is asked for. */
    static Snapshot perPartition(final PartitionAccess access, final Supplier<SavedRun> run) {
        return new Snapshot(
                access, null, PartitionCopy.ofLargest(access.segment().layout()), run.get());
    }

    /** All of it is copied at once. Steps P1 to P5 of {@code docs/format/snapshot.md}. */
    static Snapshot whole(final PartitionAccess access, final Supplier<SavedRun> run) {
        final Segment segment = access.segment();
        final SegmentLayout layout = segment.layout();
        Step.P1.reached();
        final List<PartitionCopy> copies = allocate(segment);
        final SavedRun[] saved = new SavedRun[1];
        access.whilePaused(() -> {
            for (final PartitionLayout partition : layout.partitions()) {
                final PartitionCopy copy = copies.get(partition.index());
                Step.P4.reached();
                access.read(partition.index(), () -> copy.copyFrom(segment, partition));
            }
            saved[0] = run.get();
        });
        return new Snapshot(access, copies, null, saved[0]);
    }

    private static List<PartitionCopy> allocate(final Segment segment) {
        final long needed = segment.layout().dataLengthBytes();
        final long free = Math.min(freeHeapBytes(), availableBytes());
        if (needed + SPARE_BYTES > free) {
            throw tooLittle(segment, needed, free);
        }
        try {
            final List<PartitionCopy> copies = new ArrayList<>();
            for (final PartitionLayout partition : segment.layout().partitions()) {
                copies.add(PartitionCopy.of(segment.layout(), partition));
            }
            return copies;
        } catch (final OutOfMemoryError e) {
            throw tooLittle(segment, needed, free);
        }
    }

    private static InsufficientSpaceException tooLittle(final Segment segment, final long needed, final long free) {
        return new InsufficientSpaceException(
                "too little memory for a copy of the whole segment: name=" + segment.name()
                        + ", needed=" + (needed >> 20) + " MiB, free=" + (free >> 20)
                        + " MiB; raise the heap of this JVM (-Xmx), or take the checkpoint per partition");
    }

    private static long freeHeapBytes() {
        final Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }

    /** What the system can give without swapping; Long.MAX_VALUE where it does not say. */
    private static long availableBytes() {
        try {
            final Matcher available = AVAILABLE.matcher(Files.readString(MEMINFO));
            return available.find() ? Long.parseLong(available.group(1)) << 10 : Long.MAX_VALUE;
        } catch (final IOException e) {
            return Long.MAX_VALUE;
        }
    }

    Segment segment() {
        return access.segment();
    }

    /** A partition; valid until the next one is asked for. */
    PartitionCopy partition(final PartitionLayout partition) {
        if (copies != null) {
            return copies.get(partition.index());
        }
        access.read(partition.index(), () -> buffer.copyFrom(segment(), partition));
        return buffer;
    }

    SavedRun run() {
        return run;
    }
}
