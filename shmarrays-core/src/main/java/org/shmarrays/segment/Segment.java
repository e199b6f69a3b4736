package org.shmarrays.segment;

import java.nio.file.Path;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.layout.ControlDescriptor;
import org.shmarrays.layout.ControlLayout;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SegmentLayout;

/**
 * A mapped segment. Any thread may use it; what is atomic is said where memory is touched. It is not closed: its
 * mappings go with garbage collection.
 */
public final class Segment {
    private final String name;
    private final SegmentLayout layout;
    private final ControlLayout controlLayout;
    private final UnsafeBuffer control;
    private final MappedFile[][] regions;
    private final UUID uid;
    private final boolean readOnly;
    private volatile Path directory;

    Segment(
            final String name,
            final Path directory,
            final SegmentLayout layout,
            final ControlLayout controlLayout,
            final MappedFile controlFile,
            final MappedFile[][] regions,
            final boolean readOnly) {
        this.name = name;
        this.directory = directory;
        this.layout = layout;
        this.controlLayout = controlLayout;
        this.control = controlFile.atomic();
        this.regions = regions;
        this.uid = new UUID(ControlDescriptor.uidHigh(control), ControlDescriptor.uidLow(control));
        this.readOnly = readOnly;
    }

    public String name() {
        return name;
    }

    public SegmentLayout layout() {
        return layout;
    }

    public ControlLayout controlLayout() {
        return controlLayout;
    }

    /** The control file; of a read-only segment it must not be written to. */
    public UnsafeBuffer control() {
        return control;
    }

    /** The values of a region: file 0; companion k of it: file k + 1. */
    public MappedFile file(final int region, final int file) {
        return regions[region][file];
    }

    /** Of this creation: a segment that is removed and made again has another one. */
    public UUID uid() {
        return uid;
    }

    public boolean isReadOnly() {
        return readOnly;
    }

    public SegmentFiles files() {
        return new SegmentFiles(directory);
    }

    /** The segment has got its name. */
    void movedTo(final Path newDirectory) {
        directory = newDirectory;
    }

    /** When it was created, in ms since 1970. */
    public long createdMs() {
        return ControlDescriptor.createdMs(control);
    }

    public long creatorPid() {
        return ControlDescriptor.creatorPid(control);
    }

    /** One more than the highest slot that was ever claimed: no look at the slots need go further. */
    public int claimedSlots() {
        final int claimed = RunControlDescriptor.claimedSlotsAcquire(control, controlLayout.runControlOffset());
        return Math.max(0, Math.min(claimed, layout.slotCount()));
    }

    public boolean isRemoved() {
        return ControlDescriptor.stateAcquire(control) == ControlDescriptor.STATE_REMOVED;
    }

    /**
     * Returns if the segment has not been removed.
     *
     * @throws SegmentRemovedException if it has
     */
    public void checkNotRemoved() {
        if (isRemoved()) {
            throw new SegmentRemovedException(
                    "the segment was removed while this process was attached to it: name=" + name);
        }
    }
}
