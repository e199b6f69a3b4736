package org.shmarrays.spark;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.apache.spark.SparkConf;

/** Whether executors have a class when they start, as far as the driver can tell from its own files. */
final class ClassPathSearch {
    private ClassPathSearch() {}

    /** True if the driver is the executor, or the class is in the application's jars or on executors' class path. */
    static boolean executorsHave(final SparkConf conf, final Class<?> wanted) {
        final String file = wanted.getName().replace('.', '/') + ".class";
        final Stream<String> jars = entries(conf.get("spark.jars", ""), ",");
        final Stream<String> classPath = entries(conf.get("spark.executor.extraClassPath", ""), File.pathSeparator);
        return conf.get("spark.master", "").startsWith("local")
                || Stream.concat(jars, classPath).anyMatch(entry -> holds(entry, file));
    }

    private static Stream<String> entries(final String list, final String separator) {
        return Arrays.stream(list.split(separator)).map(String::strip).filter(entry -> !entry.isEmpty());
    }

    private static boolean holds(final String entry, final String file) {
        try {
            if (entry.endsWith("*")) {
                try (Stream<Path> files = Files.list(path(entry.substring(0, entry.length() - 1)))) {
                    return files.filter(jar -> jar.toString().endsWith(".jar")).anyMatch(jar -> holds(jar, file));
                }
            }
            return holds(path(entry), file);
        } catch (final IOException | IllegalArgumentException e) {
            return false; // of another machine or file system
        }
    }

    private static Path path(final String entry) {
        return entry.startsWith("file:") ? Path.of(URI.create(entry)) : Path.of(entry.replaceFirst("^local:", ""));
    }

    private static boolean holds(final Path path, final String file) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve(file));
        }
        try (ZipFile jar = new ZipFile(path.toFile())) {
            return jar.getEntry(file) != null;
        } catch (final IOException e) {
            return false; // not there, or no jar
        }
    }
}
