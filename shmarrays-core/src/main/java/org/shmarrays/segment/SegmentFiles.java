package org.shmarrays.segment;

import java.nio.file.Path;

/** Names of the files of a segment; {@code docs/format/layout.md} lists them. */
public record SegmentFiles(Path directory) {

    public Path control() {
        return directory.resolve("control.dat");
    }

    /** The values of a region. */
    public Path data(final int region) {
        return directory.resolve("data-" + region + ".dat");
    }

    /** Companion {@code state}, counted from 0, of a region. */
    public Path state(final int state, final int region) {
        return directory.resolve("state-" + state + "-" + region + ".dat");
    }

    public Path undo(final int slotId) {
        return directory.resolve("undo-" + slotId + ".dat");
    }

    public Path slotLock(final int slotId) {
        return directory.resolve("slot-" + slotId + ".lock");
    }
}
