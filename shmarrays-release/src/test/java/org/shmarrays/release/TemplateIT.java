package org.shmarrays.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The template's worker, compiled against a release and started by its launcher, has the vector kernels. So has the
 * release's smallest example. Where the build knows a newer JDK ({@code -Dnewer.java.home}), both are so on it, too.
 */
@Timeout(300)
class TemplateIT {
    private static final String NEWER_JAVA_HOME = System.getProperty("newer.java.home", "");

    @TempDir
    private static Path directory;

    private static Path release;
    private static Path classes;

    static List<String> javaHomes() {
        return Stream.of(System.getProperty("java.home"), NEWER_JAVA_HOME)
                .filter(home -> !home.isEmpty())
                .distinct()
                .toList();
    }

    @BeforeAll
    static void compile() throws Exception {
        final String archive = System.getProperty("release.archive");
        assertThat(run(javaHomes().get(0), "tar", "xzf", archive)).isEmpty();
        release = directory.resolve(System.getProperty("release.name"));
        classes = Files.createDirectory(directory.resolve("classes"));
        final List<String> arguments =
                new ArrayList<>(List.of("-proc:none", "--release", "17", "-cp", libraries(), "-d", classes.toString()));
        try (Stream<Path> sources = Files.walk(release.resolve("examples/template/src/main/java"))) {
            sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
                .isZero();
    }

    /** The program javac expands {@code lib/*}; {@link ToolProvider} does not. */
    private static String libraries() throws IOException {
        try (Stream<Path> jars = Files.list(release.resolve("lib"))) {
            return jars.map(Path::toString)
                    .filter(name -> name.endsWith(".jar"))
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    @ParameterizedTest
    @MethodSource("javaHomes")
    void shouldTrainWithKernels(final String javaHome) throws Exception {
        final String output = run(
                javaHome,
                release.resolve("bin/shmarrays").toString(),
                "run",
                "--workers",
                "2",
                "--class-path",
                classes + ":" + release.resolve("lib/*"),
                "--",
                "com.acme.Train",
                directory.resolve("model.zip").toString());

        assertThat(output)
                .contains("[0] steps of all workers: 630\n")
                .containsPattern("\\[1\\] test accuracy: (0\\.9|1)")
                .doesNotContain("no vector kernels");
    }

    @ParameterizedTest
    @MethodSource("javaHomes")
    void shouldRunTheQuickstartWithKernels(final String javaHome) throws Exception {
        assertThat(run(javaHome, release.resolve("bin/shmarrays").toString(), "quickstart"))
                .contains("y = 3.00 x + 2.00")
                .doesNotContain("no vector kernels");
    }

    private static String run(final String javaHome, final String... command) throws Exception {
        final ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().put("SHMARRAYS_OPTS", "-Dshmarrays.directory=" + directory.resolve("segments"));
        final Path text = directory.resolve("text");
        final Process process = builder.redirectOutput(text.toFile()).start();
        final int exitCode = process.waitFor();
        final String output = Files.readString(text);
        assertThat(exitCode).as(output).isZero();
        return output;
    }
}
