package org.shmarrays.internal.launch;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The class path of worker JVMs that run this program's classes: the entries of {@code java.class.path} and the URLs of
 * the program's class loaders. Parents come first, as class loaders ask them first. For one thread.
 */
public final class WorkerClassPath {
    /** MAX_ARG_STRLEN of Linux, of which the last byte is 0. */
    private static final int MOST_BYTES = 128 * 1024 - 1;

    private static final String SOURCE_LAUNCHER = "com.sun.tools.javac.launcher.";

    private final Set<Path> entries = new LinkedHashSet<>();

    /** The class path of this JVM, the URLs of the loaders of these classes and of this thread, and these classes. */
    public static WorkerClassPath of(final Collection<Class<?>> needed) {
        final WorkerClassPath classPath = new WorkerClassPath(
                System.getProperty("java.class.path"),
                Stream.concat(
                                needed.stream().map(Class::getClassLoader),
                                Stream.of(Thread.currentThread().getContextClassLoader()))
                        .filter(Objects::nonNull)
                        .distinct()
                        .toArray(ClassLoader[]::new));
        needed.forEach(classPath::require);
        return classPath;
    }

    /**
     * The entries of a class path, and the URLs of class loaders and their parents.
     *
     * @param javaClassPath as of the property {@code java.class.path}
     * @param loaders null is the boot loader
     */
    WorkerClassPath(final String javaClassPath, final ClassLoader... loaders) {
        for (final String entry : javaClassPath.split(File.pathSeparator)) {
            entries.add(Path.of(entry).toAbsolutePath()); // an empty one is the working directory
        }
        for (final ClassLoader loader : loaders) {
            addAll(loader);
        }
    }

    private void addAll(final ClassLoader loader) {
        final Deque<ClassLoader> chain = new ArrayDeque<>();
        for (ClassLoader next = loader; next != null; next = next.getParent()) {
            chain.push(next);
        }
        for (final ClassLoader next : chain) {
            if (next instanceof URLClassLoader urls) {
                for (final URL url : urls.getURLs()) {
                    add(url);
                }
            }
        }
    }

    /** Other URLs may be of use to nothing that workers do; {@link #require} sees to those that are. */
    private void add(final URL url) {
        if ("file".equals(url.getProtocol())) {
            entries.add(path(url));
        }
    }

    /**
     * Adds the directory or jar from which a class was loaded, unless it is one of the JDK's.
     *
     * @throws IllegalArgumentException if no other process can load it from there; the message says what to do
     */
    void require(final Class<?> needed) {
        final ClassLoader loader = needed.getClassLoader();
        if (needed.isArray()) {
            require(needed.getComponentType());
        } else if (loader != null && loader != ClassLoader.getPlatformClassLoader()) {
            final CodeSource source = needed.getProtectionDomain().getCodeSource();
            entries.add(
                    place(needed.getName(), loader.getClass().getName(), source == null ? null : source.getLocation()));
        }
    }

    /** The directory or jar of a class, by the class of its loader and the URL of its code source, or null. */
    static Path place(final String needed, final String loader, final URL url) {
        if (loader.startsWith(SOURCE_LAUNCHER)) {
            throw new IllegalArgumentException("the program was started from its source file, so workers can't load its"
                    + " classes: class=" + needed + "; compile it by `javac -d classes`, and start it by `java -cp"
                    + " classes`");
        }
        if (url == null) {
            throw new IllegalArgumentException("the class was made in memory, so workers can't load it: class=" + needed
                    + ", loader=" + loader + "; use a class that stands in a directory or a jar");
        }
        if (!"file".equals(url.getProtocol())) {
            throw new IllegalArgumentException("the class stands in a jar inside another jar, or in no file, so workers"
                    + " can't load it: class=" + needed + ", place=" + url + "; unpack the program, as by"
                    + " `java -Djarmode=tools -jar app.jar extract`, and start what comes out");
        }
        return path(url);
    }

    private static Path path(final URL url) {
        try {
            return Path.of(new URI(url.toString().replace(" ", "%20")));
        } catch (final URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
            throw new IllegalArgumentException("not the place of a file: url=" + url, e);
        }
    }

    /**
     * The class path as an argument of {@code java -cp}.
     *
     * @throws IllegalArgumentException if it is longer than Linux lets an argument of a process be
     */
    public String argument() {
        final String argument = toString();
        final int lengthBytes = argument.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding"))).length;
        if (lengthBytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "the class path is too long for the command line of a worker: lengthBytes="
                            + lengthBytes + ", most=" + MOST_BYTES
                            + "; start the program by `java -jar`, with a jar whose"
                            + " manifest names the other jars as Class-Path");
        }
        return argument;
    }

    @Override
    public String toString() {
        return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
}
