package org.shmarrays.checkpoint;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shmarrays.internal.Printable;
import org.shmarrays.layout.ArraySpec;

/**
 * The names of an {@code .npz}'s entries, without {@code .npy}. Each must mean one entry, also to numpy: it looks for a
 * name among the entries as they are before it appends {@code .npy}, so that {@code w.npy} would be the entry of w.
 */
final class EntryNames {
    private static final String SUFFIX = ".npy";

    private final Set<String> names = new HashSet<>();

    /**
     * Adds a name.
     *
     * @param owner what gets another name if this one is not allowed
     * @throws IllegalArgumentException if another entry has the name
     */
    void add(final String name, final String owner) {
        final boolean isLonger = name.endsWith(SUFFIX) && names.contains(withoutSuffix(name));
        if (isLonger || names.contains(name + SUFFIX)) {
            throw new IllegalArgumentException("numpy would read one entry for two: "
                    + Printable.text(name) + " and " + Printable.text(isLonger ? withoutSuffix(name) : name + SUFFIX)
                    + "; rename " + owner);
        }
        if (!names.add(name)) {
            throw new IllegalArgumentException(
                    "two entries would have the same name: " + Printable.text(name) + "; rename " + owner);
        }
    }

    private static String withoutSuffix(final String name) {
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /** Adds the names of arrays' values. */
    void addValues(final List<ArraySpec> specs) {
        specs.forEach(spec -> add(spec.name(), owner(spec)));
    }

    /** Adds the names of a checkpoint's entries. */
    void addCheckpoint(final List<ArraySpec> specs) {
        add(Metadata.ENTRY, "the metadata");
        for (final ArraySpec spec : specs) {
            for (int file = 0; file <= spec.stateCount(); file++) {
                add(CheckpointFile.entryName(spec, file), owner(spec));
            }
        }
    }

    private static String owner(final ArraySpec spec) {
        return "the array " + Printable.text(spec.name());
    }
}
