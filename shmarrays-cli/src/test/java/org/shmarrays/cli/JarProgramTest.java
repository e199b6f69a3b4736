package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarProgramTest {
    @TempDir
    private Path directory;

    @Test
    void shouldRunTheClassThatIsNamed() throws IOException {
        final Path jar = jar("com.acme.Main");

        assertThat(JarProgram.launcher(jar, List.of("com.acme.Train", "--epochs", "3"))
                        .command())
                .endsWith("-cp", jar.toString(), "com.acme.Train", "--epochs", "3");
    }

    @Test
    void shouldRunTheJarsMainClassWhereNoClassIsNamed() throws IOException {
        final Path jar = jar("com.acme.Main");

        assertThat(JarProgram.launcher(jar, List.of()).command()).endsWith("-jar", jar.toString());
        assertThat(JarProgram.launcher(jar, List.of("--epochs", "3")).command())
                .endsWith("-jar", jar.toString(), "--epochs", "3");
        assertThat(JarProgram.launcher(jar, List.of("train")).command()).endsWith("-jar", jar.toString(), "train");
    }

    @Test
    void shouldAskForAClassWhereTheJarHasNoMainClass() throws IOException {
        final Path jar = jar(null);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JarProgram.launcher(jar, List.of()))
                .withMessageContaining("jar has no Main-Class");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JarProgram.launcher(jar, List.of("com.acme.Trian")))
                .withMessageContaining("name=com.acme.Trian");
    }

    @Test
    void shouldRefuseAClassThatTheJarsOwnMainClassWouldReplace() throws IOException {
        final Path jar =
                jar("org.springframework.boot.loader.launch.JarLauncher", "BOOT-INF/classes/com/acme/Other.class");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JarProgram.launcher(jar, List.of("com.acme.Other", "--epochs", "3")))
                .withMessageContaining("main class is nested in a jar")
                .withMessageContaining("place=BOOT-INF/classes/com/acme/Other.class");
        assertThat(JarProgram.launcher(jar, List.of("train", "--epochs", "3")).command())
                .as("words of the jar's own program")
                .endsWith("-jar", jar.toString(), "train", "--epochs", "3");
    }

    @Test
    void shouldRefuseWhatIsNoJar() throws IOException {
        final Path text = Files.writeString(directory.resolve("text.jar"), "no jar");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JarProgram.launcher(text, List.of()))
                .withMessageContaining("not a readable jar: path=" + text);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JarProgram.launcher(directory, List.of()))
                .withMessageContaining("jar not found");
    }

    /** A jar with an (empty) class com.acme.Train. */
    private Path jar(final String mainClass) throws IOException {
        return jar(mainClass, "com/acme/Train.class");
    }

    private Path jar(final String mainClass, final String entry) throws IOException {
        final Path jar = directory.resolve("app.jar");
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (mainClass != null) {
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass);
        }
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file, manifest)) {
            entries.putNextEntry(new JarEntry(entry));
            entries.closeEntry();
        }
        return jar;
    }
}
