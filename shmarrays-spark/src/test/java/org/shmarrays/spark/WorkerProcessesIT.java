package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/** One host, the driver itself, with workers that are processes. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class WorkerProcessesIT {
    private static final String HEAP = "256m";
    private static final int BATCHES = 20;

    @TempDir
    private static Path segments;

    private static JavaSparkContext context;

    @TempDir
    private Path notes;

    @BeforeAll
    static void startSpark() {
        System.setProperty("shmarrays.directory", segments.toString());
        context = new JavaSparkContext(LocalSpark.conf("worker processes"));
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
    }

    private static MultiLayerNetwork network() {
        return SmallNetwork.of(new Nesterovs(0.1, 0.9));
    }

    private static HostTraining<Integer> counting() {
        return HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, BATCHES).inMode(Mode.ATOMIC)), fresh -> {})
                .data(context.parallelize(IntStream.range(0, BATCHES).boxed().toList(), 2))
                .every(Interval.steps(4))
                .epochs(2);
    }

    private static float[] one(final int batch) {
        final float[] one = new float[BATCHES];
        one[batch] = 1;
        return one;
    }

    @Test
    void shouldTrainAModelAsPlainFit() throws Exception {
        final List<DataSet> batches = SmallNetwork.batches(BATCHES);
        final MultiLayerNetwork plain = network();
        IntStream.range(0, BATCHES)
                .mapToObj(index -> DataKey.of(index, 1))
                .sorted(Comparator.naturalOrder())
                .forEach(key -> plain.fit(batches.get((int) key.index())));

        final MultiLayerNetwork network = network();
        HostTraining.on(context)
                .network(network)
                .data(context.parallelize(batches, 1))
                .workerProcessesPerHost(1, HEAP)
                .every(Interval.steps(8))
                .run();

        assertThat(network.params()).isEqualTo(plain.params());
        assertThat(segments).isEmptyDirectory();
    }

    /** The process kills itself in the middle of a step, after its push. */
    @Test
    void shouldRepeatTheIntervalOfAProcessThatDied() throws Exception {
        final String noted = notes.toString();
        final HostTrainingResult result = counting()
                .step((params, batch, worker) -> {
                    params.add(Map.of("w", one(batch)));
                    final Path killed = Path.of(noted, "killed");
                    Files.write(Path.of(noted, "pid-" + ProcessHandle.current().pid()), new byte[0]);
                    if (batch == 7 && !Files.exists(killed)) {
                        Files.write(killed, new byte[0]);
                        kill(ProcessHandle.current().pid());
                    }
                })
                .workerProcessesPerHost(2, HEAP)
                .run();

        assertThat((float[]) result.values().get("w")).containsOnly(2);
        assertThat(result.lostIntervals()).isEqualTo(1);
        assertThat(result.samples()).isEqualTo(2 * BATCHES);
        assertThat(processes()).doesNotContain(ProcessHandle.current().pid()).hasSize(3);
        assertThat(processes()).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
        assertThat(segments).isEmptyDirectory();
    }

    private static void kill(final long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-KILL", Long.toString(pid)).start();
        Thread.currentThread().join(); // until it is killed
    }

    private List<Long> processes() throws IOException {
        try (Stream<Path> files = Files.list(notes)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("pid-"))
                    .map(name -> Long.valueOf(name.substring("pid-".length())))
                    .toList();
        }
    }

    @Test
    void shouldSayWhyAProcessFailed() {
        final HostTraining<Integer> training = counting()
                .step((params, batch, worker) -> {
                    throw new UnsupportedOperationException("in rank " + worker.rank());
                })
                .workerProcessesPerHost(2, HEAP);

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("a worker has failed: round=0")
                .withMessageContaining("in worker process ")
                .withMessageContaining("UnsupportedOperationException: in rank ");
        assertThat(segments).isEmptyDirectory();
    }
}
