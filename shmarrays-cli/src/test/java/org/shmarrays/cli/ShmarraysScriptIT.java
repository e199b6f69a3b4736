package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;

/**
 * Runs bin/shmarrays in a copy of this checkout, with the jars that {@code package} has made. In the copy every source
 * is older than every jar, whatever the checkout's times are; and building is forbidden, so that no Maven starts inside
 * Maven.
 */
@Timeout(120)
class ShmarraysScriptIT {
    private static final Path CHECKOUT = Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .normalize()
            .getParent();
    private static final Path TEST_CLASSES = CHECKOUT.resolve("shmarrays-cli/target/test-classes");
    private static final List<String> MODULES = List.of("shmarrays-core", "shmarrays-report", "shmarrays-cli");
    private static final boolean IS_ROOT = System.getProperty("user.name").equals("root");
    private static final FileTime LONG_AGO = FileTime.fromMillis(0);

    @TempDir
    private Path directory;

    private Path copy;
    private Path script;

    @BeforeEach
    void copyCheckout() throws IOException {
        // As the script sees it; macOS has a symbolic link in the name of its temporary directory.
        copy = directory.toRealPath().resolve("a check out");
        script = copy.resolve("bin/shmarrays");
        copyFile("bin/shmarrays");
        script.toFile().setExecutable(true);
        copyFile("pom.xml");
        for (final String module : MODULES) {
            copyFile(module + "/pom.xml");
            try (Stream<Path> sources = Files.walk(CHECKOUT.resolve(module).resolve("src/main"))) {
                sources.filter(Files::isRegularFile)
                        .forEach(source -> copyFile(CHECKOUT.relativize(source).toString()));
            }
        }
        makeOld(copy);
        for (final String module : MODULES) {
            copyJar(module);
        }
        copyFile("shmarrays-cli/target/classpath.txt");
        for (final String library : Files.readString(copy.resolve("shmarrays-cli/target/classpath.txt"))
                .split(":")) {
            copyFile("target/" + library);
        }
    }

    @Test
    void shouldPrintTheFlagsFromAnyDirectory() throws Exception {
        final Result result = run(builder(script, "jvm-flags").directory(directory.toFile()));

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).containsExactly(String.join(" ", JvmFlags.ofThisJvm()));
    }

    @Test
    void shouldFindItsCheckoutThroughLinks() throws Exception {
        final Path absolute = Files.createSymbolicLink(directory.resolve("absolute"), script);
        final Path relative = Files.createSymbolicLink(directory.resolve("relative"), absolute.getFileName());

        assertThat(run(builder(relative, "--version")).out()).first().asString().startsWith("shmarrays ");
    }

    @Test
    void shouldFindItsCheckoutThroughALinkToItsDirectory() throws Exception {
        final Path bin = Files.createSymbolicLink(directory.resolve("bin"), script.getParent());

        final Result result = run(builder(bin.resolve("shmarrays"), "--version"));

        assertThat(result.out()).first().asString().startsWith("shmarrays ");
    }

    /** The tree is read-only. If root runs the test, another user runs the script, with a home that does not exist. */
    @Test
    void shouldRunForAnotherUserWithoutWriting() throws Exception {
        makeReadOnly(directory.toRealPath());
        final List<String> before = tree();
        final ProcessBuilder builder = asAnotherUser("ls");

        final Result result = run(builder);

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(tree()).isEqualTo(before);

        if (IS_ROOT) { // the owner of a tree may change it
            Files.delete(copy.resolve("shmarrays-cli/target/classpath.txt"));
            assertOneSentence(run(builder), "classpath.txt is missing), and this user can't write to " + copy);
        }
    }

    /** If root runs the test, as user 65534. */
    private ProcessBuilder asAnotherUser(final String... arguments) {
        final ProcessBuilder builder = builder(script, arguments);
        builder.environment().remove("SHMARRAYS_NO_BUILD");
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        "/nonexistent",
                        "SHMARRAYS_OPTS",
                        "-Dshmarrays.directory=" + directory.resolve("segments")));
        if (IS_ROOT) {
            builder.command().addAll(0, List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        }
        return builder;
    }

    @Test
    void shouldListAndCheckWhatThisUserMayNotRead() throws Exception {
        makeReadOnly(directory.toRealPath());
        final Path segments = Files.createDirectory(directory.resolve("segments"));
        for (final String name : List.of("theirs", ".creating-theirs2-1")) {
            Files.setPosixFilePermissions(Files.createDirectory(segments.resolve(name)), Set.of());
        }
        if (IS_ROOT) {
            Files.setAttribute(segments, "unix:uid", 65534);
        }

        for (final String command : List.of("ls", "clean", "clean --all-dead")) {
            final Result result = run(asAnotherUser(command.split(" ")));
            assertThat(result.exitCode()).as(result.err().toString()).isZero();
            assertThat(result.out())
                    .anyMatch(line -> line.matches("(kept +)?theirs .* this user may not read it: owner=.*"))
                    .anyMatch(line ->
                            line.matches("(kept +)?.creating-theirs2-1 .* this user may not read it: owner=.*"));
        }
        assertThat(run(asAnotherUser("doctor")).out())
                .anyMatch(line -> line.matches(
                        "WARN +unreadable +theirs, .creating-theirs2-1 .*: this user may not read it: owner=.*"));
        assertThat(segments.resolve("theirs")).exists();
    }

    private static void makeReadOnly(final Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (final Path path : (Iterable<Path>) paths::iterator) {
                final boolean canRun = Files.isDirectory(path) || Files.isExecutable(path);
                Files.setPosixFilePermissions(
                        path, PosixFilePermissions.fromString(canRun ? "r-xr-xr-x" : "r--r--r--"));
            }
        }
        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x")); // for the output
    }

    private List<String> tree() throws IOException {
        try (Stream<Path> paths = Files.walk(copy)) {
            return paths.map(path -> path + " " + path.toFile().lastModified())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void shouldRunWorkersOfAClassPath() throws Exception {
        final Result result = run(builder(
                script,
                "run",
                "--workers",
                "2",
                "--name",
                "mnist",
                "--class-path",
                TEST_CLASSES.toString(),
                "--",
                SampleProgram.class.getName(),
                "show",
                "--epochs",
                "a b",
                "--",
                "@file"));

        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .containsExactlyInAnyOrder(
                        "[0] rank=0 segment=mnist arguments=[--epochs, a b, --, @file]",
                        "[1] rank=1 segment=mnist arguments=[--epochs, a b, --, @file]");
        assertThat(result.err()).singleElement().asString().startsWith("shmarrays: segment=mnist, pids=[");
    }

    @Test
    void shouldTakeTheClassPathOfTheEnvironment() throws Exception {
        final ProcessBuilder builder =
                builder(script, "run", "--workers", "1", SampleProgram.class.getName(), "show", "--workers");
        builder.environment().put("CLASSPATH", TEST_CLASSES.toString());

        final Result result = run(builder);

        assertThat(result.out()).singleElement().asString().endsWith("arguments=[--workers]");
    }

    @Test
    void shouldFallBackToItsOwnClassPath() throws Exception {
        final Result result = run(builder(script, "run", "--workers", "1", "--", Main.class.getName(), "--version"));

        assertThat(result.out()).first().asString().startsWith("[0] shmarrays ");
    }

    @Test
    void shouldEndWithTheFirstFailuresExitCode() throws Exception {
        final Result result = run(builder(
                script,
                "run",
                "--workers",
                "2",
                "--class-path",
                TEST_CLASSES.toString(),
                "--",
                SampleProgram.class.getName(),
                "fail"));

        assertThat(result.exitCode()).isEqualTo(SampleProgram.FAILURE_EXIT_CODE);
        assertThat(result.err())
                .contains("    worker fails")
                .anyMatch(line -> line.matches("Last lines of worker [01]:"))
                .anyMatch(line ->
                        line.matches("shmarrays: worker [01] of 2 failed with exit code 42; the others were stopped"));
    }

    @Test
    void shouldEndItsWorkersWhenItIsTerminated() throws Exception {
        final Process process = builder(
                        script,
                        "run",
                        "--workers",
                        "2",
                        "--class-path",
                        TEST_CLASSES.toString(),
                        "--",
                        SampleProgram.class.getName(),
                        "hang")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        final List<ProcessHandle> workers = new ArrayList<>();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            while (workers.size() < 2) {
                final String line = output.readLine();
                assertThat(line).matches("\\[[01]\\] running [0-9]+");
                workers.add(ProcessHandle.of(Long.parseLong(line.substring("[0] running ".length())))
                        .orElseThrow());
            }

            process.toHandle().destroy();

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(workers).noneMatch(ProcessHandle::isAlive);
        } finally {
            workers.forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void shouldPassOnTheExitCodeOfWrongUsage() throws Exception {
        final Result result = run(builder(script, "rnu"));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).first().isEqualTo("shmarrays: unknown command: rnu; did you mean run?");
    }

    @Test
    void shouldNotBuildWhereThatIsForbidden() throws Exception {
        final Path source = copy.resolve("shmarrays-core/src/main/java/org/shmarrays/launch/Launcher.java");
        Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1)));

        assertOneSentence(run(builder(script, "jvm-flags")), source + " is newer than the build");
    }

    @Test
    void shouldNotBuildAgainForASourceOfTheFuture() throws Exception {
        final Path source = copy.resolve("shmarrays-core/src/main/java/org/shmarrays/launch/Launcher.java");
        final FileTime future = FileTime.fromMillis(System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1));
        Files.setLastModifiedTime(source, future);
        final ProcessBuilder builder = builder(script, "jvm-flags");
        builder.environment().remove("SHMARRAYS_NO_BUILD");
        final Path builds = directory.resolve("builds");
        final Path maven = Files.createDirectories(directory.resolve("tools")).resolve("mvn");
        Files.writeString(maven, "#!/bin/sh\necho built >>'" + builds + "'\n");
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwx------"));
        builder.environment().merge("PATH", maven.getParent().toString(), (path, tools) -> tools + ":" + path);

        assertThat(run(builder).exitCode()).isZero();
        assertThat(run(builder).err()).isEmpty();
        assertThat(builds).content().isEqualTo("built\n");

        Files.writeString(source, Files.readString(source) + "\n");
        Files.setLastModifiedTime(source, future);
        assertThat(run(builder).err()).singleElement().asString().contains(source + " is newer than the build");
        assertThat(run(builder).err()).isEmpty();
        assertThat(builds).content().isEqualTo("built\nbuilt\n");
    }

    @Test
    void shouldTakeOptionsWithSpaces() throws Exception {
        final ProcessBuilder builder = builder(script, "ls");
        builder.environment().put("JAVA_HOME", fakeJava("17").toString());
        builder.environment()
                .put("SHMARRAYS_OPTS", " -Da='b  c' \"-Dd=e f\"\t-Dg=h\\ i -Dj=* -Dk=$HOME \n -Dl=\"it's\"");

        assertThat(run(builder).out())
                .containsSubsequence("-Da=b  c", "-Dd=e f", "-Dg=h i", "-Dj=*", "-Dk=$HOME", "-Dl=it's", "ls");

        builder.environment().put("SHMARRAYS_OPTS", "-Da='b");
        assertOneSentence(run(builder), "SHMARRAYS_OPTS has a quote without its end");
    }

    /** A small system may have printf in its shell alone. */
    @Test
    void shouldTakeOptionsWithoutAPrintfInThePath() throws Exception {
        final Path tools = Files.createDirectory(directory.resolve("tools"));
        for (final String part : System.getenv("PATH").split(File.pathSeparator)) {
            linkAllButPrintf(Path.of(part), tools);
        }
        final ProcessBuilder builder = builder(script, "ls");
        builder.environment().put("JAVA_HOME", fakeJava("17").toString());
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("SHMARRAYS_OPTS", "-Da='b  c'");

        final Result result = run(builder);

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).containsSubsequence("-Da=b  c", "ls");
    }

    private static void linkAllButPrintf(final Path from, final Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        try (Stream<Path> programs = Files.list(from)) {
            for (final Path program : programs.toList()) {
                final Path link = to.resolve(program.getFileName());
                if (!link.endsWith("printf") && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(link, program);
                }
            }
        }
    }

    private ProcessBuilder bash(final String commands, final String... arguments) {
        final ProcessBuilder builder = builder(Path.of("bash"), "-c", commands, script.toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("SHMARRAYS_OPTS", "-Dshmarrays.directory=" + directory.resolve("segments"));
        return builder;
    }

    static Stream<String> commandsWithOutput() {
        return Stream.of(
                "--help",
                "ls",
                "ls --json",
                "doctor",
                "completion",
                "inspect --json s",
                "top --once --json --interval 0.1 s",
                "export s /dev/stdout",
                "metrics s --port 0",
                "run --workers 1 -- org.shmarrays.cli.Main --help");
    }

    @ParameterizedTest
    @MethodSource("commandsWithOutput")
    void shouldEndAsOtherToolsDoWhenItsOutputCannotBeWritten(final String command) throws Exception {
        ShmArrays.create(
                        "s",
                        Map.of("w", new float[100_000]),
                        Settings.fromProperties().withDirectory(directory.resolve("segments")))
                .close();
        final String[] words = command.split(" ");

        final Result full = run(bash("\"$0\" \"$@\" >/dev/full", words));
        assertThat(full.exitCode()).as(full.err().toString()).isIn(1, 3, 4);
        assertThat(full.err().stream().filter(line -> !line.startsWith("shmarrays: segment=")))
                .containsExactly("shmarrays: write error: No space left on device");

        final Result closed = run(bash("exec 4> >(exec true); wait $!; \"$0\" \"$@\" >&4", words));
        assertThat(closed.exitCode()).as(closed.err().toString()).isEqualTo(141);
        assertThat(closed.err().stream().filter(line -> !line.startsWith("shmarrays: segment=")))
                .isEmpty();
    }

    @Test
    void shouldNoticeWhatIsMissing() throws Exception {
        final Path classPath = copy.resolve("shmarrays-cli/target/classpath.txt");
        final String entries = Files.readString(classPath);

        Files.writeString(classPath, entries + ":lib/gone.jar");
        assertOneSentence(run(builder(script, "jvm-flags")), copy + "/target/lib/gone.jar is missing");

        Files.delete(classPath);
        assertOneSentence(run(builder(script, "jvm-flags")), "classpath.txt is missing");
    }

    @Test
    void shouldRunInTheDirectoriesOfARelease() throws Exception {
        final Path release = Files.createDirectories(copy.resolveSibling("a release"));
        Files.move(copy.resolve("target/lib"), release.resolve("lib"));
        Files.move(copy.resolve("bin"), release.resolve("bin"));
        final Path flags = copy.resolve("shmarrays-core/src/main/resources/org/shmarrays/internal/launch");
        for (final String file : List.of("jvm-17.flags", "jvm-24.flags")) {
            Files.move(flags.resolve(file), release.resolve("lib").resolve(file));
        }
        for (final String module : MODULES) {
            for (final Path jar : jars(copy.resolve(module).resolve("target"), module)) {
                Files.move(jar, release.resolve("lib").resolve(jar.getFileName()));
            }
        }
        final Path classPath = release.resolve("lib/shmarrays-cli.classpath");
        Files.move(copy.resolve("shmarrays-cli/target/classpath.txt"), classPath);
        final Path script = release.resolve("bin/shmarrays");

        assertThat(run(builder(script, "jvm-flags")).out()).containsExactly(String.join(" ", JvmFlags.ofThisJvm()));
        assertOneSentence(run(builder(script, "bench")), "a release has no benchmarks");
        assertOneSentence(run(builder(script, "mnist", "--spark=spark://a:1")), "a release has no Spark");
        Files.delete(classPath);
        assertOneSentence(
                run(builder(script, "jvm-flags")),
                "the release is incomplete: " + classPath + " is missing; unpack it again");
    }

    @Test
    void shouldTakeTheExamplesForTheirCommands() throws Exception {
        assertOneSentence(run(builder(script, "mnist")), "shmarrays-examples/target/classpath.txt is missing");
    }

    @Test
    void shouldTakeTheExamplesOnManyHostsForSpark() throws Exception {
        final String missing = "shmarrays-spark-examples/target/classpath.txt is missing";

        assertOneSentence(run(builder(script, "mnist", "--spark", "local-cluster")), missing);
        assertOneSentence(run(builder(script, "examples", "sparse-svm", "--spark=spark://a:1")), missing);
    }

    @Test
    void shouldTakeTheBenchmarksForBench() throws Exception {
        assertOneSentence(run(builder(script, "bench")), "shmarrays-benchmarks/target/classpath.txt is missing");
    }

    @Test
    void shouldRefuseAJavaThatIsTooOld() throws Exception {
        final ProcessBuilder builder = builder(script, "jvm-flags");
        builder.environment().put("JAVA_HOME", fakeJava("11.0.2").toString());

        assertOneSentence(run(builder), "is version 11; install a JDK 17 or newer");
    }

    @Test
    void shouldChooseTheFlagsByTheJavaVersion() throws Exception {
        final ProcessBuilder builder = builder(script, "run", "a b");
        final String flags = copy + "/shmarrays-core/src/main/resources/org/shmarrays/internal/launch/";

        builder.environment().put("JAVA_HOME", fakeJava("23.0.1").toString());
        assertThat(run(builder).out())
                .startsWith("@" + flags + "jvm-17.flags")
                .endsWith("org.shmarrays.cli.Main", "run", "a b");

        builder.environment().put("JAVA_HOME", fakeJava("24").toString());
        assertThat(run(builder).out()).startsWith("@" + flags + "jvm-24.flags");
    }

    private static void assertOneSentence(final Result result, final String expected) {
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .singleElement()
                .asString()
                .startsWith("shmarrays: ")
                .contains(expected);
    }

    private static ProcessBuilder builder(final Path script, final String... arguments) {
        final List<String> command = new ArrayList<>();
        command.add(script.toString());
        command.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("SHMARRAYS_NO_BUILD", "1");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("CLASSPATH");
        return builder;
    }

    private Result run(final ProcessBuilder builder) throws Exception {
        final Path out = directory.resolve("out");
        final Path err = directory.resolve("err");
        final Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        return new Result(process.waitFor(), Files.readAllLines(out, UTF_8), Files.readAllLines(err, UTF_8));
    }

    private record Result(int exitCode, List<String> out, List<String> err) {}

    /** A Java home whose java prints its arguments, one a line. */
    private Path fakeJava(final String version) throws IOException {
        final Path home = directory.resolve("java " + version);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"unknown\"\nJAVA_VERSION=\"" + version + "\"\n");
        final Path java = Files.writeString(home.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
        return home;
    }

    private void copyFile(final String path) {
        try {
            Files.createDirectories(copy.resolve(path).getParent());
            Files.copy(CHECKOUT.resolve(path), copy.resolve(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void makeOld(final Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (final Path path : (Iterable<Path>) paths::iterator) {
                Files.setLastModifiedTime(path, LONG_AGO);
            }
        }
    }

    private void copyJar(final String module) throws IOException {
        for (final Path jar : jars(CHECKOUT.resolve(module).resolve("target"), module)) {
            copyFile(CHECKOUT.relativize(jar).toString());
        }
    }

    /** The jars of a module's classes. */
    private static List<Path> jars(final Path directory, final String module) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file ->
                            file.getFileName().toString().matches(module + "-[0-9].*(?<!-sources|-javadoc)\\.jar"))
                    .toList();
        }
    }
}
