package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;

/**
 * Writes a snapshot as a checkpoint, partition by partition: so values, state arrays and step counts of one come from
 * one instant, though they stand in several entries.
 */
final class SnapshotWriter {
    private final SegmentSnapshot snapshot;
    private final SegmentLayout layout;
    private final NpzWriter npz;
    private final NpzWriter.Entry[][] entries;
    private final List<StepRuns> steps = new ArrayList<>();

    SnapshotWriter(final SegmentSnapshot snapshot, final FileChannel channel) {
        this.snapshot = snapshot;
        this.layout = snapshot.segment().layout();
        this.npz = new NpzWriter(channel);
        this.entries = new NpzWriter.Entry[layout.arrays().size()][];
        layout.arrays()
                .forEach(array -> entries[array.index()] =
                        new NpzWriter.Entry[1 + array.spec().stateCount()]);
    }

    void write(final String segmentName, final String consistency) throws IOException {
        Step.F3.reached();
        addEntries(true);
        npz.endOfPlainEntries();
        addEntries(false);
        layout.arrays().forEach(array -> steps.add(StepRuns.empty()));
        for (final PartitionLayout partition : layout.partitions()) {
            Step.F4.reached();
            write(partition, snapshot.partition(partition));
        }
        Step.F5.reached();
        final byte[] json = new Metadata(segmentName, consistency, layout.specs(), steps, snapshot.run())
                .toJson()
                .getBytes(UTF_8);
        npz.add(Metadata.ENTRY, CheckpointFile.metadataHeader(json.length), json.length)
                .append(json, 0, json.length);
        npz.finish();
    }

    private void addEntries(final boolean plain) throws IOException {
        for (final ArrayLayout array : layout.arrays()) {
            final ArraySpec spec = array.spec();
            final NpzWriter.Entry[] files = entries[array.index()];
            for (int file = 0; file < files.length; file++) {
                if (CheckpointFile.isPlain(spec, file) == plain) {
                    files[file] = npz.add(
                            CheckpointFile.entryName(spec, file),
                            CheckpointFile.header(spec, file),
                            file == 0 ? spec.lengthBytes() : spec.stateLengthBytes());
                }
            }
        }
    }

    /** Pieces of an array come in ascending order, as its partitions do. */
    private void write(final PartitionLayout partition, final PartitionCopy copy) throws IOException {
        final RegionLayout region = layout.regions().get(partition.region());
        final int[] arrays = layout.arraysOf(partition.index());
        for (int i = 0; i < arrays.length; i++) {
            final ArrayLayout array = layout.arrays().get(arrays[i]);
            final int start = PartitionCopy.pieceStart(array, partition);
            final int length = PartitionCopy.pieceLength(array, partition);
            final NpzWriter.Entry[] files = entries[array.index()];
            for (int file = 0; file < files.length; file++) {
                final int scale = region.scale(file);
                files[file].append(copy.file(file), scale * start, scale * length);
            }
            final int firstByte = SegmentLayout.pieceStart(array, partition) - array.offset();
            steps.get(array.index()).add(firstByte / array.spec().elementType().sizeBytes(), copy.steps(i));
        }
    }
}
