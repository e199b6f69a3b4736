package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import scala.Tuple2;

/** The cluster in which the other tests run. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SparkClusterIT {
    private static final String SEGMENT = "probe";

    /**
     * Runs a task on each host that creates a segment there, unless there is one; returns directories and processes.
     */
    private static Map<Path, Long> executorsBySegmentDirectory(final JavaSparkContext context) {
        final Map<Path, Long> executors = new HashMap<>();
        context.parallelize(List.of(0, 1), 2)
                .map(SparkClusterIT::createSegment)
                .collect()
                .forEach(executor -> executors.put(Path.of(executor._1()), executor._2()));
        return executors;
    }

    private static Tuple2<String, Long> createSegment(final int number) {
        final Path directory = Path.of(System.getProperty("shmarrays.directory"));
        if (!Files.exists(directory.resolve(SEGMENT))) {
            ShmArrays.create(SEGMENT, ArraySpec.of("w", FLOAT32, 1)).close();
        }
        return new Tuple2<>(directory.toString(), ProcessHandle.current().pid());
    }

    private static long executor(final SparkCluster cluster, final int host) {
        return cluster.executors(host).get(0).pid();
    }

    @Test
    void shouldReplaceAKilledExecutorAndLeaveNothing() throws Exception {
        final SparkCluster cluster = SparkCluster.ofProcesses(2).start();
        final List<ProcessHandle> processes;
        final Set<Path> segmentDirectories;
        try (cluster) {
            segmentDirectories = cluster.run(cluster.conf("replace"), context -> {
                final Map<Path, Long> before = executorsBySegmentDirectory(context);
                final long killed = executor(cluster, 0);
                assertThat(before.values()).containsExactlyInAnyOrder(killed, executor(cluster, 1));

                cluster.killExecutor(0);

                cluster.awaitExecutors(context, 1);
                cluster.awaitExecutors(context, 2);
                final Map<Path, Long> after = executorsBySegmentDirectory(context);
                assertThat(after.keySet()).isEqualTo(before.keySet());
                assertThat(after.values())
                        .containsExactlyInAnyOrder(executor(cluster, 0), executor(cluster, 1))
                        .doesNotContain(killed);
                assertThat(cluster.segmentsLeft(0)).containsExactly(SEGMENT);
                assertThat(cluster.segmentsLeft(1)).containsExactly(SEGMENT);
                return after.keySet();
            });
            processes = ProcessHandle.current().descendants().toList();
            assertThat(processes).as("Master and Workers").hasSizeGreaterThanOrEqualTo(3);
        }

        assertThat(processes).noneMatch(Await::isRunning);
        assertThat(segmentDirectories).hasSize(2).noneMatch(Files::exists);
        assertThat(cluster.directory()).doesNotExist();
    }
}
