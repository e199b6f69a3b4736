package org.shmarrays.layout;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.shmarrays.internal.Printable;

/** What may be the name of a segment, of an array and of an alias, and how messages show what others have chosen. */
public final class Names {
    /** The longest name of a segment, in characters; with the marks of temporary names it stays a file name. */
    public static final int MAX_SEGMENT_NAME_LENGTH = 100;

    /** The longest name of an array or alias, in bytes of UTF-8. */
    public static final int MAX_ARRAY_NAME_BYTES = 255;

    private static final int SHOWN_LENGTH = 20;
    private static final String DATA = "-data";
    private static final Pattern SEGMENT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");

    private Names() {}

    /**
     * Returns the name if it can be a segment's: letters, digits, '.', '_', '-', not beginning with '.' or '-'.
     *
     * @throws IllegalArgumentException if it can't
     */
    public static String checkSegmentName(final String name) {
        if (name == null || name.isEmpty()) {
            throw new IllegalArgumentException("segment name is empty: give one such as \"mnist\"");
        }
        if (name.length() > MAX_SEGMENT_NAME_LENGTH) {
            throw new IllegalArgumentException("segment name is too long: length=" + name.length() + ", max="
                    + MAX_SEGMENT_NAME_LENGTH + ", name=" + start(name));
        }
        if (!SEGMENT_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a segment name: name=\"" + Printable.text(name)
                    + "\"; use letters, digits, '.', '_' and '-', and begin with a letter, a digit or '_'");
        }
        return name;
    }

    /**
     * The name of the segment with the data set that the workers of a segment share.
     *
     * @throws IllegalArgumentException if it would be too long for the name of a segment
     */
    public static String ofData(final String segment) {
        return checkSegmentName(segment + DATA);
    }

    /** A segment's name, and that of the data set that its workers share: the two are removed together. */
    public static List<String> withData(final String segment) {
        final boolean canHaveData = segment.length() + DATA.length() <= MAX_SEGMENT_NAME_LENGTH;
        return canHaveData ? List.of(segment, ofData(segment)) : List.of(segment);
    }

    /**
     * Returns the name if it can be an array's or an alias's: no control characters, 1 to 255 bytes of UTF-8.
     *
     * @throws IllegalArgumentException if it can't
     */
    public static String checkArrayName(final String name) {
        if (name == null || name.isEmpty()) {
            throw new IllegalArgumentException("array name is empty: give one such as \"dense/W\"");
        }
        final int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_ARRAY_NAME_BYTES) {
            throw new IllegalArgumentException("array name is too long: bytes=" + bytes + ", max="
                    + MAX_ARRAY_NAME_BYTES + ", name=" + start(name));
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "array name has control characters: name=\"" + Printable.text(name) + "\"");
        }
        return name;
    }

    /** How a long name begins. */
    private static String start(final String name) {
        return Printable.text(name.substring(0, SHOWN_LENGTH)) + "…";
    }

    /**
     * A text that others have chosen, such as the name of an array or a file, as a message may show it: control
     * characters, and those that are invisible or turn the direction of writing, are escaped as {@code \\u001b}.
     */
    public static String printable(final String text) {
        return Printable.text(text);
    }
}
