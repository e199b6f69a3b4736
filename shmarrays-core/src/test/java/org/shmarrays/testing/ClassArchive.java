package org.shmarrays.testing;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.launch.Launcher;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * The classes that most JVMs of tests load, in an archive that is made once in a test JVM: a JVM that starts from it
 * needs a quarter less processor time. An archive has no classes of directories, so these are packed first. Where no
 * archive can be made, JVMs start without one.
 *
 * @param classPath of the JVMs
 * @param flags that name the archive; none where there is none
 */
public record ClassArchive(String classPath, List<String> flags) {
    /** Test JVMs that run at the same time have one each. */
    private static final Path DIRECTORY = Path.of(
                    "target", "class-archive-" + System.getProperty("surefire.forkNumber", "0"))
            .toAbsolutePath();

    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final ClassArchive OF_THIS_JVM = make();

    /** That of the classes of this JVM. */
    static ClassArchive ofThisJvm() {
        return OF_THIS_JVM;
    }

    /** Has workers start from the archive. */
    public static Launcher startingFast(final Launcher launcher) {
        OF_THIS_JVM.flags.forEach(launcher::jvmArgument);
        return launcher.classPath(OF_THIS_JVM.classPath);
    }

    private static ClassArchive make() {
        final ClassArchive none = new ClassArchive(CLASS_PATH, List.of());
        try {
            Files.createDirectories(DIRECTORY);
            final String classPath = packed();
            final Path archive = DIRECTORY.resolve("classes.jsa");
            Files.deleteIfExists(archive);
            return make(archive, classPath)
                    ? new ClassArchive(
                            classPath,
                            List.of(
                                    "-XX:SharedArchiveFile=" + archive,
                                    "-Xshare:auto",
                                    "-Xlog:cds=off",
                                    "-Xlog:cds+dynamic=off"))
                    : none;
        } catch (final IOException e) {
            return none;
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean make(final Path archive, final String classPath) throws IOException, InterruptedException {
        final Path segments = Files.createTempDirectory("class-archive-");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(StepJournal.flags(DIRECTORY.resolve("journal")));
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:ArchiveClassesAtExit=" + archive));
        command.addAll(List.of("-cp", classPath, Program.class.getName(), segments.toString()));
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(DIRECTORY.resolve("output.txt").toFile())
                .start();
        if (!process.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        Files.deleteIfExists(segments);
        return process.waitFor() == 0 && Files.exists(archive);
    }

    /** The class path with a jar for each of its directories. */
    private static String packed() throws IOException {
        final List<String> entries = new ArrayList<>();
        for (final String entry : CLASS_PATH.split(File.pathSeparator)) {
            final Path path = Path.of(entry);
            entries.add(Files.isDirectory(path) ? pack(path).toString() : entry);
        }
        return String.join(File.pathSeparator, entries);
    }

    private static Path pack(final Path directory) throws IOException {
        final Path jar = DIRECTORY.resolve(directory.getFileName() + ".jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> paths = Files.walk(directory)) {
            entries.setLevel(0);
            for (final Path file : paths.filter(Files::isRegularFile).sorted().toList()) {
                entries.putNextEntry(new JarEntry(directory.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        return jar;
    }

    /** Loads the classes, of a worker that attaches, pushes and reads. It must not load the class around it. */
    static final class Program {
        public static void main(final String... arguments) {
            final Settings settings = Settings.fromProperties().withDirectory(Path.of(arguments[0]));
            final ArraySpec spec = ArraySpec.of("w", ElementType.FLOAT32, 10).withState(2);
            ShmArrays.create("w", List.of(spec), settings).close();
            try (ShmArrays arrays = ShmArrays.attach(Worker.of(0, 1), "w", settings)) {
                arrays.update(Map.of("w", new float[10]), Updates.adam(0.1));
                arrays.read();
            }
            ShmArrays.remove("w", settings);
        }
    }
}
