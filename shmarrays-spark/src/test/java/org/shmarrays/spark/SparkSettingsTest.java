package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;

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
    void shouldAddJvmOptionsThatAreMissing() {
        final String options = "spark.executor.extraJavaOptions";
        final String added =
                HostTraining.prepare(cluster().set(options, "-Da=b")).get(options);
        final String own = "-Dorg.bytedeco.javacpp.maxphysicalbytes=4g " + String.join(" ", JvmFlags.ofThisJvm());

        assertThat(added.split(" "))
                .startsWith("-Da=b")
                .containsAll(JvmFlags.ofThisJvm())
                .endsWith("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        assertThat(HostTraining.prepare(cluster().set(options, added)).get(options))
                .isEqualTo(added);
        assertThat(HostTraining.prepare(cluster().set(options, own)).get(options))
                .isEqualTo(own);
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

    private static SparkConf kryo() {
        return cluster().set("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    }

    @Test
    void shouldAddItsKryoRegistratorToOthersOnce() {
        final String own = KryoClasses.class.getName();
        final SparkConf conf = kryo().set("spark.kryo.registrator", "a.B");
        HostTraining.prepare(HostTraining.prepare(conf));

        assertThat(conf.get("spark.kryo.registrator")).isEqualTo("a.B," + own);
        assertThat(HostTraining.prepare(kryo()).get("spark.kryo.registrator")).isEqualTo(own);
        assertThat(HostTraining.prepare(cluster()).contains("spark.kryo.registrator"))
                .isFalse();
    }

    @Test
    void shouldSetTheTimeoutsThatLoseAHostSoonUnlessOneIsSet() {
        final SparkConf conf = HostTraining.prepare(cluster());

        assertThat(conf.get("spark.network.timeout")).isEqualTo("60s");
        assertThat(conf.get("spark.network.timeoutInterval")).isEqualTo("10s");
        assertThat(conf.get("spark.executor.heartbeatInterval")).isEqualTo("5s");
        assertThat(HostTraining.prepare(cluster().set("spark.network.timeout", "4s"))
                        .contains("spark.executor.heartbeatInterval"))
                .isFalse();
        assertThat(HostTraining.prepare(cluster().set("spark.executor.heartbeatInterval", "90s"))
                        .contains("spark.network.timeout"))
                .isFalse();
    }

    private static void assertRefused(final SparkConf conf, final String advice) {
        assertThatIllegalStateException()
                .isThrownBy(() -> SparkSettings.check(conf))
                .withMessageContaining(advice);
    }

    @Test
    void shouldRefuseSettingsThatBreakATraining() {
        final SparkConf good = HostTraining.prepare(cluster()).set("spark.executor.cores", "2");
        SparkSettings.check(good);
        SparkSettings.check(good.clone().set("spark.speculation", "true").set("spark.task.maxFailures", "1"));

        assertRefused(good.clone().remove("spark.executor.cores"), "set spark.executor.cores");
        assertRefused(good.clone().set("spark.locality.wait", "3s"), "set spark.locality.wait=0s");
        assertRefused(
                good.clone().set("spark.dynamicAllocation.enabled", "true"),
                "set spark.dynamicAllocation.enabled=false");
        assertRefused(
                good.clone().set("spark.excludeOnFailure.enabled", "true"), "set spark.excludeOnFailure.enabled=false");
        assertRefused(good.clone().set("spark.blacklist.enabled", "true"), "set spark.blacklist.enabled=false");
        assertRefused(
                good.clone()
                        .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                        .set("spark.kryo.registrationRequired", "true"),
                "set spark.kryo.registrator=org.shmarrays.spark.KryoClasses");
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
