package org.shmarrays.benchmarks.dl4j;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.shmarrays.benchmarks.harness.BenchDirectory;

/**
 * DL4J's ParallelWrapper, which nothing here depends on: Maven finds its jar when a run begins, and the class that
 * calls it is compiled then.
 *
 * @param classPath what a worker needs besides the coordinator's class path
 * @param obstacle why there is none, in one line; null if there is one
 */
record ParallelWrapperJar(List<Path> classPath, String obstacle) {
    static final String POM = "parallel-wrapper-pom.xml";
    private static final String SOURCE = "ParallelWrapperFit.java";
    private static final long TIMEOUT_MINUTES = 5;

    /** Looks for it; the classes are kept in {@link BenchDirectory#classes}. */
    static ParallelWrapperJar find(final BenchDirectory directory) throws IOException, InterruptedException {
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            return none("this Java has no compiler");
        }
        final Path classes = Files.createDirectories(directory.classes());
        final Path pom = copy(POM, classes.resolve(POM));
        final Path jars = directory.newFile("parallel-wrapper-class-path");
        final String obstacle = resolve(directory, pom, jars);
        if (obstacle != null) {
            return none(obstacle);
        }
        final String jar = Files.readString(jars).strip();
        final Path source = copy(SOURCE + ".txt", classes.resolve(SOURCE));
        final StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final List<String> options = List.of(
                    "-proc:none",
                    "-cp",
                    jar + File.pathSeparator + System.getProperty("java.class.path"),
                    "-d",
                    classes.toString());
            if (!compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
                    .call()) {
                return none("javac: " + messages.toString().lines().findFirst().orElse(""));
            }
        }
        return new ParallelWrapperJar(
                Stream.of(classes.toString(), jar).map(Path::of).toList(), null);
    }

    private static ParallelWrapperJar none(final String obstacle) {
        return new ParallelWrapperJar(List.of(), obstacle);
    }

    /** Has Maven write the jar's path to a file; gives what is in the way, or null. */
    private static String resolve(final BenchDirectory directory, final Path pom, final Path result)
            throws IOException, InterruptedException {
        final Path output = directory.newFile("maven-output");
        final Process maven;
        try {
            maven = new ProcessBuilder(
                            "mvn", "-q", "-B", "-f", pom.toString(), "-Dmdep.outputFile=" + result, "validate")
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (final IOException e) {
            return "there is no Maven: " + e.getMessage();
        }
        directory.killAtEnd(maven);
        if (!maven.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
            maven.destroyForcibly();
            return "Maven does not end";
        }
        if (maven.exitValue() == 0) {
            return null;
        }
        try (Stream<String> lines = Files.lines(output)) {
            return "Maven does not find it: "
                    + lines.filter(line -> line.startsWith("[ERROR]"))
                            .findFirst()
                            .orElse("exit code=" + maven.exitValue());
        }
    }

    private static Path copy(final String resource, final Path file) throws IOException {
        try (InputStream in = ParallelWrapperJar.class.getResourceAsStream(resource)) {
            Files.copy(in, file);
        }
        return file;
    }
}
