package org.shmarrays.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether Maven Central would take what this build publishes, and whether the check finds what it would refuse. */
@Timeout(120)
class PublicationIT {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final boolean IS_SIGNED = Boolean.getBoolean("release.signed");
    private static final String BROKEN = "shmarrays-core";

    @TempDir
    private Path copy;

    @Test
    void shouldFulfilTheRequirementsOfMavenCentral() throws IOException {
        final Publication publication = new Publication(ROOT);

        assertThat(publication.faults(IS_SIGNED)).isEmpty();
        assertThat(publication.unpublished())
                .containsExactly(
                        "shmarrays-benchmarks", "shmarrays-release", "shmarrays-spark-examples", "shmarrays-stress");
    }

    @ParameterizedTest
    @CsvSource({
        "pom.xml, url",
        "pom.xml, licenses",
        "pom.xml, developers",
        "pom.xml, scm",
        "shmarrays-bom/pom.xml, url",
        "shmarrays-bom/pom.xml, scm",
        "shmarrays-core/pom.xml, name",
        "shmarrays-core/pom.xml, description"
    })
    void shouldFindTheMissingElement(final String pom, final String element) throws IOException {
        copyBuild();
        edit(pom, "(?s)\n  <" + element + "[ >].*?\n?</" + element + ">", "");

        assertThat(faults()).isNotEmpty().allMatch(fault -> fault.contains(" has no " + element));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-sources", "-javadoc"})
    void shouldFindTheMissingJar(final String classifier) throws IOException {
        copyBuild();
        final Path jar = jar(BROKEN, classifier);
        Files.delete(jar);

        assertThat(faults()).singleElement().asString().startsWith(copy.relativize(jar) + " is missing");
    }

    @Test
    void shouldFindSourcesWithoutSources() throws IOException {
        copyBuild();
        final Path jar = jar(BROKEN, "-sources");
        write(jar, "Main.class");

        assertThat(faults()).containsExactly(copy.relativize(jar) + " has no file that ends with .java");
    }

    @Test
    void shouldFindTheDocumentationOfInternals() throws IOException {
        copyBuild();
        final Path jar = jar(BROKEN, "-javadoc");
        write(jar, "org/shmarrays/internal/index.html");

        assertThat(faults()).containsExactly(copy.relativize(jar) + " lists internal packages");
    }

    @Test
    void shouldFindTheModuleThatTheBomLacks() throws IOException {
        copyBuild();
        edit("shmarrays-bom/pom.xml", "<artifactId>shmarrays-nd4j</artifactId>", "<artifactId>other</artifactId>");

        assertThat(faults()).singleElement().asString().startsWith("shmarrays-bom must name the published jars");
    }

    @Test
    void shouldFindThePublicationOfABenchmark() throws IOException {
        copyBuild();
        edit("shmarrays-benchmarks/pom.xml", "<maven.deploy.skip>true", "<maven.deploy.skip>false");

        assertThat(faults()).anyMatch(fault -> fault.contains("shmarrays-benchmarks"));
    }

    @Test
    void shouldFindTheSnapshotInARelease() throws IOException {
        copyBuild();
        edit("pom.xml", "<version>[^<]*-SNAPSHOT<", "<version>1.0.0<");

        assertThat(faults())
                .anyMatch(fault -> fault.startsWith(BROKEN + "/pom.xml is a release, and names a snapshot: "))
                .anyMatch(fault -> fault.contains("has the placeholder shmarrays.example as its address"));
    }

    @Test
    void shouldFindTheMissingSignature() throws IOException {
        copyBuild();

        assertThat(new Publication(copy).faults(true)).anyMatch(fault -> fault.endsWith("-sources.jar.asc is missing"));
    }

    private List<String> faults() throws IOException {
        return new Publication(copy).faults(false);
    }

    private Path jar(final String module, final String classifier) throws IOException {
        final String version = Pom.read(ROOT.resolve("pom.xml")).version();
        return copy.resolve(module).resolve("target").resolve(module + "-" + version + classifier + ".jar");
    }

    private void edit(final String file, final String pattern, final String replacement) throws IOException {
        final String before = Files.readString(copy.resolve(file));
        final String after = before.replaceFirst(pattern, replacement);
        assertThat(after).isNotEqualTo(before);
        Files.writeString(copy.resolve(file), after);
    }

    /** The poms, and for each module jars that have one file. */
    private void copyBuild() throws IOException {
        Files.copy(ROOT.resolve("pom.xml"), copy.resolve("pom.xml"));
        for (final String module : Pom.read(ROOT.resolve("pom.xml")).modules()) {
            Files.createDirectories(copy.resolve(module).resolve("target"));
            Files.copy(
                    ROOT.resolve(module).resolve("pom.xml"),
                    copy.resolve(module).resolve("pom.xml"));
            write(jar(module, ""), "Main.class");
            write(jar(module, "-sources"), "Main.java");
            write(jar(module, "-javadoc"), "index.html");
        }
    }

    private static void write(final Path jar, final String entry) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            zip.putNextEntry(new ZipEntry(entry));
        }
    }
}
