package org.shmarrays.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.Segment;

/** Copies a checkpoint into the memory of a segment that no other process sees, or whose locks the caller holds. */
final class Restoring {
    private final Path file;
    private final CheckpointFile checkpoint;
    private final ShmArrays arrays;
    private final Segment segment;
    private final long startNs = System.nanoTime();

    Restoring(final Path file, final CheckpointFile checkpoint, final ShmArrays arrays) {
        this.file = file;
        this.checkpoint = checkpoint;
        this.arrays = arrays;
        this.segment = Doors.SEGMENT.of(arrays);
    }

    void run() {
        try {
            for (final ArrayLayout array : segment.layout().arrays()) {
                for (int k = 0; k <= array.spec().stateCount(); k++) {
                    copy(array, k);
                }
                restoreSteps(array, checkpoint.metadata().steps().get(array.index()));
            }
            final Metadata metadata = checkpoint.metadata();
            metadata.run().restoreTo(arrays, metadata.isOfWholeSegment());
        } catch (final IOException | IllegalArgumentException e) {
            throw CheckpointFile.damaged(file, e);
        }
    }

    /** Records it; when it is done, and no lock is held any more. */
    void tell() {
        FileEvent.tell(
                arrays, EventKind.RESTORED, file, checkpoint.metadata().run().steps(), startNs);
    }

    private void copy(final ArrayLayout array, final int k) throws IOException {
        final MappedFile memory = segment.file(array.region(), k);
        final int scale = segment.layout().regions().get(array.region()).scale(k);
        final int size = scale * array.spec().elementType().sizeBytes();
        try (CheckpointFile.Content content = checkpoint.content(array.spec(), k)) {
            content.readElements((index, bytes, offset, length) ->
                    memory.atomic().putBytes(scale * array.offset() + index * size, bytes, offset, length));
        }
    }

    private void restoreSteps(final ArrayLayout array, final StepRuns steps) {
        final SegmentLayout layout = segment.layout();
        final int size = array.spec().elementType().sizeBytes();
        for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
            final PartitionLayout partition = layout.partitions().get(p);
            final int first = (SegmentLayout.pieceStart(array, partition) - array.offset()) / size;
            final int end = (SegmentLayout.pieceEnd(array, partition) - array.offset()) / size;
            segment.steps().stepsRelease(layout.piece(array, p), steps.of(first, end));
        }
    }
}
