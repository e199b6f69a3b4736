package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldHelpEverywhereWithExamplesAndExitCodes() {
        final CommandRun front = CommandRun.of("--help");
        assertThat(front.exitCode()).isZero();
        assertThat(front.out()).contains("Usage: shmarrays ", "Examples:", "Exit codes:");
        assertThat(front.out())
                .contains(Main.EXAMPLE_COMMANDS.stream()
                        .map(name -> "\n  " + name)
                        .toList());

        for (final String command : Main.commandLine().getSubcommands().keySet()) {
            final CommandRun help = CommandRun.of(command, "--help");

            assertThat(help.exitCode()).as(command).isZero();
            assertThat(help.err()).isEmpty();
            assertThat(help.out())
                    .contains("Usage: shmarrays " + command, "Examples:\n", "Exit codes:\n")
                    .as("examples of %s", command)
                    .containsPattern("Examples:\\n(?s:.*)\\b" + command + "\\b");
        }
    }

    /** A longer line is broken, and what is copied from a broken example fails. */
    @Test
    void shouldShowEachExampleOnOneLine() {
        Main.commandLine()
                .getSubcommands()
                .forEach((name, command) -> assertThat(
                                command.getCommandSpec().usageMessage().footer())
                        .as("examples of %s", name)
                        .allMatch(line -> !line.startsWith("  ") || line.length() < 80));
    }

    @Test
    void shouldLookAtNoOtherCommandThanTheOneThatIsAskedFor() {
        assertThat(Main.commandLine("ls", "--json").getSubcommands()).containsOnlyKeys("ls");
        assertThat(Main.commandLine("--verbose", "ls").getSubcommands()).containsKeys("ls", "run", "completion");
        assertThat(Main.commandLine("lss").getSubcommands()).hasSizeGreaterThan(10);
        Main.commandLine()
                .getSubcommands()
                .forEach((name, command) -> assertThat(command.getCommandName()).isEqualTo(name));
    }

    @Test
    void shouldPrintItsVersion() {
        assertThat(execute("--version")).isZero();

        assertThat(out.toString()).startsWith("shmarrays ").contains("Java " + Runtime.version());
    }

    @Test
    void shouldShowTheHelpAsAnErrorWithoutACommand() {
        assertThat(execute()).isEqualTo(2);

        assertThat(err.toString()).startsWith("Usage: shmarrays ");
    }

    @Test
    void shouldSuggestTheCommandThatWasMeant() {
        assertThat(execute("rnu")).isEqualTo(2);

        assertThat(err.toString())
                .isEqualToNormalizingNewlines(
                        "shmarrays: unknown command: rnu; did you mean run?\n" + "Try 'shmarrays --help'.\n");
    }

    @Test
    void shouldSuggestTheOptionThatWasMeant() {
        assertThat(execute("run", "--wrkers", "2")).isEqualTo(2);

        assertThat(err.toString()).startsWith("shmarrays: unknown option: --wrkers; did you mean --workers?");
    }

    @Test
    void shouldHelpByACommand() {
        assertThat(CommandRun.of("help").out())
                .isEqualTo(CommandRun.of("--help").out());
        assertThat(CommandRun.of("help", "run").out())
                .isEqualTo(CommandRun.of("run", "--help").out());
        assertUsageError("unknown command: rnu; did you mean run?", "help", "rnu");
        assertUsageError("only bin/shmarrays has this command: mnist", "help", "mnist");
        assertUsageError("unknown command: lst; did you mean ls?", "lst");
    }

    /** Of a release, which has no benchmarks. */
    @Test
    void shouldNameEachCommandInTheManualPage() throws IOException {
        final Set<String> commands = Main.suggestedCommands();
        commands.remove("bench");

        assertThat(Files.readString(Path.of("../shmarrays-release/src/main/man/shmarrays.1")))
                .contains(commands.stream()
                        .map(command -> ".TP\n.B " + command + "\n")
                        .toList());
    }

    @Test
    void shouldPrintTheClassPathOfPrograms() {
        assertThat(execute("class-path")).isZero();

        assertThat(out.toString().strip().split(":"))
                .hasSize(2)
                .allMatch(entry -> Files.exists(Path.of(entry)))
                .noneMatch(entry -> entry.contains("picocli"));
    }

    @Test
    void shouldCompileTheWorkerOfThePageWithThatClassPath(@TempDir final Path directory) throws IOException {
        assertThat(execute("class-path")).isZero();
        final String page = Files.readString(Path.of("../docs/guide/writing-a-worker.md"));
        final int begin = page.indexOf("```java\n") + "```java\n".length();
        final Path source = directory.resolve("Train.java");
        Files.writeString(source, page.substring(begin, page.indexOf("```", begin)));

        final ByteArrayOutputStream errors = new ByteArrayOutputStream();
        final int exitCode = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        errors,
                        errors,
                        "-cp",
                        out.toString().strip(),
                        "-d",
                        directory.toString(),
                        source.toString());

        assertThat(exitCode).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(directory.resolve("Train.class")).exists();
    }

    @Test
    void shouldPrintTheFlagsOfThisJvm() {
        assertThat(execute("jvm-flags")).isZero();

        assertThat(out.toString()).isEqualToNormalizingNewlines(String.join(" ", JvmFlags.ofThisJvm()) + "\n");
    }

    @Test
    void shouldPrintTheFlagsOfAnotherJava() {
        assertThat(execute("jvm-flags", "--java", "25")).isZero();

        assertThat(out.toString())
                .isEqualToNormalizingNewlines(String.join(" ", JvmFlags.of(24)) + "\n")
                .contains("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED ");
    }

    @Test
    void shouldRefuseFlagsOfAJavaThatIsTooOld() {
        assertThat(execute("jvm-flags", "--java", "11")).isEqualTo(2);

        assertThat(err.toString()).startsWith("shmarrays: Java is too old: version=11");
    }

    @Test
    void shouldRefuseARunWithoutAProgram() {
        assertUsageError("no main class given", "run");
        assertUsageError("no main class given", "run", "--workers", "2", "--");
    }

    @Test
    void shouldRefuseTheCommandJavaAsAMainClass() {
        final String expected = "this command starts java itself; write --class-path CP -- MainClass, or --jar app.jar";
        assertUsageError(expected, "run", "--", "java", "-cp", "my.jar", "com.acme.Train");
        assertUsageError(expected, "run", "--workers", "2", "--", "/usr/bin/java", "-jar", "app.jar");
    }

    @Test
    void shouldRefuseWrongValues() {
        assertUsageError("workers=0", "run", "--workers", "0", "A");
        assertUsageError("'x' is not an int", "run", "--workers", "x", "A");
        assertUsageError("threadsPerWorker=0", "run", "--threads-per-worker", "0", "A");
        assertUsageError("heap=much", "run", "--heap", "much", "A");
        assertUsageError("--on-timeout", "run", "--on-timeout", "die", "A");
        assertUsageError("a device is blank", "run", "--devices", "0,,1", "A");
        assertUsageError("argument=Xmx1g", "run", "--jvm-arg", "Xmx1g", "A");
        assertUsageError("jar not found: path=no-such.jar", "run", "--jar", "no-such.jar");
        assertUsageError("write for example 3/10m, or --restarts 3", "run", "--max-restarts", "3", "A");
        assertUsageError("not a window of time: --max-restarts …/10", "run", "--max-restarts", "3/10", "A");
        assertUsageError("window=PT0S", "run", "--max-restarts", "3/0s", "A");
        assertUsageError("mutually exclusive", "run", "--max-restarts", "3/1m", "--restarts", "1", "A");
        assertUsageError("--redirect needs --log-dir DIR", "run", "--redirect", "A");
        assertUsageError("not a directory: path=/dev/null", "run", "--log-dir", "/dev/null", "A");
        assertUsageError("not a directory: path=/dev/null", "run", "--log-dir", "/dev/null/logs", "A");
        assertUsageError("not found: path=no-such.env", "run", "--env-file", "no-such.env", "A");
    }

    @Test
    void shouldPrintTheCommandsOfADryRunAndStartNothing() {
        assertThat(execute("run", "--dry-run", "--workers", "2", "--name", "w", "--", "no.such.Train", "it's"))
                .isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().lines().filter(line -> line.startsWith("# worker ")))
                .hasSize(2);
        assertThat(out.toString())
                .contains("SHMARRAYS_RANK=1 \\\n", "SHMARRAYS_SEGMENT=w \\\n", " no.such.Train 'it'\\''s'\n");
    }

    @Test
    void shouldRefuseJarAndClassPathTogether() {
        assertUsageError("mutually exclusive", "run", "--jar", "a.jar", "--class-path", "b", "A");
    }

    @Test
    void shouldShowTheStackTraceWhenVerbose() {
        assertThat(execute("run", "--verbose", "--workers", "0", "A")).isEqualTo(2);

        assertThat(err.toString()).contains("workers=0").contains("\tat org.shmarrays.cli.RunCommand");
    }

    private void assertUsageError(final String expected, final String... arguments) {
        err.getBuffer().setLength(0);
        assertThat(execute(arguments)).isEqualTo(2);
        assertThat(err.toString()).contains(expected).startsWith("shmarrays: ").doesNotContain("\tat ");
        assertThat(err.toString().lines()).as("one sentence and a hint").hasSize(2);
    }

    private int execute(final String... arguments) {
        final CommandLine commandLine = Main.commandLine(arguments);
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }
}
