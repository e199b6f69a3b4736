package org.shmarrays.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A line of {@code top}: parts of text, each with its style. Immutable. */
record TopLine(List<Part> parts) {
    static final TopLine EMPTY = new TopLine(List.of());

    /** Text of one style. */
    record Part(String text, TopStyle style) {}

    static TopLine of(final String text, final TopStyle style) {
        return new TopLine(List.of(new Part(text, style)));
    }

    static TopLine of(final String text) {
        return of(text, TopStyle.PLAIN);
    }

    /** Without styles, and without spaces at the end. */
    String text() {
        return parts.stream().map(Part::text).collect(Collectors.joining()).stripTrailing();
    }

    int length() {
        return parts.stream().mapToInt(part -> part.text().length()).sum();
    }

    /** Another line after this one. */
    TopLine with(final TopLine other) {
        final List<Part> both = new ArrayList<>(parts);
        both.addAll(other.parts);
        return new TopLine(List.copyOf(both));
    }

    /** Its first characters. */
    TopLine first(final int length) {
        final List<Part> kept = new ArrayList<>();
        int left = length;
        for (final Part part : parts) {
            final String text =
                    part.text().substring(0, Math.min(left, part.text().length()));
            kept.add(new Part(text, part.style()));
            left -= text.length();
        }
        return new TopLine(List.copyOf(kept));
    }
}
