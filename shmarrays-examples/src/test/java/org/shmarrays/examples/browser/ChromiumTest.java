package org.shmarrays.examples.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

class ChromiumTest {
    @TempDir
    private Path directory;

    @Test
    void shouldBeFoundInThePathUnderAnyOfItsNames() throws Exception {
        final Path program = Files.createFile(directory.resolve("google-chrome"));
        final String path = "/nowhere" + File.pathSeparator + directory;
        assertThat(Chromium.find(path)).isEmpty();

        assertThat(program.toFile().setExecutable(true)).isTrue();

        assertThat(Chromium.find(path)).contains(program);
        assertThat(Chromium.find("")).isEmpty();
    }

    @Test
    void shouldBeMissedOnContinuousIntegrationAlone() {
        assertThat(Chromium.missing(false)).isInstanceOf(TestAbortedException.class);
        assertThatThrownBy(() -> Chromium.missing(true))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("apt install chromium");
    }
}
