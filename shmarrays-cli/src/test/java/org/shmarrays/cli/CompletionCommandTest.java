package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    private static final Path BASH = Path.of("/bin/bash");

    @TempDir
    private Path directory;

    /** What bash offers for the last of these words. */
    private List<String> offered(final String... words) throws Exception {
        assumeTrue(Files.isExecutable(BASH), "there is no bash");
        final Path script = directory.resolve("completion");
        Files.writeString(script, CommandRun.of("completion").out());
        final String program = "compopt() { :; }\nsource '" + script + "'\nCOMP_WORDS=(shmarrays "
                + String.join(" ", words) + ")\nCOMP_CWORD=" + words.length
                + "\n_complete_shmarrays\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
        final Process bash = new ProcessBuilder(BASH.toString(), "--norc", "-c", program)
                .redirectErrorStream(true)
                .start();
        final List<String> lines =
                new String(bash.getInputStream().readAllBytes(), UTF_8).lines().toList();
        assertThat(bash.waitFor()).as(lines.toString()).isZero();
        return lines;
    }

    @Test
    void shouldCompleteCommands() throws Exception {
        assertThat(offered("ins")).containsExactly("inspect");
        assertThat(offered("s")).contains("set", "stop", "scale", "sparse-svm");
        assertThat(offered("mn")).containsExactly("mnist");
    }

    @Test
    void shouldCompleteOptions() throws Exception {
        assertThat(offered("clean", "--")).contains("--dry-run", "--all-dead", "--older-than", "--json");
        assertThat(offered("run", "--work")).containsExactly("--workers");
    }
}
