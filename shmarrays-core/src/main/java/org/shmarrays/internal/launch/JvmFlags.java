package org.shmarrays.internal.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The flags that a JVM with shmarrays needs.
 *
 * <ul>
 *   <li>Without the flags in the resources {@code jvm-17.flags} and {@code jvm-24.flags}, shmarrays does not run.
 *   <li>The vector kernels need the flag in {@code jvm-vector.flags}, which makes the start slower, and an export in
 *       {@code jvm-17.flags}, which costs nothing.
 * </ul>
 *
 * <p>The flags are written only in these files. The build and {@code bin/shmarrays} read them, too. Each flag is one
 * argument ({@code --add-opens=…}), a form that {@code JAVA_TOOL_OPTIONS} understands as well.
 */
public final class JvmFlags {
    /** The oldest Java that this project runs on. */
    public static final int OLDEST_FEATURE_VERSION = 17;

    /** What a JVM prints on its standard error if it is started with the flag for the kernels. */
    public static final String VECTOR_WARNING = "WARNING: Using incubator modules: jdk.incubator.vector";

    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final String VECTOR_RESOURCE = "jvm-vector.flags";
    private static final int UNSAFE_WARNING_FEATURE_VERSION = 24;

    private static final List<String> INHERITED = List.of("-XX:SharedArchiveFile=", "-Xshare:", "-Xlog:cds");

    private JvmFlags() {}

    /** The flags for a JVM like this one, without the flag for the kernels if it lacks the Vector API. */
    public static List<String> ofThisJvm() {
        final List<String> flags = new ArrayList<>(needed(Runtime.version().feature()));
        if (ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent()) {
            flags.addAll(read(VECTOR_RESOURCE));
        }
        return List.copyOf(flags);
    }

    /**
     * The flags for a JVM of the given feature version, for example 21.
     *
     * @throws IllegalArgumentException if this project does not run on that version
     */
    public static List<String> of(final int featureVersion) {
        final List<String> flags = new ArrayList<>(needed(featureVersion));
        flags.addAll(read(VECTOR_RESOURCE));
        return List.copyOf(flags);
    }

    /**
     * Those arguments of a JVM that its workers, which have the same class path, should get too: the archive of classes
     * from which it started, and the log options of that archive.
     */
    public static List<String> inherited(final List<String> arguments) {
        return arguments.stream()
                .filter(argument -> INHERITED.stream().anyMatch(argument::startsWith))
                .toList();
    }

    /** The flags without which nothing works, and those that cost nothing. */
    static List<String> needed(final int featureVersion) {
        if (featureVersion < OLDEST_FEATURE_VERSION) {
            throw new IllegalArgumentException("Java is too old: version=" + featureVersion + "; shmarrays needs Java "
                    + OLDEST_FEATURE_VERSION + " or newer");
        }
        return read(featureVersion < UNSAFE_WARNING_FEATURE_VERSION ? "jvm-17.flags" : "jvm-24.flags");
    }

    private static List<String> read(final String resource) {
        try (InputStream in = JvmFlags.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("resource not in the jar of shmarrays-core: name=" + resource);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (final IOException e) {
            throw new UncheckedIOException("resource can't be read: name=" + resource, e);
        }
    }

    /** Parses one flag per line, in the syntax of java's argument files: the value follows a space or a '='. */
    static List<String> parse(final String lines) {
        return lines.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.replaceFirst("\\s+", "="))
                .toList();
    }
}
