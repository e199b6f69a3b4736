package org.shmarrays.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A home directory of Spark whose jars are symbolic links to those of the test's class path. */
final class SparkHome {
    private static final String SCALA_VERSION = "2.13";

    private final Path directory;

    private SparkHome(final Path directory) {
        this.directory = directory;
    }

    /** Creates the directory. */
    static SparkHome create(final Path directory) throws IOException {
        final Path jars = Files.createDirectories(directory.resolve("jars"));
        Files.createDirectory(directory.resolve("conf"));
        for (final Path entry : testClassPath()) {
            if (entry.toString().endsWith(".jar")) {
                Files.createSymbolicLink(jars.resolve(entry.getFileName()), entry);
            }
        }
        return new SparkHome(directory);
    }

    /** The class path of this JVM, as absolute paths. */
    static List<Path> testClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath())
                .toList();
    }

    /** The class path of Spark's own processes, as {@code java -cp} takes it. */
    String classPath() {
        return directory.resolve("jars").resolve("*").toString();
    }

    /** Sets the variables of a process of Spark; settings of a Spark that this machine may have are removed. */
    void putInto(final Map<String, String> environment) {
        environment.keySet().removeIf(name -> name.startsWith("SPARK_"));
        environment.keySet().removeAll(List.of("HADOOP_CONF_DIR", "YARN_CONF_DIR"));
        environment.put("SPARK_HOME", directory.toString());
        environment.put("SPARK_CONF_DIR", directory.resolve("conf").toString());
        environment.put("SPARK_SCALA_VERSION", SCALA_VERSION);
        environment.put("JAVA_HOME", System.getProperty("java.home"));
    }
}
