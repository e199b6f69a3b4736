package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.layout.ArraySpec;

/** {@code top} in a real terminal, a pseudo terminal by script(1), ended in every way. */
@Timeout(120)
class TopSignalsIT {
    private static final Path SCRIPT = Path.of("/usr/bin/script");
    private static final Path BASH = Path.of("/bin/bash");

    /** Ctrl-Z. */
    private static final int SUSPEND = 'Z' - '@';

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private Process script;

    @BeforeEach
    void createSegment() {
        arrays = ShmArrays.create(
                "t",
                List.of(ArraySpec.of("w", FLOAT32, 4)),
                Settings.fromProperties().withDirectory(directory));
    }

    @AfterEach
    void end() {
        if (script != null) {
            script.descendants().forEach(ProcessHandle::destroyForcibly);
            script.destroyForcibly();
        }
        arrays.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"q", "INT", "TERM", "HUP"})
    void shouldRestoreTheTerminal(final String end) throws Exception {
        assumeThat(SCRIPT).as("script(1) of util-linux").isExecutable();
        assumeNotIgnored(end);
        final Path typescript =
                start("sh command.sh", "stty -a > before\n" + top() + "\necho exit=$? > exit\nstty -a > after\n");
        await(() -> text(typescript).contains("WORKER"));

        if (end.equals("q")) {
            type('q');
        } else {
            final long pid = script.descendants()
                    .filter(process -> process.info().command().orElse("").endsWith("java"))
                    .findFirst()
                    .orElseThrow()
                    .pid();
            new ProcessBuilder("kill", "-" + end, Long.toString(pid)).start().waitFor();
        }

        await(() -> !script.isAlive()); // then the typescript is whole
        assertThat(text(typescript)).contains("\033[?1049h", "\033[?1049l");
        assertThat(text(typescript).lastIndexOf("\033[?1049l"))
                .isGreaterThan(text(typescript).lastIndexOf("WORKER"));
        assertThat(text(directory.resolve("after")))
                .isEqualTo(text(directory.resolve("before")))
                .contains(" icanon", " echo");
        assertThat(text(directory.resolve("exit")))
                .isEqualTo("exit="
                        + Map.of("q", 0, "INT", 0, "TERM", 143, "HUP", 129).get(end) + "\n");
    }

    /** Ctrl-Z, and then fg. Before it, a plain shell shows whether the kernel and bash stop processes here at all. */
    @Test
    void shouldBePausedAndContinuedByTheShell() throws Exception {
        assumeThat(SCRIPT).as("script(1) of util-linux").isExecutable();
        assumeThat(BASH).as("a shell with job control").isExecutable();
        final Path typescript = start(
                "bash -m command.sh",
                "sh -c 'sh -c \"kill -TSTP \\$PPID\"; exit 0'\necho plain=$? > plain\nfg\n"
                        + "stty -a > before\n" + top() + "\necho paused=$? > paused\nstty -a > between\n"
                        + "fg > /dev/null\necho exit=$? > exit\nstty -a > after\n");
        await(() -> text(typescript).contains("WORKER"));
        assumeThat(text(directory.resolve("plain")))
                .as("a plain shell is stopped by SIGTSTP")
                .isEqualTo("plain=148\n");

        type(SUSPEND);
        await(() -> Files.exists(directory.resolve("paused"))
                && text(typescript).contains("\033[?1049l")
                && text(typescript).lastIndexOf("WORKER") > text(typescript).lastIndexOf("\033[?1049l"));
        type('q');

        await(() -> !script.isAlive());
        assertThat(text(directory.resolve("paused")))
                .as("128 + SIGTSTP; the terminal shows%n%s", text(typescript))
                .isEqualTo("paused=148\n");
        assertThat(text(directory.resolve("between")))
                .isEqualTo(text(directory.resolve("before")))
                .contains(" icanon", " echo");
        assertThat(text(directory.resolve("exit"))).isEqualTo("exit=0\n");
        assertThat(text(directory.resolve("after"))).isEqualTo(text(directory.resolve("before")));
    }

    private String top() {
        final List<String> top = new ArrayList<>();
        top.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        top.addAll(JvmFlags.ofThisJvm());
        top.addAll(List.of("-Dshmarrays.directory=" + directory, "-cp", System.getProperty("java.class.path")));
        top.addAll(List.of(Main.class.getName(), "top", "t", "--interval", "0.2"));
        return quoted(top);
    }

    /** Starts a shell in a pseudo terminal. Returns the file with what it shows. */
    private Path start(final String shell, final String commands) throws IOException {
        Files.writeString(directory.resolve("command.sh"), commands);
        final Path typescript = directory.resolve("typescript");
        script = new ProcessBuilder(SCRIPT.toString(), "-qfc", "TERM=xterm " + shell, typescript.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return typescript;
    }

    private void type(final int key) throws IOException {
        script.getOutputStream().write(key);
        script.getOutputStream().flush();
    }

    /**
     * nohup(1) ignores SIGHUP, a shell without job control SIGINT for what it starts in the background; all their
     * children inherit that.
     */
    private static void assumeNotIgnored(final String end) throws IOException {
        final String ignoring = Map.of("HUP", "[13579bdf]", "INT", "[2367abef]").getOrDefault(end, "none");
        assumeThat(Files.readString(Path.of("/proc/self/status")))
                .as("this JVM was started with SIG" + end + " ignored")
                .doesNotContainPattern("SigIgn:\\s+[0-9a-f]*" + ignoring + "\n");
    }

    private static String quoted(final List<String> words) {
        final List<String> quoted = new ArrayList<>();
        words.forEach(word -> quoted.add("'" + word + "'"));
        return String.join(" ", quoted);
    }

    private static String text(final Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (final IOException e) {
            return "";
        }
    }

    private void await(final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began)
                    .as(text(directory.resolve("typescript")))
                    .isLessThan(TimeUnit.SECONDS.toNanos(60));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}
