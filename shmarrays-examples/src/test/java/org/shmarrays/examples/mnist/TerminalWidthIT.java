package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The width of a real terminal, one of script(1). */
class TerminalWidthIT {
    private static final Path SCRIPT = Path.of("/usr/bin/script");
    private static final Pattern WIDTH = Pattern.compile("width=\\d+");

    @TempDir
    private Path directory;

    @Test
    void shouldBeThatOfTheTerminalAndFollowIt() throws Exception {
        assertThat(run("stty cols 40\n", "1", "200")).containsExactly("width=40", "width=200");
    }

    @Test
    void shouldBeTheUsualOneWhereTheTerminalHasNone() throws Exception {
        assertThat(run("stty cols 0\nunset COLUMNS\n", "1", "120")).containsExactly("width=80", "width=120");
        assertThat(run("stty cols 0\nexport COLUMNS=66\n", "1", "120")).containsExactly("width=66", "width=120");
    }

    @Test
    void shouldBeNoneWhereTheOutputIsNoTerminal() throws Exception {
        assertThat(run("stty cols 40\n", "", "0")).containsExactly("width=0", "width=0");
    }

    /** What the program writes behind these commands. */
    private List<String> run(final String before, final String terminal, final String resized) throws Exception {
        assumeThat(SCRIPT).as("script(1) of util-linux").isExecutable();
        final List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(List.of("-cp", System.getProperty("java.class.path"), Printing.class.getName(), resized));
        final String quoted = java.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        Files.writeString(
                directory.resolve("command.sh"),
                before + "SHMARRAYS_TERMINAL=" + terminal + " TERM=xterm " + quoted + " 2>&1\n");
        final Path typescript = directory.resolve("typescript");
        final Process script = new ProcessBuilder(SCRIPT.toString(), "-qfc", "sh command.sh", typescript.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(script.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            script.descendants().forEach(ProcessHandle::destroyForcibly);
            script.destroyForcibly();
        }
        // The first line may follow the header of script(1) without an end of line.
        return WIDTH.matcher(Files.readString(typescript))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    /** Prints the width, resizes the terminal, and prints the width when it has changed. */
    static final class Printing {
        public static void main(final String... arguments) throws Exception {
            try (TerminalWidth width = TerminalWidth.of(System.out)) {
                System.out.println("width=" + width.getAsInt());
                final int resized = Integer.parseInt(arguments[0]);
                if (resized > 0) {
                    new ProcessBuilder("stty", "cols", arguments[0])
                            .inheritIO()
                            .start()
                            .waitFor();
                }
                final long began = System.nanoTime();
                while (width.getAsInt() != resized && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(60)) {
                    LockSupport.parkNanos(1_000_000);
                }
                System.out.println("width=" + width.getAsInt());
            }
        }
    }
}
