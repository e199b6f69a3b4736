package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
    private final Configuration hadoop = new Configuration(false);

    @TempDir
    private Path directory;

    /** A file system of Hadoop's own kind: local files by another scheme. */
    public static final class Elsewhere extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("elsewhere:///");
        }
    }

    private void write(final String file, final String text) throws IOException {
        ReportFile.of(file, hadoop).write(text);
    }

    @Test
    void shouldWriteAndReplaceAFileOfTheDriver() throws IOException {
        final Path file = directory.resolve("a.html");

        write(file.toString(), "one");
        assertThat(file).hasContent("one");
        write(file.toUri().toString(), "two");
        assertThat(file).hasContent("two");
        write("file://" + file, "three");
        assertThat(file).hasContent("three");
        assertThat(directory).isDirectoryNotContaining(other -> !other.equals(file));
    }

    @Test
    void shouldWriteAFileOfAFileSystemOfHadoop() throws IOException {
        hadoop.set("fs.elsewhere.impl", Elsewhere.class.getName());
        final Path file = Files.writeString(directory.resolve("a.html"), "a longer text");

        write("elsewhere:" + file, "one");

        assertThat(file).hasContent("one");
    }

    @Test
    void shouldRefuseAFileOfTheDriverThatCannotBeWritten() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReportFile.of(directory + "/absent/a.html", hadoop))
                .withMessageStartingWith("the report can't be written: path=" + directory + "/absent/a.html, ");
    }

    @Test
    void shouldSayWhichFileOfHadoopCannotBeWritten() {
        hadoop.set("fs.elsewhere.impl", Elsewhere.class.getName());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReportFile.of("nowhere://h/a.html", hadoop))
                .withMessageStartingWith("the report can't be written: path=nowhere://h/a.html, ");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> write("elsewhere:/dev/null/a.html", "one"))
                .withMessageStartingWith("the report can't be written: path=elsewhere:/dev/null/a.html, ");
    }
}
