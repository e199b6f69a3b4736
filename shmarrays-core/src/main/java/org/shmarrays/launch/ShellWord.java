package org.shmarrays.launch;

import java.util.regex.Pattern;

/** A word as a POSIX shell takes it for itself. */
final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private ShellWord() {}

    /** The word, between single quotes where it needs them. */
    static String quoted(final String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
