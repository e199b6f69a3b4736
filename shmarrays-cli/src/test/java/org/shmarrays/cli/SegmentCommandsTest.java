package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import picocli.CommandLine;

/** {@code ls} and {@code rm}. */
class SegmentCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private int run(final String... arguments) {
        final CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    @Test
    void shouldListSegmentsWithTheirLiveWorkers() {
        try (ShmArrays arrays = ShmArrays.create("used", ArraySpec.of("w", FLOAT32, 8));
                ShmArrays other = ShmArrays.attach("used")) {
            ShmArrays.create("left", ArraySpec.of("w", FLOAT32, 8)).close();

            assertThat(run("ls")).isZero();

            assertThat(out.toString().lines().filter(line -> line.startsWith("used")))
                    .singleElement()
                    .asString()
                    .matches("used +\\d+\\.\\d MiB +\\d+ s +2 +");
            assertThat(out.toString().lines().filter(line -> line.startsWith("left")))
                    .singleElement()
                    .asString()
                    .matches("left +.* 0 +left behind");
            assertThat(other.name()).isEqualTo(arrays.name());
        }
    }

    @Test
    void shouldListWhatIsNoSegment() throws Exception {
        Files.createDirectory(directory.resolve("junk"));

        assertThat(run("ls")).isZero();

        assertThat(out.toString()).contains("junk").contains("there is no control file");
    }

    @Test
    void shouldRemoveSegmentsByName() {
        ShmArrays.create("a", ArraySpec.of("w", FLOAT32, 8)).close();
        ShmArrays.create("b", ArraySpec.of("w", FLOAT32, 8)).close();

        assertThat(run("rm", "a", "b")).isZero();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldSayThatThereIsNothingToRemove() {
        assertThat(run("rm", "nothing")).isEqualTo(1);
        assertThat(err.toString()).contains("segment not found: name=nothing").doesNotContain("\tat ");

        assertThat(run("rm", "../x")).isEqualTo(1);
        assertThat(err.toString()).contains("not a segment name");
    }

    @Test
    void shouldSayWhyASegmentCannotBeScaled() {
        ShmArrays.create("idle", ArraySpec.of("w", FLOAT32, 8)).close();

        assertThat(run("scale", "idle", "2")).isEqualTo(1);
        assertThat(err.toString()).contains("no run that could be scaled").contains("bin/shmarrays run --name idle");

        assertThat(run("scale", "nothing", "2")).isEqualTo(1);
        assertThat(err.toString()).contains("segment not found: name=nothing");
        assertThat(run("scale", "idle", "many")).isEqualTo(2);
    }
}
