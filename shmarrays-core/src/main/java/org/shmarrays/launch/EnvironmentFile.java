package org.shmarrays.launch;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.internal.worker.WorkerEnvironment;

/**
 * A file of environment variables: lines {@code NAME=VALUE} in UTF-8. Blank lines and lines that begin with {@code #}
 * are skipped, {@code export } before a name is allowed, and a pair of quotes around a value is removed. Nothing is
 * expanded.
 */
final class EnvironmentFile {
    private static final Pattern LINE = Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_.]*)=(.*)");

    private EnvironmentFile() {}

    /**
     * Reads the variables, in their order.
     *
     * @throws IllegalArgumentException if there is no such file, or a line is none of these; if a name stands twice, or
     *     is one that the launcher sets for each worker. The message has the number of the line
     */
    static Map<String, String> read(final Path file) {
        final Map<String, String> variables = new LinkedHashMap<>();
        final Map<String, Integer> lineNumbers = new HashMap<>();
        final List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            final String place = "file=" + file + ", line=" + (i + 1);
            final Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("not a line NAME=VALUE of environment variables: " + place);
            }
            final String name = matcher.group(1);
            if (WorkerEnvironment.VARIABLES.contains(name)) {
                throw new IllegalArgumentException(
                        "the launcher sets this environment variable itself: name=" + name + ", " + place);
            }
            final Integer earlier = lineNumbers.putIfAbsent(name, i + 1);
            if (earlier != null) {
                throw new IllegalArgumentException("the environment variable is set twice: name=" + name + ", " + place
                        + ", earlier line=" + earlier);
            }
            variables.put(name, value(matcher.group(2), place));
        }
        return variables;
    }

    private static List<String> lines(final Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("file of environment variables not found: path=" + file);
        }
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (final CharacterCodingException e) {
            throw new IllegalArgumentException("the file of environment variables is not UTF-8: path=" + file, e);
        } catch (final IOException e) {
            throw new IllegalArgumentException(
                    "the file of environment variables can't be read: path=" + file + ", cause=" + e, e);
        }
    }

    private static String value(final String text, final String place) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the value of an environment variable has a NUL character: " + place);
        }
        final char quote = text.isEmpty() ? ' ' : text.charAt(0);
        if (quote != '"' && quote != '\'') {
            return text;
        }
        if (text.length() < 2 || text.indexOf(quote, 1) != text.length() - 1) {
            throw new IllegalArgumentException(
                    "the value begins with a quote, and its other end is not at the end of the line: " + place);
        }
        return text.substring(1, text.length() - 1);
    }
}
