package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.shmarrays.output.DurableFile;

/** Where the report of a training goes. For the driver. */
final class ReportFile {
    private final HadoopPath path;

    private ReportFile(final HadoopPath path) {
        this.path = path;
    }

    /**
     * A file that is not written yet.
     *
     * @throws IllegalArgumentException if it can't be written, as far as this is known now
     */
    static ReportFile of(final String name, final Configuration settings) {
        try {
            final ReportFile file = new ReportFile(HadoopPath.of(name, settings));
            final Optional<String> obstacle = file.path.local().flatMap(DurableFile::obstacle);
            if (obstacle.isPresent()) {
                throw new IllegalArgumentException(unwritable(name, obstacle.get()));
            }
            return file;
        } catch (final IOException e) {
            throw new IllegalArgumentException(unwritable(name, DurableFile.reason(e)), e);
        }
    }

    private static String unwritable(final Object name, final String why) {
        return "the report can't be written: path=" + name + ", " + why;
    }

    /**
     * Writes the file, or replaces it.
     *
     * @throws IOException if that fails; the message says which file and why
     */
    void write(final String text) throws IOException {
        try {
            final Optional<Path> local = path.local();
            if (local.isPresent()) {
                DurableFile.replace(local.get(), text);
            } else {
                copy(text);
            }
        } catch (final IOException e) {
            throw new IOException(unwritable(path, DurableFile.reason(e)), e);
        }
    }

    private void copy(final String text) throws IOException {
        final Path temporary = Files.createTempFile("shmarrays-report-", ".html");
        try {
            Files.writeString(temporary, text, UTF_8);
            try (FileChannel content = FileChannel.open(temporary)) {
                path.replaceBy(content);
            }
        } finally {
            Files.delete(temporary);
        }
    }
}
