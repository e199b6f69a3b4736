package org.shmarrays.internal;

import java.util.Collection;

/** Text that others have chosen, such as names of arrays and files, as a terminal or a page may be given it. */
public final class Printable {
    private static final int LAST_OF_FOUR_DIGITS = 0xFFFF;

    private Printable() {}

    /**
     * The text with control characters, and those that are invisible or turn the direction of writing, as
     * {@code \\u001b}.
     */
    public static String text(final String text) {
        return text(text, false);
    }

    /** Several of them, as messages list them: {@code [a, b]}. */
    public static String list(final Collection<String> texts) {
        return texts.stream().map(Printable::text).toList().toString();
    }

    /** {@link #text}, except that line feeds stay. */
    public static String lines(final String text) {
        return text(text, true);
    }

    private static String text(final String text, final boolean keepsLines) {
        if (text == null) {
            return "null"; // messages name what is wrong, and that may be it
        }
        final StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (isPrintable(point) || keepsLines && point == '\n') {
                shown.appendCodePoint(point);
            } else if (point <= LAST_OF_FOUR_DIGITS) {
                shown.append("\\u").append(digits(point, 4));
            } else {
                shown.append("\\U").append(digits(point, 8));
            }
        });
        return shown.toString();
    }

    private static String digits(final int point, final int count) {
        final String digits = Integer.toHexString(point);
        return "0".repeat(count - digits.length()) + digits;
    }

    private static boolean isPrintable(final int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
