package org.shmarrays.internal.json;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes JSON (RFC 8259): Maps, Lists, Strings, numbers, Booleans and null; what is not finite becomes null. The text
 * may stand in an HTML script element: {@code <}, {@code >} and {@code &} are escaped.
 */
public final class JsonText {
    private static final String INDENT = "  ";

    private final StringBuilder out = new StringBuilder();
    private final boolean onOneLine;

    private JsonText(final boolean onOneLine) {
        this.onOneLine = onOneLine;
    }

    /** Writes a value on one line. */
    public static String write(final Object value) {
        return new JsonText(true).text(value);
    }

    /** Writes a value over several lines: one for each member of an object or array in which others are nested. */
    public static String writeLines(final Object value) {
        return new JsonText(false).text(value);
    }

    private String text(final Object value) {
        append(value, "\n");
        return out.toString();
    }

    private void append(final Object value, final String newline) {
        if (value instanceof Map<?, ?> map) {
            final Members members = new Members('{', '}', map.values().stream().anyMatch(this::isNested), newline);
            map.forEach((key, member) -> {
                members.next();
                appendString(key.toString());
                out.append(": ");
                append(member, newline + INDENT);
            });
            members.end();
        } else if (value instanceof List<?> list) {
            final Members members = new Members('[', ']', list.stream().anyMatch(this::isNested), newline);
            list.forEach(member -> {
                members.next();
                append(member, newline + INDENT);
            });
            members.end();
        } else if (value instanceof Number number) {
            out.append(Double.isFinite(number.doubleValue()) ? number : "null");
        } else if (value instanceof Boolean || value == null) {
            out.append(value);
        } else {
            appendString(value.toString());
        }
    }

    private boolean isNested(final Object value) {
        return !onOneLine
                && (value instanceof Map
                        || value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance));
    }

    private void appendString(final String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            final char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (isEscaped(c)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /**
     * What must be, what HTML would take for its own, and what a terminal does not show as it stands: controls, and
     * turns of the direction.
     */
    private static boolean isEscaped(final char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> c == '<' || c == '>' || c == '&';
        };
    }

    /** What stands around and between the members of an object or array. */
    private final class Members {
        private final char end;
        private final boolean nested;
        private final String newline;
        private boolean first = true;

        Members(final char begin, final char end, final boolean nested, final String newline) {
            this.end = end;
            this.nested = nested;
            this.newline = newline;
            out.append(begin);
        }

        void next() {
            out.append(first ? "" : nested ? "," : ", ").append(nested ? newline + INDENT : "");
            first = false;
        }

        void end() {
            out.append(nested ? newline : "").append(end);
        }
    }
}
