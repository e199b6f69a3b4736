package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.layout.CatalogCodec;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.RegionDescriptor;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.SegmentLayout;

/**
 * Maps a segment that is there, after it has looked at everything that could be wrong with its files. Steps of
 * {@code docs/format/lifecycle.md}, "Attachment".
 */
public final class SegmentOpener {
    private SegmentOpener() {}

    /**
     * Opens a segment by its name.
     *
     * @throws SegmentNotFoundException if none has this name
     * @throws InvalidSegmentException if the files are no segment, or not one for this version, machine or user
     * @throws SegmentRemovedException if it was removed while it was opened
     * @throws IllegalStateException if the JVM lacks the flag that Agrona needs
     */
    public static Segment open(final SegmentRoot root, final String name, final boolean readOnly) {
        JvmAccess.check();
        final Path directory = root.segment(name);
        Step.A2.reached();
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new SegmentNotFoundException("segment not found: name=" + name + ", directory=" + root.directory()
                    + ", segments=" + root.names());
        }
        Step.A3.reached();
        Ownership.check(root.directory(), root.allowsForeignOwner());
        Ownership.check(directory, root.allowsForeignOwner());
        final SegmentFiles files = new SegmentFiles(directory);
        Step.A4.reached();
        final UnsafeBuffer control = checkedControl(files.control());
        final SegmentLayout layout = layout(files.control(), control);
        final ControlLayout controlLayout = controlLayout(files.control(), control, layout);
        final ControlHeader header = new ControlHeader(control);
        if (controlLayout.lengthBytes() != header.fileLength()) {
            throw new InvalidSegmentException("the control file's length does not match its tables: file="
                    + files.control() + ", bytes=" + header.fileLength() + ", expected="
                    + controlLayout.lengthBytes());
        }
        Step.A6.reached();
        final Segment segment = map(name, directory, layout, controlLayout, readOnly);
        Step.A7.reached();
        checkUids(segment);
        Step.A8.reached();
        segment.checkNotRemoved();
        return segment;
    }

    private static UnsafeBuffer checkedControl(final Path file) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidSegmentException("not a segment, because it has no control file: file=" + file);
        }
        checkRegular(file);
        final long size = size(file);
        if (size < ControlHeader.HEADER_LENGTH || size > Integer.MAX_VALUE) {
            throw new InvalidSegmentException("not a segment, because the control file's length is out of range: file="
                    + file + ", bytes=" + size);
        }
        Step.A5.reached();
        final UnsafeBuffer control = MappedFile.open(file, size, true).atomic();
        final ControlHeader header = new ControlHeader(control);
        if (!header.hasMagic()) {
            throw new InvalidSegmentException(
                    "not a file of shmarrays, because its magic number is wrong: file=" + file);
        }
        final int version = header.layoutVersionAcquire();
        if (!header.hasNativeByteOrder()) {
            throw new InvalidSegmentException(
                    "the segment was made in another byte order: file=" + file + ", native=" + ByteOrder.nativeOrder());
        }
        if (version != ControlHeader.LAYOUT_VERSION) {
            throw new InvalidSegmentException("the segment has another layout version: file=" + file + ", version="
                    + version + ", understood=" + ControlHeader.LAYOUT_VERSION);
        }
        if (header.headerCrc() != header.checksum()) {
            throw new InvalidSegmentException("the control file's header is damaged: file=" + file);
        }
        if (header.fileLength() != size) {
            throw new InvalidSegmentException("the control file's length differs from its header's: file=" + file
                    + ", bytes=" + size + ", expected=" + header.fileLength());
        }
        return control;
    }

    private static SegmentLayout layout(final Path file, final UnsafeBuffer control) {
        final ControlHeader header = new ControlHeader(control);
        if (!header.hasRoomForCatalog()) {
            throw new InvalidSegmentException("the catalog extends past the control file's end: file=" + file
                    + ", bytes=" + header.catalogLength());
        }
        final byte[] catalog = header.readCatalog();
        if (!header.hasChecksumOf(catalog)) {
            throw new InvalidSegmentException("the catalog is damaged: file=" + file);
        }
        try {
            return CatalogCodec.decode(ByteBuffer.wrap(catalog).order(ByteOrder.nativeOrder()));
        } catch (final IllegalArgumentException e) {
            throw new InvalidSegmentException("the catalog is invalid: file=" + file + ", " + e.getMessage(), e);
        }
    }

    private static ControlLayout controlLayout(
            final Path file, final UnsafeBuffer control, final SegmentLayout layout) {
        try {
            return new ControlLayout(new ControlHeader(control).catalogLength(), layout);
        } catch (final IllegalArgumentException e) {
            throw new InvalidSegmentException("the catalog is invalid: file=" + file + ", " + e.getMessage(), e);
        }
    }

    static Segment map(
            final String name,
            final Path directory,
            final SegmentLayout layout,
            final ControlLayout controlLayout,
            final boolean readOnly) {
        final SegmentFiles files = new SegmentFiles(directory);
        final MappedFile control = MappedFile.open(files.control(), controlLayout.lengthBytes(), readOnly);
        final MappedFile[][] regions = new MappedFile[layout.regions().size()][];
        for (final RegionLayout region : layout.regions()) {
            final MappedFile[] ofRegion = new MappedFile[1 + region.stateCount()];
            ofRegion[0] = open(files.data(region.index()), region.lengthBytes(), readOnly);
            for (int state = 0; state < region.stateCount(); state++) {
                ofRegion[1 + state] =
                        open(files.state(state, region.index()), region.fileLengthBytes(1 + state), readOnly);
            }
            regions[region.index()] = ofRegion;
        }
        return new Segment(name, directory, layout, controlLayout, control, regions, readOnly);
    }

    private static MappedFile open(final Path file, final int lengthBytes, final boolean readOnly) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidSegmentException("a file of the segment is missing: file=" + file);
        }
        checkRegular(file);
        return MappedFile.open(file, lengthBytes, readOnly);
    }

    private static void checkRegular(final Path file) {
        Ownership.checkInside(file);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidSegmentException("not a regular file: file=" + file);
        }
    }

    private static void checkUids(final Segment segment) {
        for (final RegionLayout region : segment.layout().regions()) {
            for (int file = 0; file <= region.stateCount(); file++) {
                final UnsafeBuffer buffer = segment.file(region.index(), file).atomic();
                if (RegionDescriptor.uidHigh(buffer) != segment.uid().getMostSignificantBits()
                        || RegionDescriptor.uidLow(buffer) != segment.uid().getLeastSignificantBits()) {
                    throw new InvalidSegmentException("a data file belongs to another segment: name=" + segment.name()
                            + ", region=" + region.index() + ", file=" + file);
                }
            }
        }
    }

    private static long size(final Path file) {
        try {
            return Files.size(file);
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot access the control file: file=" + file + ", " + e, e);
        }
    }
}
