package org.shmarrays.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes, ages and rates as tables show them. */
final class Amounts {
    private static final double KIBIBYTE = 1 << 10;
    private static final double MEBIBYTE = 1 << 20;
    private static final double GIBIBYTE = 1 << 30;
    private static final Pattern AGE = Pattern.compile("(\\d{1,9})(s|m|h|d)");

    private Amounts() {}

    static String bytes(final long bytes) {
        if (bytes < KIBIBYTE) {
            return bytes + " B";
        }
        if (bytes < MEBIBYTE) {
            return String.format(Locale.ROOT, "%.1f KiB", bytes / KIBIBYTE);
        }
        return bytes < GIBIBYTE
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / MEBIBYTE)
                : String.format(Locale.ROOT, "%,.1f GiB", bytes / GIBIBYTE);
    }

    static String age(final Duration age) {
        if (age.toDays() > 1) {
            return age.toDays() + " d";
        }
        if (age.toHours() > 0) {
            return age.toHours() + " h";
        }
        return age.toMinutes() > 0 ? age.toMinutes() + " min" : age.toSeconds() + " s";
    }

    /** The time since an instant in ms since 1970. */
    static Duration since(final long ms) {
        return Duration.ofMillis(Math.max(0, System.currentTimeMillis() - ms));
    }

    /**
     * Reads an age like 90s, 30m, 12h or 7d.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Duration parseAge(final String text) {
        final Matcher matcher = AGE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not an age: " + text + "; write for example 90s, 30m, 12h or 7d");
        }
        final long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }
}
