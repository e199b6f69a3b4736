package org.shmarrays.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The flags without which this project does not run on a JVM, from the resources {@code jvm-17.flags} and
 * {@code jvm-24.flags}: the only place where they are written, read by the build and by {@code bin/shmarrays} too.
 *
 * <p>Each flag comes as one argument ({@code --add-opens=…}), the form that also {@code JAVA_TOOL_OPTIONS} understands.
 */
public final class JvmFlags {
    /** The oldest Java that this project runs on. */
    public static final int OLDEST_FEATURE_VERSION = 17;

    private static final int UNSAFE_WARNING_FEATURE_VERSION = 24;

    private JvmFlags() {}

    /** The flags for a JVM like this one. */
    public static List<String> ofThisJvm() {
        return of(Runtime.version().feature());
    }

    /**
     * The flags for a JVM of the given feature version, for example 21.
     *
     * @throws IllegalArgumentException if this project does not run on that version
     */
    public static List<String> of(final int featureVersion) {
        if (featureVersion < OLDEST_FEATURE_VERSION) {
            throw new IllegalArgumentException("Java is too old: version=" + featureVersion + "; shmarrays needs Java "
                    + OLDEST_FEATURE_VERSION + " or newer");
        }
        final String resource = featureVersion < UNSAFE_WARNING_FEATURE_VERSION ? "jvm-17.flags" : "jvm-24.flags";
        try (InputStream in = JvmFlags.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("resource not in the jar of shmarrays-core: name=" + resource);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (final IOException e) {
            throw new UncheckedIOException("resource can't be read: name=" + resource, e);
        }
    }

    /** One flag a line, in the syntax of java's argument files as far as it is used: the value after a space or a '='. */
    static List<String> parse(final String lines) {
        return lines.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.replaceFirst("\\s+", "="))
                .toList();
    }
}
