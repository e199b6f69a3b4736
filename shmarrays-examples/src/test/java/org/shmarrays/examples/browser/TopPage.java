package org.shmarrays.examples.browser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.cli.Main;
import org.shmarrays.internal.launch.JvmFlags;

/** {@code shmarrays top NAME …} in a process of its own. */
final class TopPage implements AutoCloseable {
    private static final Pattern LINE = Pattern.compile("segment=.*, page=(http://127\\.0\\.0\\.1:\\d+/)\\s");
    private static final long DEADLINE_SECONDS = 60;

    private final Process process;
    private final Path output;

    /** Serves the page of a segment. */
    TopPage(final Path directory, final Path segments, final String name) throws IOException {
        output = directory.resolve("top-web.txt");
        process = start(output, segments, name, "--web", "--interval", "0.2");
    }

    private static Process start(final Path output, final Path segments, final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Dshmarrays.directory=" + segments);
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "top"));
        command.addAll(List.of(arguments));
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS"); // a JVM names them in its output
        return builder.start();
    }

    /** What {@code top --once} prints. */
    static String once(final Path directory, final Path segments, final String name, final String... options)
            throws IOException, InterruptedException {
        final Path output = directory.resolve("top-once.txt");
        final List<String> arguments = new ArrayList<>(List.of(name, "--once"));
        arguments.addAll(List.of(options));
        final Process process = start(output, segments, arguments.toArray(String[]::new));
        try {
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError("top --once: " + Files.readString(output));
            }
        } finally {
            process.destroyForcibly();
        }
        final String text = Files.readString(output);
        return text.substring(text.startsWith("WARNING") ? text.indexOf('\n') + 1 : 0);
    }

    /** Where the page is. */
    String url() {
        Chromium.await("the page is served", () -> LINE.matcher(output()).find());
        final Matcher matcher = LINE.matcher(output());
        matcher.find();
        return matcher.group(1);
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (final IOException e) {
            return "";
        }
    }

    /** Waits for its end. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("top --web does not end: " + output());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
