package org.shmarrays.cli.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shmarrays.cli.doctor.CheckedHost.Space;

/** A machine whose files a test writes. */
final class FakeHost {
    static final int CORES = 4;

    private final Path root;
    private Space space = new Space(8L << 30, 4L << 30);
    private long uid = 1000;

    FakeHost(final Path root) {
        this.root = root;
    }

    FakeHost file(final String absolute, final String text) {
        try {
            final Path path = root.resolve(absolute.substring(1));
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
            return this;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FakeHost directory(final String absolute) {
        try {
            Files.createDirectories(root.resolve(absolute.substring(1)));
            return this;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FakeHost space(final long totalBytes, final long freeBytes) {
        space = new Space(totalBytes, freeBytes);
        return this;
    }

    FakeHost uid(final long number) {
        uid = number;
        return this;
    }

    CheckedHost host() {
        return new CheckedHost(root, CORES, "ann", uid, directory -> space);
    }
}
