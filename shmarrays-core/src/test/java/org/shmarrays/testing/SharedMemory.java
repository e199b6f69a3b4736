package org.shmarrays.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Makes temporary directories in shared memory, where segments stand by default: for tests that take times, which would
 * be those of a disk elsewhere. JUnit deletes them, also when a test fails.
 */
public final class SharedMemory implements TempDirFactory {
    private static final Path MEMORY = Path.of("/dev/shm");

    @Override
    public Path createTempDirectory(final AnnotatedElementContext element, final ExtensionContext context)
            throws IOException {
        return Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "shmarrays-test-")
                : Files.createTempDirectory("shmarrays-test-");
    }
}
