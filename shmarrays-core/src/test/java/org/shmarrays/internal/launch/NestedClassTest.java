package org.shmarrays.internal.launch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.launch.Launcher;

/** With a jar as Spring Boot's plugin packs it: a loader, the program's classes in a folder, libraries as jars. */
class NestedClassTest {
    @TempDir
    private Path directory;

    private Path boot;

    @BeforeEach
    void pack() throws IOException {
        final Manifest manifest = new Manifest();
        final Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, "org.springframework.boot.loader.launch.JarLauncher");
        attributes.putValue("Start-Class", "com.acme.App");
        final ByteArrayOutputStream library = new ByteArrayOutputStream();
        write(library, new Manifest(), "com/acme/library/Train.class", new byte[0]);
        boot = directory.resolve("boot.jar");
        try (OutputStream file = Files.newOutputStream(boot);
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            put(jar, "org/springframework/boot/loader/launch/JarLauncher.class", new byte[0]);
            put(jar, "BOOT-INF/classes/com/acme/App.class", new byte[0]);
            put(jar, "BOOT-INF/classes/com/acme/Other.class", new byte[0]);
            put(jar, "BOOT-INF/lib/library.jar", library.toByteArray());
        }
    }

    @Test
    void shouldSayWhereTheClassIsNestedAndWhatToDo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NestedClass.refuse("com.acme.Other", boot.toString()))
                .withMessage("main class is nested in a jar, where the class path does not reach it:"
                        + " class=com.acme.Other, jar=" + boot + ", place=BOOT-INF/classes/com/acme/Other.class; unpack"
                        + " the jar and name its parts on the class path, such as"
                        + " DIR/BOOT-INF/classes:DIR/BOOT-INF/lib/*, or give the jar alone (--jar, Launcher.ofJar),"
                        + " which"
                        + " runs its Start-Class com.acme.App");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NestedClass.refuse("com.acme.library.Train", boot.toString()))
                .withMessageContaining("place=BOOT-INF/lib/library.jar!/com/acme/library/Train.class");
    }

    @Test
    void shouldRefuseItInTheLauncherBeforeAWorkerStarts() {
        final Launcher launcher = Launcher.ofMainClass("com.acme.Other").classPath(boot.toString());

        assertThatIllegalArgumentException().isThrownBy(launcher::launch).withMessageContaining("nested in a jar");
    }

    @Test
    void shouldFindTheJarAmongOthers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NestedClass.refuse(
                        "com.acme.Other",
                        directory.resolve("none") + File.pathSeparator + directory + File.separator + "*"))
                .withMessageContaining("jar=" + boot);
    }

    @Test
    void shouldAcceptAClassThatIsElsewhereOnTheClassPathToo() throws IOException {
        final Path plain = directory.resolve("plain.jar");
        try (OutputStream file = Files.newOutputStream(plain)) {
            write(file, new Manifest(), "com/acme/Other.class", new byte[0]);
        }
        final Path classes = Files.createDirectories(directory.resolve("classes/com/acme"));
        Files.createFile(classes.resolve("Other.class"));

        assertAccepted("com.acme.Other", boot + File.pathSeparator + plain);
        assertAccepted("com.acme.Other", boot + File.pathSeparator + directory.resolve("classes"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com.acme.Unknown",
                "Other", // of another package
                "org.springframework.boot.loader.launch.JarLauncher",
                "--epochs"
            })
    void shouldAcceptWhatIsNotNested(final String name) {
        assertAccepted(name, boot.toString());
    }

    @Test
    void shouldAcceptAClassPathThatIsNoneOfJars() throws IOException {
        final Path text = Files.writeString(directory.resolve("text.jar"), "no jar");

        assertAccepted("com.acme.Other", text + File.pathSeparator + "" + File.pathSeparator + "no\0path");
    }

    private static void assertAccepted(final String name, final String classPath) {
        assertThatCode(() -> NestedClass.refuse(name, classPath)).doesNotThrowAnyException();
    }

    private static void write(final OutputStream out, final Manifest manifest, final String name, final byte[] content)
            throws IOException {
        try (JarOutputStream jar = new JarOutputStream(out, manifest)) {
            put(jar, name, content);
        }
    }

    private static void put(final JarOutputStream jar, final String name, final byte[] content) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        jar.write(content);
        jar.closeEntry();
    }
}
