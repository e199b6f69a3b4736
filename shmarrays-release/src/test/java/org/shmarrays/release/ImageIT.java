package org.shmarrays.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The steps of {@code docs/deploy/Dockerfile}, and what runs in the image, without Docker: {@code src/test/sh/image.sh}
 * runs them in a mount namespace. What the base image has is not tested.
 */
@Tag("matrix")
@Timeout(300)
class ImageIT {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path ARCHIVE = Path.of(System.getProperty("release.archive"));

    /** A worker whose array needs 100 MB. */
    private static final String TRAIN = """
            cat >Train.java <<'END'
            import java.util.List;
            import java.util.Map;
            import org.shmarrays.Settings;
            import org.shmarrays.ShmArrays;
            import org.shmarrays.layout.ArraySpec;
            import org.shmarrays.layout.ElementType;
            import org.shmarrays.update.Updates;
            import org.shmarrays.worker.Worker;

            public final class Train {
                public static void main(final String... arguments) {
                    final List<ArraySpec> specs = List.of(ArraySpec.of("w", ElementType.FLOAT32, 25_000_000));
                    final Worker worker = Worker.join();
                    try (ShmArrays params =
                            ShmArrays.createOrAttach(
                                    worker, worker.segmentName(), specs, w -> {}, Settings.fromProperties())) {
                        params.update(Map.of("w", new float[25_000_000]), Updates.sgd(0.1));
                        System.out.println("pushed by uid " + new com.sun.security.auth.module.UnixSystem().getUid());
                    }
                }
            }
            END
            javac -cp "$(shmarrays class-path)" -d classes Train.java
            exec shmarrays run --workers 2 --class-path "classes:$(shmarrays class-path)" -- Train
            """;

    @TempDir
    private static Path context;

    @BeforeAll
    static void prepareContext() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "needs root for namespaces");
        Files.copy(ROOT.resolve("docs/deploy/Dockerfile"), context.resolve("Dockerfile"));
        Files.copy(ARCHIVE, context.resolve(ARCHIVE.getFileName()));
    }

    @Test
    void shouldTrainAnExample() throws Exception {
        final Output output = run("1g", "shmarrays", "mnist", "--model", "softmax", "--workers", "2", "--epochs", "1");

        assertThat(output.exitCode()).as(output.text()).isZero();
        assertThat(output.text()).containsPattern("test accuracy +[89]\\d\\.").doesNotContain("no vector kernels");
    }

    @Test
    void shouldTrainWhereSharedMemoryIsLargeEnough() throws Exception {
        final Output output = run("1g", "sh", "-c", TRAIN);

        assertThat(output.exitCode()).as(output.text()).isZero();
        assertThat(output.text().lines().filter(line -> line.endsWith("pushed by uid 10001")))
                .as(output.text())
                .hasSize(2);
    }

    /** As Docker gives it without {@code --shm-size}. */
    @Test
    void shouldSayThatSharedMemoryIsTooSmall() throws Exception {
        final Output output = run("64m", "sh", "-c", TRAIN);

        assertThat(output.exitCode()).as(output.text()).isEqualTo(1);
        assertThat(output.text())
                .containsPattern("worker [01] of 2 failed: not enough space for the segment: ")
                .contains("directory=/dev/shm/shmarrays-shmarrays, ")
                .contains("or in Docker start the container with a larger --shm-size");
    }

    private static Output run(final String shmSize, final String entryPoint, final String... arguments)
            throws Exception {
        final List<String> command =
                new ArrayList<>(List.of(Path.of("src/test/sh/image.sh").toString(), context.toString(), shmSize));
        command.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("IMAGE_ENTRYPOINT", entryPoint);
        final Path text = context.resolve("text");
        final Process process = builder.redirectOutput(text.toFile()).start();
        return new Output(process.waitFor(), Files.readString(text));
    }

    private record Output(int exitCode, String text) {}
}
