package org.shmarrays.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The flags that this project wants on a JVM: those without which it does not run, from the resources {@code jvm-17.flags}
 * and {@code jvm-24.flags}, and for the vector kernels the one of {@code jvm-vector.flags}, which costs time at the start, and an
 * export in {@code jvm-17.flags}, which costs nothing. These files are the only place
 * where they are written, read by the build and by {@code bin/shmarrays} too.
 *
 * <p>Each flag comes as one argument ({@code --add-opens=…}), the form that also {@code JAVA_TOOL_OPTIONS} understands.
 */
public final class JvmFlags {
    /** The oldest Java that this project runs on. */
    public static final int OLDEST_FEATURE_VERSION = 17;

    /** What a JVM says on its standard error when it is started with the flag for the kernels. */
    static final String VECTOR_WARNING = "WARNING: Using incubator modules: jdk.incubator.vector";

    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final String VECTOR_RESOURCE = "jvm-vector.flags";
    private static final int UNSAFE_WARNING_FEATURE_VERSION = 24;

    private static final List<String> INHERITED = List.of("-XX:SharedArchiveFile=", "-Xshare:", "-Xlog:cds");

    private JvmFlags() {}

    /** The flags for a JVM like this one; without that for the kernels if it lacks the Vector API. */
    public static List<String> ofThisJvm() {
        final List<String> flags = new ArrayList<>(needed(Runtime.version().feature()));
        if (ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent()) {
            flags.addAll(read(VECTOR_RESOURCE));
        }
        return List.copyOf(flags);
    }

    /** Those that only JVMs need which compute: without them a JVM starts sooner, and prints no warning. */
    public static List<String> ofKernels() {
        return read(VECTOR_RESOURCE);
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
     * Those of a JVM's arguments that its workers, which have the same class path, should have too: the archive of classes
     * from which it started, and what it logs of that.
     */
    static List<String> inherited(final List<String> arguments) {
        return arguments.stream()
                .filter(argument -> INHERITED.stream().anyMatch(argument::startsWith))
                .toList();
    }

    /** Those without which nothing works, and what costs nothing. */
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

    /** One flag a line, in the syntax of java's argument files as far as it is used: the value after a space or a '='. */
    static List<String> parse(final String lines) {
        return lines.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.replaceFirst("\\s+", "="))
                .toList();
    }
}
