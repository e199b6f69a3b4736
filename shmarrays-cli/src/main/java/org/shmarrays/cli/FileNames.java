package org.shmarrays.cli;

/** Names of files that others have chosen, as a terminal may be given them. */
final class FileNames {
    private FileNames() {}

    /** The text with control characters, and those that turn the direction of writing, as {@code \\u001b}. */
    static String printable(final String text) {
        final StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            final int type = Character.getType(point);
            if (type == Character.CONTROL || type == Character.FORMAT) {
                shown.append(String.format("\\u%04x", point));
            } else {
                shown.appendCodePoint(point);
            }
        });
        return shown.toString();
    }
}
