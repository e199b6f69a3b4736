package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Whichever worker pushes last, the models of all workers have that push after the fit. */
class ValuesAfterFitTest {
    private static final int WORKERS = 2;
    private static final int BATCHES = 10;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void shouldHaveTheValuesOfAllWorkers(final Mode mode) throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(WORKERS);
        final List<SharedTraining> trainings = new ArrayList<>();
        final List<Future<double[]>> ends = new ArrayList<>();
        for (int rank = 0; rank < WORKERS; rank++) {
            final MultiLayerNetwork network = Trained.network(Trained.dense(new Adam(0.05)));
            final SharedTraining training =
                    SharedTraining.join(network, Trained.options(directory, mode, Worker.of(rank, WORKERS)));
            trainings.add(training);
            ends.add(threads.submit(() -> {
                training.fit(Trained.iterator(BATCHES), 2);
                return Trained.parameters(network);
            }));
        }
        threads.shutdown();

        assertThat(ends.get(0).get()).isEqualTo(ends.get(1).get());
        trainings.forEach(SharedTraining::close);
    }
}
