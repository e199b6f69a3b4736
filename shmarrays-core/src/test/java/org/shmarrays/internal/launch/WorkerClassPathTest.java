package org.shmarrays.internal.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WorkerClassPathTest {
    private static final String PATH = "/opt/launcher.jar";

    private static URL url(final String url) throws MalformedURLException {
        return URI.create(url).toURL();
    }

    private static String joined(final String... entries) {
        return String.join(File.pathSeparator, entries);
    }

    /** As in Maven's exec:java, where java.class.path has only Maven's own launcher. */
    @Test
    void shouldTakeTheUrlsOfLoadersAndTheirParents() throws IOException {
        try (URLClassLoader parent = new URLClassLoader(new URL[] {url("file:/lib/a.jar")}, null);
                URLClassLoader child =
                        new URLClassLoader(new URL[] {url("file:/my%20app/classes/"), url("file:/lib/b.jar")}, parent);
                URLClassLoader context = new URLClassLoader(new URL[] {url("file:/lib/c.jar")}, parent)) {
            assertThat(new WorkerClassPath(PATH, child, context))
                    .hasToString(joined(PATH, "/lib/a.jar", "/my app/classes", "/lib/b.jar", "/lib/c.jar"));
        }
    }

    @Test
    void shouldTakeEntriesRelativeToTheWorkingDirectory() {
        assertThat(new WorkerClassPath(joined("target/classes", "", "/lib/a.jar"), (ClassLoader) null))
                .hasToString(joined(
                        Path.of("target/classes").toAbsolutePath().toString(),
                        Path.of("").toAbsolutePath().toString(),
                        "/lib/a.jar"));
    }

    @Test
    void shouldLeaveOutUrlsThatAreNoFiles() throws IOException {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {url("https://example.org/a.jar"), url("file:/lib/b.jar")}, null)) {
            assertThat(new WorkerClassPath(PATH, loader)).hasToString(joined(PATH, "/lib/b.jar"));
        }
    }

    @Test
    void shouldAddThePlaceOfARequiredClass() throws Exception {
        final WorkerClassPath classPath = new WorkerClassPath(PATH, (ClassLoader) null);

        classPath.require(WorkerClassPathTest[].class);
        classPath.require(WorkerClassPathTest.class);
        classPath.require(String.class);
        classPath.require(int[].class);
        classPath.require(java.sql.Timestamp.class); // of the platform's loader

        final URL place =
                WorkerClassPathTest.class.getProtectionDomain().getCodeSource().getLocation();
        assertThat(classPath).hasToString(joined(PATH, Path.of(place.toURI()).toString()));
    }

    /** Loads a copy of a class from bytes, as scripting engines and bytecode generators do. */
    private static final class InMemory extends ClassLoader {
        Class<?> copy(final Class<?> type) throws IOException {
            try (InputStream file = type.getResourceAsStream("WorkerClassPathTest.class")) {
                final byte[] bytes = file.readAllBytes();
                return defineClass(type.getName(), bytes, 0, bytes.length);
            }
        }
    }

    @Test
    void shouldRefuseClassesInMemory() throws IOException {
        final Class<?> copy = new InMemory().copy(WorkerClassPathTest.class);
        final WorkerClassPath classPath = new WorkerClassPath(PATH, copy.getClassLoader());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> classPath.require(copy))
                .withMessage("the class was made in memory, so workers can't load it: class="
                        + copy.getName() + ", loader=" + InMemory.class.getName()
                        + "; use a class that stands in a directory or a jar");
    }

    @Test
    void shouldRefuseWhatNoCommandLineHolds() {
        final String most = "/".repeat(3) + "x".repeat(128 * 1024 - 1 - 1);

        assertThat(new WorkerClassPath(most, (ClassLoader) null).argument()).hasSize(128 * 1024 - 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WorkerClassPath(most + "x", (ClassLoader) null).argument())
                .withMessage("the class path is too long for the command line of a worker: lengthBytes=131072,"
                        + " most=131071; start the program by `java -jar`, with a jar whose manifest names the other"
                        + " jars as Class-Path");
    }

    @Test
    void shouldRefuseTheSourceLauncher() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerClassPath.place(
                        "Train",
                        "com.sun.tools.javac.launcher.Main$MemoryClassLoader",
                        url("file:/home/me/Train.java")))
                .withMessage("the program was started from its source file, so workers can't load its classes:"
                        + " class=Train; compile it by `javac -d classes`, and start it by `java -cp classes`");
    }

    @Test
    void shouldRefuseJarsInsideJars() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WorkerClassPath.place(
                        "com.acme.Train",
                        "org.springframework.boot.loader.LaunchedURLClassLoader",
                        url("jar:file:/opt/app.jar!/BOOT-INF/classes!/")))
                .withMessageContaining("class=com.acme.Train, place=jar:file:/opt/app.jar!/BOOT-INF/classes!/")
                .withMessageContaining("unpack the program");
    }
}
