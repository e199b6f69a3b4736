package org.shmarrays.cli;

import java.nio.file.Path;
import java.util.List;
import org.shmarrays.launch.Launcher;
import picocli.CommandLine.Option;

/** Options of {@code run}: where the classes of the workers come from. */
final class ClassSource {
    private static final String CLASS_PATH_VARIABLE = "CLASSPATH";

    @Option(
            names = {"--class-path", "-cp"},
            paramLabel = "CP",
            description = "Class path of the workers; default: the environment variable CLASSPATH or, if it is not set,"
                    + " the class path of this command.")
    private String classPath;

    @Option(names = "--jar", paramLabel = "JAR", description = "The jar that contains the program of the workers.")
    private Path jar;

    /**
     * A launcher of the program.
     *
     * @param words the main class and its arguments; with a jar, the class may be missing
     */
    Launcher launcher(final List<String> words) {
        if (jar != null) {
            return JarProgram.launcher(jar, words);
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException("no main class given; name it after --, or give --jar");
        }
        if (words.get(0).equals("java") || words.get(0).endsWith("/java")) {
            throw new IllegalArgumentException("this command starts java itself; write --class-path CP -- MainClass, or"
                    + " --jar app.jar, and the JVM's options as --jvm-arg");
        }
        final String[] arguments = words.subList(1, words.size()).toArray(String[]::new);
        final Launcher launcher = Launcher.ofMainClass(words.get(0), arguments);
        final String inherited = System.getenv(CLASS_PATH_VARIABLE);
        if (classPath != null) {
            launcher.classPath(classPath);
        } else if (inherited != null && !inherited.isBlank()) {
            launcher.classPath(inherited);
        }
        return launcher;
    }
}
