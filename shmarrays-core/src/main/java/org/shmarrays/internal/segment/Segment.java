package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.layout.LockTimesTable;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.SlotAccessTable;
import org.shmarrays.internal.layout.SlotArrayTable;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.layout.StepTable;

/**
 * A mapped segment. Any thread may use it; what is atomic is said where memory is touched. It is not closed: its
 * mappings go with garbage collection.
 */
public final class Segment {
    private final String name;
    private final SegmentLayout layout;
    private final ControlLayout controlLayout;
    private final UnsafeBuffer control;
    private final ControlHeader header;
    private final RunControlBlock runControl;
    private final PartitionTable partitions;
    private final LockTimesTable lockTimes;
    private final SlotTable slots;
    private final SlotAccessTable slotAccesses;
    private final SlotArrayTable slotArrays;
    private final StepTable steps;
    private final EventRing events;
    private final MappedFile[][] regions;
    private final UUID uid;
    private final boolean readOnly;
    private final Presence presence;

    Segment(
            final String name,
            final Path directory,
            final SegmentLayout layout,
            final ControlLayout controlLayout,
            final MappedFile controlFile,
            final MappedFile[][] regions,
            final boolean readOnly) {
        this.name = name;
        this.layout = layout;
        this.controlLayout = controlLayout;
        this.control = controlFile.atomic();
        this.header = new ControlHeader(control);
        this.runControl = new RunControlBlock(control);
        this.partitions = new PartitionTable(control, controlLayout);
        this.lockTimes = new LockTimesTable(control, controlLayout);
        this.slots = new SlotTable(control, controlLayout);
        this.slotAccesses = new SlotAccessTable(control, controlLayout);
        this.slotArrays = new SlotArrayTable(control, controlLayout);
        this.steps = new StepTable(control, controlLayout);
        this.events = new EventRing(control, controlLayout);
        this.regions = regions;
        this.uid = new UUID(header.uidHigh(), header.uidLow());
        this.readOnly = readOnly;
        this.presence = new Presence(name, directory, this::checkNotRemoved);
        watch(controlFile, regions);
    }

    private void watch(final MappedFile controlFile, final MappedFile[][] regionFiles) {
        final SegmentFiles files = files();
        presence.watch(files.control(), controlFile.identity());
        for (int region = 0; region < regionFiles.length; region++) {
            presence.watch(files.data(region), regionFiles[region][0].identity());
            for (int state = 0; state < regionFiles[region].length - 1; state++) {
                presence.watch(files.state(state, region), regionFiles[region][state + 1].identity());
            }
        }
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

    /** What steers the run, and what was counted before it. */
    public RunControlBlock runControl() {
        return runControl;
    }

    /** The lock, the version and the counters of each partition. */
    public PartitionTable partitions() {
        return partitions;
    }

    /** How long the lock of each partition was waited for and held. */
    public LockTimesTable lockTimes() {
        return lockTimes;
    }

    /** Identity, state, waits and progress of each slot's owner. */
    public SlotTable slots() {
        return slots;
    }

    /** What the owners of each slot have done to the arrays. */
    public SlotAccessTable slotAccesses() {
        return slotAccesses;
    }

    /** What the owners of each slot have done to each array. */
    public SlotArrayTable slotArrays() {
        return slotArrays;
    }

    /** The optimizer's step count of each piece of an array. */
    public StepTable steps() {
        return steps;
    }

    /** The last events of all kinds, and how many there were of each. */
    public EventRing events() {
        return events;
    }

    /** The values of a region: file 0; state array k of it: file k + 1. */
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
        return presence.files();
    }

    /** Whether its name still means it. */
    public Presence presence() {
        return presence;
    }

    /** Gives the segment its name, in one step. */
    void moveTo(final Path newDirectory) throws IOException {
        presence.moveTo(newDirectory);
    }

    /** False while its creator initialises it: others can't attach before it has its name. */
    public boolean isPublished() {
        return files().directory().endsWith(name);
    }

    /** When it was created, in ms since 1970. */
    public long createdMs() {
        return header.createdMs();
    }

    public long creatorPid() {
        return header.creatorPid();
    }

    /** One more than the highest slot that was ever claimed: no look at the slots need go further. */
    public int claimedSlots() {
        final int claimed = runControl.claimedSlotsAcquire();
        return Math.max(0, Math.min(claimed, layout.slotCount()));
    }

    /** Says to all who are attached that the segment is removed. */
    void markRemoved() {
        header.stateRelease(ControlHeader.STATE_REMOVED);
    }

    public boolean isRemoved() {
        return header.stateAcquire() == ControlHeader.STATE_REMOVED;
    }

    /**
     * Throws unless the segment has not been removed.
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
