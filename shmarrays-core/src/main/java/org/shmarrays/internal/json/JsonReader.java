package org.shmarrays.internal.json;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads as much of JSON (RFC 8259) as a checkpoint's metadata needs: Maps, Lists, Strings, Booleans, Longs, Doubles. It is
 * strict, and ends in a value or in an IllegalArgumentException.
 */
public final class JsonReader {
    private static final int DEEPEST = 16;
    private static final int HEX_DIGITS = 4;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(final String text) {
        this.text = text;
    }

    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Object read(final String text) {
        final JsonReader json = new JsonReader(text);
        final Object value = json.value();
        json.skipSpace();
        if (json.at != text.length()) {
            throw json.unexpected();
        }
        return value;
    }

    private Object value() {
        if (++depth > DEEPEST) {
            throw new IllegalArgumentException("JSON is nested too deeply: position=" + at);
        }
        skipSpace();
        final Object value = switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> literal("true", Boolean.TRUE);
            case 'f' -> literal("false", Boolean.FALSE);
            default -> number();
        };
        depth--;
        return value;
    }

    private Map<String, Object> object() {
        final Map<String, Object> map = new LinkedHashMap<>();
        expect('{');
        skipSpace();
        while (peek() != '}') {
            if (!map.isEmpty()) {
                expect(',');
                skipSpace();
            }
            final String key = string();
            skipSpace();
            expect(':');
            if (map.put(key, value()) != null) {
                throw new IllegalArgumentException("duplicate key in JSON: key=" + key);
            }
            skipSpace();
        }
        expect('}');
        return map;
    }

    private List<Object> array() {
        final List<Object> list = new ArrayList<>();
        expect('[');
        skipSpace();
        while (peek() != ']') {
            if (!list.isEmpty()) {
                expect(',');
            }
            list.add(value());
            skipSpace();
        }
        expect(']');
        return list;
    }

    private String string() {
        final StringBuilder string = new StringBuilder();
        expect('"');
        while (peek() != '"') {
            final char c = text.charAt(at++);
            if (c < ' ') {
                throw unexpected();
            }
            string.append(c == '\\' ? escaped() : c);
        }
        expect('"');
        return string.toString();
    }

    private char escaped() {
        final char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw unexpected();
        };
    }

    private char unicode() {
        if (at + HEX_DIGITS > text.length()) {
            throw unexpected();
        }
        int code = 0;
        for (int i = 0; i < HEX_DIGITS; i++) {
            final int digit = Character.digit(text.charAt(at++), 16);
            if (digit < 0) {
                throw unexpected();
            }
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private Object literal(final String word, final Object value) {
        if (!text.startsWith(word, at)) {
            throw unexpected();
        }
        at += word.length();
        return value;
    }

    private Number number() {
        final int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        final String number = text.substring(start, at);
        if (!number.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d{1,4})?")) {
            throw unexpected();
        }
        return number.matches("-?\\d{1,18}") ? (Number) Long.parseLong(number) : wide(number);
    }

    private static Number wide(final String number) {
        if (number.matches("-?\\d+")) {
            try {
                return new BigDecimal(number).longValueExact();
            } catch (final ArithmeticException e) {
                throw new IllegalArgumentException("a number in JSON is too large: " + number, e);
            }
        }
        return Double.parseDouble(number);
    }

    private char peek() {
        if (at >= text.length()) {
            throw unexpected();
        }
        return text.charAt(at);
    }

    private void expect(final char c) {
        if (peek() != c) {
            throw unexpected();
        }
        at++;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException(
                at < text.length()
                        ? "unexpected character in JSON: '" + text.charAt(at) + "', position=" + at
                        : "JSON ends too early: length=" + at);
    }
}
