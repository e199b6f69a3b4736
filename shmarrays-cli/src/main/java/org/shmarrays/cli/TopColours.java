package org.shmarrays.cli;

import org.jline.terminal.Terminal;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Writes a line with the escape sequences of its styles, as far as a terminal has colours. */
interface TopColours {
    /** No escape sequences. */
    TopColours NONE = TopLine::text;

    String text(TopLine line);

    static TopColours of(final Terminal terminal) {
        return line -> {
            final AttributedStringBuilder text = new AttributedStringBuilder();
            for (final TopLine.Part part : line.parts()) {
                text.styled(style(part.style()), part.text());
            }
            return text.toAnsi(terminal);
        };
    }

    private static AttributedStyle style(final TopStyle style) {
        return switch (style) {
            case PLAIN -> AttributedStyle.DEFAULT;
            case TITLE, HEADING -> AttributedStyle.DEFAULT.bold();
            case GOOD -> AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
            case WARNING -> AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
            case BAD -> AttributedStyle.DEFAULT.foreground(AttributedStyle.RED).bold();
            case DIM -> AttributedStyle.DEFAULT.faint();
        };
    }
}
