package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.internal.layout.UndoArea;

/** The file of a slot's undo area; made when the slot is first claimed. */
final class UndoFile {
    private UndoFile() {}

    /** Opens the area of a slot that the caller has claimed; makes it under a temporary name if it is not there. */
    static MappedFile openOrCreate(final Segment segment, final int slotId) {
        final int lengthBytes = segment.layout().undoLengthBytes();
        final Path path = segment.files().undo(slotId);
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            create(segment, path, lengthBytes);
        }
        Ownership.checkInside(path);
        final MappedFile area = MappedFile.open(path, lengthBytes, false);
        if (!UndoLog.belongsTo(new UndoArea(area.atomic(), segment.layout()), segment.uid())) {
            throw new InvalidSegmentException("an undo area belongs to another segment: file=" + path);
        }
        return area;
    }

    /**
     * The area of a slot, or null if it was never made, or is not one that can be used.
     *
     * @throws InvalidSegmentException if it can't be told, because the file can't be opened now: who repairs must not
     *     take that for a partition that is lost
     */
    static UndoArea openIfThere(final Segment segment, final int slotId) {
        final Path path = segment.files().undo(slotId);
        final int lengthBytes = segment.layout().undoLengthBytes();
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                || path.toFile().length() != lengthBytes) {
            return null;
        }
        final UndoArea area =
                new UndoArea(MappedFile.open(path, lengthBytes, false).atomic(), segment.layout());
        return UndoLog.belongsTo(area, segment.uid()) ? area : null;
    }

    private static void create(final Segment segment, final Path path, final int lengthBytes) {
        final Path temporary = path.resolveSibling(path.getFileName() + ".new");
        FreeSpace.check(path.getParent(), segment.name(), lengthBytes);
        final long free = FreeSpace.freeBytes(path.getParent());
        try {
            Files.deleteIfExists(temporary);
            MappedFile.createZeros(temporary, lengthBytes);
            final UUID uid = segment.uid();
            new UndoArea(MappedFile.open(temporary, lengthBytes, false).atomic(), segment.layout())
                    .uid(uid.getMostSignificantBits(), uid.getLeastSignificantBits());
            Step.S9.reached();
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException e) {
            final RuntimeException failure = FreeSpace.failure(path.getParent(), segment.name(), lengthBytes, free, e);
            discard(temporary);
            throw failure;
        } catch (final Throwable e) {
            discard(temporary);
            throw e;
        }
    }

    private static void discard(final Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (final IOException e) {
            System.getLogger(UndoFile.class.getName())
                    .log(System.Logger.Level.WARNING, "cannot delete an unfinished undo area: file=" + temporary, e);
        }
    }
}
