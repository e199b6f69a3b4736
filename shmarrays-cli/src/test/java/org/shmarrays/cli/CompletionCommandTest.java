package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;

class CompletionCommandTest {
    private static final Path BASH = Path.of("/bin/bash");

    @TempDir
    private Path directory;

    private Path command;

    /** What bash offers for the last of these words, where this function completes. */
    private List<String> offeredWithNames(final String... words) throws Exception {
        return offeredBy("_complete_shmarrays_names", words);
    }

    /** What bash offers for the last of these words. */
    private List<String> offered(final String... words) throws Exception {
        return offeredBy("_complete_shmarrays", words);
    }

    private List<String> offeredBy(final String function, final String... words) throws Exception {
        assumeTrue(Files.isExecutable(BASH), "there is no bash");
        final Path script = directory.resolve("completion");
        Files.writeString(script, CommandRun.of("completion").out());
        final String program = "compopt() { :; }\nsource '" + script + "'\nCOMP_WORDS=("
                + (command == null ? "shmarrays" : command) + " "
                + String.join(" ", words) + ")\nCOMP_CWORD=" + words.length
                + "\n" + function + "\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
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
    void shouldCompleteNamesOfSegmentsAndArrays() throws Exception {
        // In place of bin/shmarrays, whose `names` NamesCommand prints: see the next test.
        command = directory.resolve("shmarrays");
        Files.writeString(
                command,
                "#!/bin/sh\n[ \"$2\" = mnist ] && printf '%s\\n' conv/W conv/b '$(exit) `x` y'"
                        + " || printf '%s\\n' mnist mlp other\n");
        assertThat(command.toFile().setExecutable(true)).isTrue();

        assertThat(offeredWithNames("inspect", "m")).containsExactly("mnist", "mlp");
        assertThat(offeredWithNames("top", "--once", "o")).containsExactly("other");
        assertThat(offeredWithNames("inspect", "mnist", "conv/W", "conv/b")).containsExactly("conv/b");
        assertThat(offeredWithNames("inspect", "--no-values", "mnist", "c")).containsExactly("conv/W", "conv/b");
        assertThat(offeredWithNames("inspect", "mnist", "'$'"))
                .as("nothing in a name is expanded")
                .containsExactly("\\$\\(exit\\)\\ \\`x\\`\\ y");
        assertThat(offeredWithNames("top", "--interval", "2", "o"))
                .as("the value of an option is not the segment")
                .containsExactly("other");
        assertThat(offeredWithNames("top", "--interval", "=", "2", "o")).containsExactly("other");
        assertThat(offeredWithNames("top", "--interval", "m")).doesNotContain("mnist");
        assertThat(offeredWithNames("inspect", "--no")).containsExactly("--no-values");
        assertThat(offeredWithNames("rm", "mnist", "ml")).containsExactly("mlp");
        assertThat(offeredWithNames("ins")).containsExactly("inspect");
    }

    @Test
    void shouldPrintNames() {
        final Settings settings = Settings.fromProperties().withDirectory(directory.resolve("segments"));
        System.setProperty("shmarrays.directory", directory.resolve("segments").toString());
        try {
            ShmArrays.create(
                            "mnist",
                            List.of(ArraySpec.of("conv/W", FLOAT32, 2), ArraySpec.of("b", FLOAT32, 1)),
                            settings)
                    .close();

            assertThat(CommandRun.of("names").out().lines()).containsExactly("mnist");
            assertThat(CommandRun.of("names", "mnist").out().lines()).containsExactly("conv/W", "b");
            assertThat(CommandRun.of("names", "none").exitCode()).isEqualTo(1);
        } finally {
            System.clearProperty("shmarrays.directory");
        }
    }

    @Test
    void shouldCompleteOptions() throws Exception {
        assertThat(offered("clean", "--")).contains("--dry-run", "--all-dead", "--older-than", "--json");
        assertThat(offered("run", "--work")).containsExactly("--workers");
    }
}
