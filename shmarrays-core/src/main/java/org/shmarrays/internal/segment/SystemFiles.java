package org.shmarrays.internal.segment;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files in which Linux shows its state ({@code /proc}, {@code /sys}). What can't be read is not there. Immutable,
 * for any thread, also an interrupted one.
 *
 * @param root the directory in which {@code /proc} and {@code /sys} are looked for; a test has its own
 */
public record SystemFiles(Path root) {
    /** The files of the machine that this runs on. */
    public static final SystemFiles HERE = new SystemFiles(Path.of("/"));

    /** Where a file like {@code /proc/meminfo} stands. */
    public Path path(final String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /**
     * The content of a file, by reads of many bytes: those of {@code /proc/sys} have no length and give what they hold
     * to the first read alone, which of {@link Files#readString} is one of a single byte.
     */
    public Optional<byte[]> bytes(final String absolute) {
        try (InputStream in = new FileInputStream(path(absolute).toFile())) {
            return Optional.of(in.readAllBytes());
        } catch (final IOException e) {
            return Optional.empty();
        }
    }

    /** The text of a file, without the blanks at its ends; empty if there is none. */
    public String text(final String absolute) {
        return bytes(absolute)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
                .orElse("");
    }

    /** A file that holds a number and nothing else; nothing also where it says {@code max}. */
    public OptionalLong number(final String absolute) {
        return parsed(text(absolute));
    }

    /** A value of {@code /proc/meminfo}, in bytes. */
    public OptionalLong memory(final String key) {
        final Matcher line =
                Pattern.compile("(?m)^" + key + ": *(\\d{1,15}) kB$").matcher(text("/proc/meminfo"));
        return line.find() ? OptionalLong.of(Long.parseLong(line.group(1)) << 10) : OptionalLong.empty();
    }

    /** The number behind a word on the line that begins with it, as in {@code memory.stat}. */
    static OptionalLong field(final String text, final String word) {
        return text.lines()
                .filter(line -> line.startsWith(word + " "))
                .findFirst()
                .map(line -> parsed(line.substring(word.length() + 1).strip()))
                .orElse(OptionalLong.empty());
    }

    private static OptionalLong parsed(final String text) {
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (final NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
