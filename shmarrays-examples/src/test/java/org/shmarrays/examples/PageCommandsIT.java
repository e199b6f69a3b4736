package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands of README and guide, as they stand there. Those of a page are one script, which runs in a directory that
 * has {@code bin/shmarrays} and the page's Java programs. They are the lines of its fences of {@code sh run}, and in
 * fences of {@code console run} the lines that begin with {@code $}; the others are output.
 */
@Tag("matrix")
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class PageCommandsIT {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern COMMANDS =
            Pattern.compile("^```(sh|console) run\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

    private static final String PROMPT = "$ ";

    private static final Pattern PROGRAM = Pattern.compile(
            "^```java\\n(?<code>(?:(?!^```).)*?^public final class (?<name>\\w+) .*?)^```",
            Pattern.DOTALL | Pattern.MULTILINE);

    @TempDir
    private Path directory;

    static List<String> pages() throws IOException {
        try (Stream<Path> guide = Files.list(ROOT.resolve("docs/guide"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), guide.sorted())
                    .filter(page -> !script(page).isEmpty())
                    .map(page -> ROOT.relativize(page).toString())
                    .toList();
        }
    }

    private static String script(final Path page) {
        try {
            return COMMANDS.matcher(Files.readString(page))
                    .results()
                    .map(fence -> fence.group(1).equals("sh") ? fence.group(2) : withoutOutput(fence.group(2)))
                    .collect(Collectors.joining("\n"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutOutput(final String lines) {
        return lines.lines()
                .filter(line -> line.startsWith(PROMPT))
                .map(line -> line.substring(PROMPT.length()))
                .collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void shouldRunAsWritten(final String page) throws Exception {
        final Path bin = Files.createDirectory(directory.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("shmarrays"), ROOT.resolve("bin/shmarrays"));
        final Matcher programs = PROGRAM.matcher(Files.readString(ROOT.resolve(page)));
        while (programs.find()) {
            Files.writeString(directory.resolve(programs.group("name") + ".java"), programs.group("code"));
        }
        final Path printed = directory.resolve("printed");
        final ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", script(ROOT.resolve(page)))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS"); // of the build: without kernels these trainings take minutes
        builder.environment().merge("PATH", bin.toString(), (path, first) -> first + File.pathSeparator + path);
        builder.environment().put("SHMARRAYS_NO_BUILD", "1");
        builder.environment().put("SHMARRAYS_OPTS", "-Dshmarrays.directory=" + directory.resolve("segments"));

        final Process process = builder.start();
        final List<ProcessHandle> left;
        try {
            process.waitFor();
        } finally {
            left = process.descendants().toList();
            left.forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }

        assertThat(process.exitValue())
                .as(page + "\n" + Files.readString(printed))
                .isZero();
        assertThat(left).isEmpty();
    }
}
