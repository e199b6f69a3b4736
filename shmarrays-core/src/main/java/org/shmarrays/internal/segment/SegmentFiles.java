package org.shmarrays.internal.segment;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Names of the files of a segment; {@code docs/format/layout.md} lists them. */
public record SegmentFiles(Path directory) {
    static final String CONTROL = "control.dat";

    private static final String ABANDONED_LOCK = "abandoned.lock";
    private static final String ENTRY_LOCK = "entry.lock";

    private static final Pattern SLOT_LOCK = Pattern.compile("slot-\\d+\\.lock");
    private static final Pattern OTHERS =
            Pattern.compile("data-\\d+\\.dat|state-\\d+-\\d+\\.dat|undo-\\d+\\.dat(\\.new)?");

    /** True if a file of a segment may have this name. */
    static boolean isFileName(final String name) {
        return name.equals(CONTROL) || isLock(name) || OTHERS.matcher(name).matches();
    }

    /** True of the names of {@link #slotLock}, {@link #abandonedLock} and {@link #entryLock}. */
    static boolean isLock(final String name) {
        return name.equals(ABANDONED_LOCK)
                || name.equals(ENTRY_LOCK)
                || SLOT_LOCK.matcher(name).matches();
    }

    public Path control() {
        return directory.resolve(CONTROL);
    }

    /** The values of a region. */
    public Path data(final int region) {
        return directory.resolve("data-" + region + ".dat");
    }

    /** State array {@code state}, counted from 0, of a region. */
    public Path state(final int state, final int region) {
        return directory.resolve("state-" + state + "-" + region + ".dat");
    }

    public Path undo(final int slotId) {
        return directory.resolve("undo-" + slotId + ".dat");
    }

    public Path slotLock(final int slotId) {
        return directory.resolve("slot-" + slotId + ".lock");
    }

    /** Held while a slot is recovered whose owner lives, and has given it up. */
    public Path abandonedLock() {
        return directory.resolve(ABANDONED_LOCK);
    }

    /** Locked by a worker that joins a run. */
    public Path entryLock() {
        return directory.resolve(ENTRY_LOCK);
    }
}
