package org.shmarrays.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.shmarrays.internal.launch.NestedClass;
import org.shmarrays.launch.Launcher;

/**
 * What {@code --jar app.jar -- words…} means: where the first word is a class in the jar, that class with the other words as
 * its arguments; else the jar's Main-Class with all words as its arguments.
 */
final class JarProgram {
    private JarProgram() {}

    /**
     * @throws IllegalArgumentException if there is no such jar, or nothing says which class to run; or if the first
     *     word is a class that is nested in the jar, which would run its own main class instead
     */
    static Launcher launcher(final Path jar, final List<String> words) {
        if (!Files.isRegularFile(jar)) {
            throw new IllegalArgumentException("jar not found: path=" + jar);
        }
        try (JarFile file = new JarFile(jar.toFile())) {
            if (!words.isEmpty() && file.getEntry(words.get(0).replace('.', '/') + ".class") != null) {
                final List<String> arguments = words.subList(1, words.size());
                return Launcher.ofMainClass(words.get(0), arguments.toArray(String[]::new))
                        .classPath(jar.toString());
            }
            if (!words.isEmpty()) {
                NestedClass.refuse(words.get(0), jar.toString());
            }
            if (!hasMainClass(file.getManifest())) {
                throw new IllegalArgumentException(
                        words.isEmpty()
                                ? "jar has no Main-Class: path=" + jar + "; name the class after --"
                                : "the jar has neither this class nor a Main-Class: name=" + words.get(0) + ", path="
                                        + jar);
            }
            return Launcher.ofJar(jar, words.toArray(String[]::new));
        } catch (final IOException e) {
            throw new IllegalArgumentException("not a readable jar: path=" + jar + ", cause=" + e.getMessage(), e);
        }
    }

    private static boolean hasMainClass(final Manifest manifest) {
        return manifest != null && manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS) != null;
    }
}
