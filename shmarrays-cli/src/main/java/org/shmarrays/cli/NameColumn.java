package org.shmarrays.cli;

import java.util.Collection;
import org.shmarrays.internal.Printable;

/** The column of a table that has names of segments. */
final class NameColumn {
    private static final int NARROWEST = 24;

    private NameColumn() {}

    /** The column's part of a format, wide enough for each of the names. */
    static String format(final Collection<String> names) {
        final int longest = names.stream()
                .mapToInt(name -> Printable.text(name).length())
                .max()
                .orElse(0);
        return "%-" + Math.max(NARROWEST, longest) + "s";
    }
}
