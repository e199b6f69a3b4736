package org.shmarrays.cli;

import java.util.List;
import java.util.Map;

/** What {@code --json} prints (RFC 8259): Maps, Lists, Strings, numbers, Booleans and null; what is not finite becomes null. */
final class Json {
    private static final String INDENT = "  ";

    private Json() {}

    /** A value over several lines: one for each member of the outer object or array, down to where nothing is nested. */
    static String write(final Object value) {
        final StringBuilder out = new StringBuilder();
        append(out, value, "\n");
        return out.toString();
    }

    private static void append(final StringBuilder out, final Object value, final String newline) {
        if (value instanceof Map<?, ?> map) {
            appendMap(out, map, newline);
        } else if (value instanceof List<?> list) {
            appendList(out, list, newline);
        } else if (value instanceof Number number) {
            out.append(Double.isFinite(number.doubleValue()) ? number : "null");
        } else if (value instanceof Boolean || value == null) {
            out.append(value);
        } else {
            appendString(out, value.toString());
        }
    }

    private static void appendMap(final StringBuilder out, final Map<?, ?> map, final String newline) {
        final boolean nested = map.values().stream().anyMatch(Json::isNested);
        final String inner = nested ? newline + INDENT : " ";
        String separator = "{" + (nested ? inner : "");
        for (final Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            appendString(out, entry.getKey().toString());
            out.append(": ");
            append(out, entry.getValue(), newline + INDENT);
            separator = "," + inner;
        }
        out.append(map.isEmpty() ? "{}" : nested ? newline + "}" : "}");
    }

    private static void appendList(final StringBuilder out, final List<?> list, final String newline) {
        final boolean nested = list.stream().anyMatch(Json::isNested);
        final String inner = nested ? newline + INDENT : " ";
        String separator = "[" + (nested ? inner : "");
        for (final Object element : list) {
            out.append(separator);
            append(out, element, newline + INDENT);
            separator = "," + inner;
        }
        out.append(list.isEmpty() ? "[]" : nested ? newline + "]" : "]");
    }

    private static boolean isNested(final Object value) {
        return value instanceof Map
                || value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance);
    }

    private static void appendString(final StringBuilder out, final String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            final char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
