package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Workers;
import org.shmarrays.worker.Worker;

/** Several processes that create one segment at the same time. */
class CreateOrAttachIT {
    private static final int WORKERS = 4;
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, 200, 300));

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory);
    }

    private static void fill(final ShmArrays arrays) {
        final float[] w = new float[60_000];
        Arrays.fill(w, ProcessHandle.current().pid());
        System.out.println("initialises");
        arrays.write(Map.of("w", w));
    }

    /** Creates or attaches, and says whose values it sees. */
    static final class Creator {
        public static void main(final String... arguments) {
            for (final String name : arguments) {
                try (Worker worker = Worker.join();
                        ShmArrays arrays = ShmArrays.createOrAttach(
                                worker, name, SPECS, CreateOrAttachIT::fill, Settings.fromProperties())) {
                    final float[] w = arrays.read().get("w");
                    for (final float value : w) {
                        if (value != w[0]) {
                            throw new AssertionError("half initialised: " + w[0] + " and " + value);
                        }
                    }
                    System.out.println("sees in " + name + " the values of " + (long) w[0]);
                    worker.barrier();
                }
            }
        }
    }

    /** Never ends its initializer. */
    static final class Stuck {
        public static void main(final String... arguments) {
            ShmArrays.create(
                    arguments[0],
                    SPECS,
                    arrays -> {
                        System.out.println("initialises");
                        Await.until("a signal", () -> false);
                    },
                    Settings.fromProperties());
        }
    }

    @Test
    void shouldInitialiseExactlyOnce() {
        final String output = Workers.run(Creator.class, WORKERS, directory, "one", "two", "three");

        assertThat(output.lines().filter(line -> line.endsWith("initialises"))).hasSize(3);
        for (final String name : List.of("one", "two", "three")) {
            assertThat(output.lines()
                            .filter(line -> line.contains("sees in " + name))
                            .map(line -> line.substring(line.indexOf("sees"))))
                    .hasSize(WORKERS)
                    .containsOnly(output.lines()
                            .filter(line -> line.contains("sees in " + name))
                            .map(line -> line.substring(line.indexOf("sees")))
                            .findFirst()
                            .orElseThrow());
        }
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("one", "two", "three");
    }

    @Test
    void shouldLeaveNothingToAttachToWhenTheCreatorIsKilled() {
        try (Jvm creator = Jvm.start(Stuck.class, directory, "s")) {
            creator.awaitLine("initialises");
            assertThat(settings().root().names()).isEmpty();

            creator.kill();

            assertThat(settings().root().names()).isEmpty();
            try (ShmArrays arrays = ShmArrays.createOrAttach("s", SPECS, CreateOrAttachIT::fill, settings())) {
                assertThat(arrays.read().get("w")[0])
                        .isEqualTo(ProcessHandle.current().pid());
            }
            assertThat(directory.toFile().list()).as("what the killed one left").containsExactly("s");
        }
    }
}
