package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.layout.CatalogCodec;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.RegionDescriptor;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.layout.Names;

/**
 * Builds a segment under a temporary name and publishes it under its own, so that no process sees one half made; a
 * builder that dies leaves nothing that could be attached to. Steps of {@code docs/format/lifecycle.md}, "Creation".
 */
public final class SegmentBuilder {
    private final SegmentRoot root;
    private final String name;
    private final Path building;
    private final Segment segment;

    private SegmentBuilder(final SegmentRoot root, final String name, final Path building, final Segment segment) {
        this.root = root;
        this.name = name;
        this.building = building;
        this.segment = segment;
    }

    /**
     * Makes all files of a segment, filled with zeros.
     *
     * @param undoAreas number of undo areas for which room must be left too; they are not made here
     * @throws InsufficientSpaceException if there is too little room; nothing is left behind
     * @throws IllegalArgumentException if the control file would have 2 GiB or more, or the name can't be a segment's
     */
    public static SegmentBuilder build(
            final SegmentRoot root, final String name, final SegmentLayout layout, final int undoAreas) {
        JvmAccess.check();
        Names.checkSegmentName(name);
        root.prepare();
        Step.C4.reached();
        final byte[] catalog = CatalogCodec.encode(layout);
        final ControlLayout control = new ControlLayout(catalog.length, layout);
        final long needed =
                control.lengthBytes() + layout.dataLengthBytes() + (long) undoAreas * layout.undoLengthBytes();
        Step.C5.reached();
        FreeSpace.check(root.directory(), name, needed);
        final long free = FreeSpace.freeBytes(root.directory());
        Path building = null;
        try {
            Step.C6.reached();
            building = root.createBuildingDirectory(name);
            final SegmentFiles files = new SegmentFiles(building);
            Step.C7.reached();
            createFiles(files, layout, control);
            final UUID uid = UUID.randomUUID();
            Step.C8.reached();
            writeControl(files, control, catalog, uid);
            Step.C9.reached();
            writeUids(files, layout, uid);
            final Segment segment = SegmentOpener.map(name, building, layout, control, false);
            EventWriter.write(segment, EventKind.CREATED, layout.dataLengthBytes(), layout.slotCount(), name);
            return new SegmentBuilder(root, name, building, segment);
        } catch (final IOException e) {
            final RuntimeException failure = FreeSpace.failure(root.directory(), name, needed, free, e);
            discard(building);
            throw failure;
        } catch (final Throwable e) {
            discard(building);
            throw e;
        }
    }

    private static void createFiles(final SegmentFiles files, final SegmentLayout layout, final ControlLayout control)
            throws IOException {
        MappedFile.createZeros(files.control(), control.lengthBytes());
        for (final RegionLayout region : layout.regions()) {
            MappedFile.createZeros(files.data(region.index()), region.lengthBytes());
            for (int state = 0; state < region.stateCount(); state++) {
                MappedFile.createZeros(files.state(state, region.index()), region.fileLengthBytes(1 + state));
            }
        }
    }

    private static void writeControl(
            final SegmentFiles files, final ControlLayout layout, final byte[] catalog, final UUID uid) {
        writeControl(
                MappedFile.open(files.control(), layout.lengthBytes(), false).atomic(), layout, catalog, uid);
    }

    /** Fills a control file of zeros; the layout version comes last, so that who sees it sees everything. */
    public static void writeControl(
            final UnsafeBuffer control, final ControlLayout layout, final byte[] catalog, final UUID uid) {
        final ControlHeader header = new ControlHeader(control);
        header.writeMagic();
        header.identity(
                uid.getMostSignificantBits(),
                uid.getLeastSignificantBits(),
                ProcessHandle.current().pid(),
                System.currentTimeMillis());
        header.writeCatalog(catalog, layout);
        new RunControlBlock(control).boundRelease(-1);
        header.headerCrc(header.checksum());
        header.layoutVersionRelease(ControlHeader.LAYOUT_VERSION);
    }

    private static void writeUids(final SegmentFiles files, final SegmentLayout layout, final UUID uid) {
        for (final RegionLayout region : layout.regions()) {
            writeUid(files.data(region.index()), region.lengthBytes(), uid);
            for (int state = 0; state < region.stateCount(); state++) {
                writeUid(files.state(state, region.index()), region.fileLengthBytes(1 + state), uid);
            }
        }
    }

    private static void writeUid(final Path file, final int lengthBytes, final UUID uid) {
        RegionDescriptor.uid(
                MappedFile.open(file, lengthBytes, false).atomic(),
                uid.getMostSignificantBits(),
                uid.getLeastSignificantBits());
    }

    /** The segment, not yet to be seen by others: whoever builds it fills it with its first values. */
    public Segment segment() {
        return segment;
    }

    /**
     * Gives the segment its name, in one step: from then on others may attach. If this throws, {@link #discard} must
     * follow.
     *
     * @throws SegmentExistsException if another one has it
     * @throws SegmentVanishedException if what was built here was taken away from outside
     * @throws InvalidSegmentException if the directory can't be renamed
     */
    public void publish() {
        final Path target = root.segment(name);
        try {
            Step.C12.reached();
            segment.moveTo(target);
        } catch (final IOException e) {
            if (!root.holds(name)) {
                segment.presence().check();
                throw new InvalidSegmentException("cannot publish the segment: name=" + name + ", " + e, e);
            }
            throw new SegmentExistsException("a segment of this name exists: name=" + name + ", directory=" + target
                    + "; attach to it, choose another name, or remove it and its values with `bin/shmarrays rm " + name
                    + "`");
        }
    }

    /** Deletes what was built. */
    public void discard() {
        discard(building);
    }

    private static void discard(final Path building) {
        if (building != null) {
            try {
                SegmentTree.delete(building);
            } catch (final IOException | InvalidSegmentException e) {
                System.getLogger(SegmentBuilder.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "cannot delete an unfinished segment: directory=" + building,
                                e);
            }
        }
    }
}
