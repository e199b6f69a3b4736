package org.shmarrays.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandardOutputTest {
    @TempDir
    private Path directory;

    @Test
    void shouldKnowItsNames() throws IOException {
        for (final String name : new String[] {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
            assertThat(StandardOutput.isNamedBy(Path.of(name))).as(name).isTrue();
        }
        assertThat(StandardOutput.isNamedBy(Files.createSymbolicLink(directory.resolve("l"), Path.of("/dev/stdout"))))
                .isTrue();
        assertThat(StandardOutput.isNamedBy(Path.of("/dev/stderr"))).isFalse();
        assertThat(StandardOutput.isNamedBy(directory.resolve("stdout"))).isFalse();
    }
}
