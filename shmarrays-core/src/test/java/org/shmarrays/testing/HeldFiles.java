package org.shmarrays.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.Security;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** What this process holds. A lock falls when the process closes the file, so one that has none open holds none. */
public final class HeldFiles {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private HeldFiles() {}

    /** Lock files under a directory that this process has open, sorted. */
    public static List<String> in(final Path directory) {
        final List<String> files = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            for (final Path descriptor : (Iterable<Path>) descriptors::iterator) {
                final String file = target(descriptor);
                if (file.startsWith(directory.toString() + "/") && file.contains(".lock")) {
                    files.add(file);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        Collections.sort(files);
        return files;
    }

    private static String target(final Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (final NoSuchFileException e) {
            return ""; // closed meanwhile
        }
    }

    /** Names that this process's register has. */
    public static List<String> registered() {
        final String names = Security.getProperty("org.shmarrays.held");
        return names == null || names.isEmpty() ? List.of() : List.of(names.split("\n"));
    }
}
