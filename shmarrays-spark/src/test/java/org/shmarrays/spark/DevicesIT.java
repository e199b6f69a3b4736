package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;

/** GPUs that a script reports to Spark: the workers of this test only look at which of them they were given. */
@Tag("matrix")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DevicesIT {
    @TempDir
    private Path directory;

    @Test
    void shouldGiveEachProcessAGpuOfItsExecutor() throws Exception {
        final Path script = Files.writeString(
                directory.resolve("gpus.sh"),
                "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"4\", \"GPU-7\"]}'\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        final String notes = directory.toString();
        final SparkCluster.Builder builder = SparkCluster.ofProcesses(1)
                .workerProperty("spark.worker.resource.gpu.amount", "2")
                .workerProperty("spark.worker.resource.gpu.discoveryScript", script.toString());
        try (SparkCluster cluster = builder.start()) {
            final SparkConf conf = cluster.conf("devices").set("spark.executor.resource.gpu.amount", "2");
            cluster.run(
                    conf,
                    context -> HostTraining.on(context)
                            .arrays(List.of(ArraySpec.of("w", FLOAT32, 1)), fresh -> {})
                            .data(context.parallelize(
                                    IntStream.range(0, 40).boxed().toList(), 2))
                            .step((params, batch, worker) -> Files.write(
                                    Path.of(
                                            notes,
                                            "rank-" + worker.rank() + "-device-"
                                                    + System.getenv("CUDA_VISIBLE_DEVICES")),
                                    new byte[0]))
                            .workerProcessesPerHost(2, "256m")
                            .minHosts(1, Duration.ofMinutes(1))
                            .run());
        }

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("gpus.sh", "rank-0-device-4", "rank-1-device-GPU-7");
        }
    }
}
