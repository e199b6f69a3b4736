package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import picocli.CommandLine;

/** {@code checkpoint} and {@code restore}. */
class CheckpointCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private String file;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.resolve("segments").toString());
        file = directory.resolve("c.npz").toString();
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private int run(final String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        final CommandLine commandLine = Main.commandLine(arguments);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static ShmArrays create() {
        final ShmArrays arrays = ShmArrays.create("m", ArraySpec.of("w", FLOAT32, 3));
        arrays.write(Map.of("w", new float[] {1, 2, 3}));
        return arrays;
    }

    @Test
    void shouldWriteAndRestoreUnderTheOldNameAndANewOne() {
        create().close();

        assertThat(run("checkpoint", "m", file)).isZero();
        assertThat(out.toString())
                .startsWith(file + ": 1 array of m after 0 steps and 0 samples, consistent per partition, ");
        ShmArrays.remove("m");
        assertThat(run("restore", file)).isZero();
        assertThat(out.toString()).startsWith("m: 1 array of m ");
        assertThat(run("restore", file, "other")).isZero();

        for (final String name : new String[] {"m", "other"}) {
            try (ShmArrays restored = ShmArrays.attach(name)) {
                assertThat(restored.read().get("w")).containsExactly(1, 2, 3);
            }
        }
    }

    @Test
    void shouldSayWhichEpochACheckpointIsOf() {
        try (ShmArrays arrays = create()) {
            arrays.runControl().startAt(1200, 3);
            assertThat(run("checkpoint", "m", file)).isZero();
            assertThat(out.toString())
                    .contains(" after 1,200 steps and 0 samples in epoch 3, consistent per partition, ");

            arrays.runControl().startAt(0, 0);
            assertThat(run("restore", "--replace", file)).isZero();
            assertThat(out.toString()).contains(" in epoch 3, ");
            assertThat(arrays.runControl().epoch()).isEqualTo(3);
        }
    }

    @Test
    void shouldRefuseANameThatNoSegmentCanHave() {
        create().close();
        assertThat(run("checkpoint", "m", file)).isZero();

        assertThat(run("restore", file, "a/b")).isEqualTo(2);

        assertThat(err.toString()).contains("not a segment name: name=\"a/b\"");
    }

    @Test
    void shouldWriteTheWhole() {
        create().close();

        assertThat(run("checkpoint", "--whole", "m", file)).isZero();

        assertThat(out.toString()).contains("consistent as a whole");
    }

    @Test
    void shouldReplaceTheValuesOfASegmentOnlyWhenAsked() {
        try (ShmArrays arrays = create()) {
            run("checkpoint", "m", file);
            arrays.write(Map.of("w", new float[3]));

            assertThat(run("restore", file)).isEqualTo(1);
            assertThat(err.toString()).contains("a segment of this name exists: name=m");
            assertThat(arrays.read().get("w")).containsOnly(0f);

            assertThat(run("restore", "--replace", file)).isZero();
            assertThat(arrays.read().get("w")).containsExactly(1, 2, 3);
        }
        assertThat(run("restore", "--replace", file, "fresh")).isZero();
    }

    @Test
    void shouldSayInOneSentenceWhatIsWrong() throws Exception {
        assertThat(run("checkpoint", "nothing", file)).isEqualTo(1);
        assertThat(err.toString()).contains("nothing").doesNotContain("\tat ");
        assertThat(Path.of(file)).doesNotExist();

        Files.writeString(Path.of(file), "no checkpoint");
        assertThat(run("restore", file)).isEqualTo(1);
        assertThat(err.toString()).startsWith("shmarrays: not a checkpoint, or truncated or changed: file=" + file);

        assertThat(run("checkpoint", "m")).isEqualTo(2);
        assertThat(run("restore")).isEqualTo(2);
    }

    @Test
    void shouldHelp() {
        assertThat(run("checkpoint", "--help")).isZero();
        assertThat(out.toString()).contains("Examples:", "Exit codes:", "--whole");
        assertThat(run("restore", "--help")).isZero();
        assertThat(out.toString()).contains("Examples:", "Exit codes:", "--replace");
    }
}
