package org.shmarrays.report;

import java.util.List;
import java.util.Map;

/**
 * Writes JSON (RFC 8259) on one line: Maps, Lists, Strings, numbers, Booleans and null; what is not finite becomes null. The text
 * may stand in an HTML script element: {@code <}, {@code >} and {@code &} are escaped.
 */
public final class JsonText {
    private JsonText() {}

    /** Writes a value. */
    public static String write(final Object value) {
        final StringBuilder out = new StringBuilder();
        append(out, value);
        return out.toString();
    }

    private static void append(final StringBuilder out, final Object value) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (final Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(separator);
                appendString(out, entry.getKey().toString());
                out.append(": ");
                append(out, entry.getValue());
                separator = ", ";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (final Object element : list) {
                out.append(separator);
                append(out, element);
                separator = ", ";
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Number number) {
            out.append(Double.isFinite(number.doubleValue()) ? number : "null");
        } else if (value instanceof Boolean || value == null) {
            out.append(value);
        } else {
            appendString(out, value.toString());
        }
    }

    private static void appendString(final StringBuilder out, final String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            final char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
