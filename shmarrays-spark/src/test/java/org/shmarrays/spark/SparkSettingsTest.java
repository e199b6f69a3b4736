package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkSettingsTest {
    private static final String PLUGIN = ShmArraysPlugin.class.getName();

    @TempDir
    private Path directory;

    private static SparkConf cluster() {
        return new SparkConf(false).setMaster("spark://127.0.0.1:7077");
    }

    private static String plugins(final SparkConf conf) {
        return HostTraining.prepare(conf).get("spark.plugins", "none");
    }

    private Path jarOf(final String entry) throws IOException {
        final Path file = directory.resolve("some.jar");
        try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(file))) {
            jar.putNextEntry(new ZipEntry(entry));
        }
        return file;
    }

    private static String classFile() {
        return PLUGIN.replace('.', '/') + ".class";
    }

    @Test
    void shouldAddThePluginToOthersOnce() {
        final SparkConf conf = new SparkConf(false).setMaster("local[2]").set("spark.plugins", "a.B");

        assertThat(plugins(conf)).isEqualTo("a.B," + PLUGIN);
        assertThat(plugins(conf)).isEqualTo("a.B," + PLUGIN);
        assertThat(plugins(new SparkConf(false).setMaster("local[2]"))).isEqualTo(PLUGIN);
    }

    @Test
    void shouldAddThePluginWhenTheExecutorsHaveItsClass() throws IOException {
        final Path jar = jarOf(classFile());

        assertThat(plugins(cluster().set("spark.jars", "hdfs://h/other.jar, " + jar)))
                .isEqualTo(PLUGIN);
        assertThat(plugins(cluster().set("spark.jars", jar.toUri().toString()))).isEqualTo(PLUGIN);
        assertThat(plugins(cluster().set("spark.executor.extraClassPath", "/nowhere:" + directory + "/*")))
                .isEqualTo(PLUGIN);
        assertThat(plugins(cluster().set("spark.executor.extraClassPath", "local:" + jar)))
                .isEqualTo(PLUGIN);
    }

    @Test
    void shouldAddThePluginWhenItsClassIsInADirectory() throws IOException {
        Files.createDirectories(directory.resolve(classFile()).getParent());
        Files.createFile(directory.resolve(classFile()));

        assertThat(plugins(cluster().set("spark.executor.extraClassPath", directory.toString())))
                .isEqualTo(PLUGIN);
    }

    /** Such executors would not start. */
    @Test
    void shouldNotAddThePluginWhenTheExecutorsMayLackItsClass() throws IOException {
        final Path jar = jarOf("other.class");

        assertThat(plugins(cluster())).isEqualTo("none");
        assertThat(plugins(cluster().set("spark.jars", jar + ",https://h/x.jar,/nowhere/x.jar")))
                .isEqualTo("none");
        assertThat(plugins(cluster().set("spark.executor.extraClassPath", directory + "/*:/nowhere/*")))
                .isEqualTo("none");
    }
}
