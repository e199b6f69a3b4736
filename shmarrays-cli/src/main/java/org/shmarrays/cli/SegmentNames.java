package org.shmarrays.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.segment.Ownership;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;

/** The segment that a command's argument names, or the sentence that says why there is none. */
final class SegmentNames {
    private SegmentNames() {}

    /**
     * Maps a segment without a slot.
     *
     * @throws SegmentNotFoundException if there is none of this name; the message has the nearest name that there is
     */
    static Segment open(final SegmentRoot root, final String name, final boolean readOnly) {
        check(root, name);
        return SegmentOpener.open(root, name, readOnly);
    }

    /** Throws unless there is a segment of this name, valid or not. */
    static void check(final SegmentRoot root, final String name) {
        final Path directory = root.directory();
        if (Files.isDirectory(directory) && !(Files.isReadable(directory) && Files.isExecutable(directory))) {
            throw new InvalidSegmentException("this user can't read the segment directory: directory="
                    + directory + ", user=" + Ownership.userName()
                    + "; choose another one with SHMARRAYS_OPTS=-Dshmarrays.directory=DIR");
        }
        if (root.holds(name)) {
            return;
        }
        if (root.hasUnfinished(name)) {
            throw new SegmentNotFoundException("segment is unfinished: name=" + name + ", directory=" + directory
                    + "; a process is creating or removing it, or died while doing so (then `shmarrays clean` removes"
                    + " what is left)");
        }
        final List<String> names = root.names();
        throw new SegmentNotFoundException("segment not found: name=" + name + ", directory=" + directory
                + ", segments=" + names + Suggestion.didYouMean(name, names));
    }
}
