package org.shmarrays.internal.launch;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A class that is packed inside of a jar where a class path does not reach: in a folder such as {@code
 * BOOT-INF/classes}, or in a jar inside of the jar, as Spring Boot packs programs. Such a jar runs by {@code java -jar}
 * alone, and then its {@code Start-Class} runs. Any thread.
 */
public final class NestedClass {
    private static final List<String> FOLDERS = List.of("BOOT-INF/classes/", "WEB-INF/classes/");

    private NestedClass() {}

    /**
     * Refuses a class that is nested in a jar of the class path, and nowhere else on it. A class that is not found at
     * all is not refused: the JVM may know it by other means.
     *
     * @throws IllegalArgumentException if it is nested; the message says where, and what to do
     */
    public static void refuse(final String className, final String classPath) {
        final String entry = className.replace('.', '/') + ".class";
        final List<Path> jars = new ArrayList<>();
        for (final String element : classPath.split(File.pathSeparator)) {
            for (final Path path : paths(element)) {
                if (Files.isDirectory(path) ? Files.exists(path.resolve(entry)) : holds(path, entry)) {
                    return;
                }
                jars.add(path);
            }
        }
        for (final Path jar : jars) {
            nested(jar, entry).ifPresent(place -> {
                throw new IllegalArgumentException(sentence(className, jar, place));
            });
        }
    }

    private static String sentence(final String className, final Path jar, final String place) {
        return "main class is nested in a jar, where the class path does not reach it: class=" + className + ", jar="
                + jar + ", place=" + place + "; unpack the jar and name its parts on the class path, such as"
                + " DIR/BOOT-INF/classes:DIR/BOOT-INF/lib/*, or give the jar alone (--jar, Launcher.ofJar), which runs "
                + startClass(jar).map(name -> "its Start-Class " + name).orElse("its own main class");
    }

    /** The files and directories of an element of a class path. */
    private static List<Path> paths(final String element) {
        try {
            if (!element.equals("*") && !element.endsWith(File.separator + "*")) {
                return List.of(Path.of(element));
            }
            final Path directory = Path.of(element.substring(0, element.length() - 1));
            try (Stream<Path> files = Files.list(directory)) {
                return files.filter(
                                file -> file.toString().toLowerCase(Locale.ROOT).endsWith(".jar"))
                        .sorted()
                        .toList();
            }
        } catch (final IOException | InvalidPathException e) {
            return List.of(); // the JVM ignores it too
        }
    }

    private static boolean holds(final Path jar, final String entry) {
        return read(jar, file -> Optional.ofNullable(file.getEntry(entry))).isPresent();
    }

    private static Optional<String> startClass(final Path jar) {
        return read(jar, file -> {
            final Manifest manifest = file.getManifest();
            return Optional.ofNullable(manifest)
                    .map(found -> found.getMainAttributes().getValue("Start-Class"));
        });
    }

    private static Optional<String> nested(final Path jar, final String entry) {
        return read(jar, file -> {
            for (final String folder : FOLDERS) {
                if (file.getEntry(folder + entry) != null) {
                    return Optional.of(folder + entry);
                }
            }
            for (final JarEntry candidate : file.stream().toList()) {
                if (candidate.getName().endsWith(".jar") && holdsNested(file, candidate, entry)) {
                    return Optional.of(candidate.getName() + "!/" + entry);
                }
            }
            return Optional.empty();
        });
    }

    private static boolean holdsNested(final JarFile file, final JarEntry jar, final String entry) throws IOException {
        try (ZipInputStream entries = new ZipInputStream(file.getInputStream(jar))) {
            for (ZipEntry next = entries.getNextEntry(); next != null; next = entries.getNextEntry()) {
                if (next.getName().equals(entry)) {
                    return true;
                }
            }
            return false;
        }
    }

    @FunctionalInterface
    private interface Look<T> {
        Optional<T> at(JarFile file) throws IOException;
    }

    private static <T> Optional<T> read(final Path jar, final Look<T> look) {
        if (!Files.isRegularFile(jar)) {
            return Optional.empty();
        }
        try (JarFile file = new JarFile(jar.toFile())) {
            return look.at(file);
        } catch (final IOException e) {
            return Optional.empty(); // no jar: the JVM says so, if it matters
        }
    }
}
