package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Several workers in mode ORDERED compute what one does alone; expected numbers are those of a plain fit. */
class OrderedTrainingTest {
    private static final int EPOCHS = 3;
    private static final int HIDDEN = 7;
    private static final int SAMPLES = 4;

    @TempDir
    private Path directory;

    private static MultiLayerNetwork network(final ScheduleType schedule) {
        final MultiLayerConfiguration configuration = Networks.builder(
                        DataType.DOUBLE, new Adam(new ExponentialSchedule(schedule, 0.05, 0.8)))
                .weightDecay(0.01)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(Configurations.INPUTS)
                        .nOut(HIDDEN)
                        .build())
                .layer(new BatchNormalization.Builder().nIn(HIDDEN).nOut(HIDDEN).build())
                .layer(Networks.output(HIDDEN, Configurations.CLASSES))
                .build();
        final MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        return network;
    }

    private static List<DataSet> batches(final int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, i))
                .toList();
    }

    /** Numbers of batches that the workers share evenly, and others. */
    @ParameterizedTest
    @CsvSource({"2, 6, ITERATION", "2, 7, EPOCH", "3, 7, ITERATION", "3, 8, EPOCH", "3, 2, EPOCH", "4, 1, EPOCH"})
    void shouldTrainInSeveralWorkersAsPlainFit(final int workers, final int batches, final ScheduleType schedule)
            throws Exception {
        shouldTrainAsPlainFit(workers, schedule, () -> new ListDataSetIterator<>(batches(batches), SAMPLES));
    }

    /** Each epoch has the samples in another order, and its last batch has fewer. */
    @Test
    void shouldTrainOnShuffledSamplesAsPlainFit() throws Exception {
        final DataSet samples = DataSet.merge(batches(5));
        shouldTrainAsPlainFit(
                3,
                ScheduleType.EPOCH,
                () -> IndexedBatches.ofArrays(samples.getFeatures(), samples.getLabels(), 3)
                        .shuffled(11));
    }

    /** A worker that is through with its shard lets its turns pass until the other one is. */
    @Test
    void shouldTrainOnShardsOfUnequalLength() throws Exception {
        final ShardedData data = shard -> new ListDataSetIterator<>(batches(shard.rank() == 0 ? 5 : 2), 1);
        final ExecutorService threads = Executors.newFixedThreadPool(2);
        final List<Future<Integer>> running = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            final TrainingOptions options = options(Worker.of(rank, 2));
            running.add(threads.submit(() -> {
                try (SharedTraining training = SharedTraining.join(network(ScheduleType.EPOCH), options)) {
                    training.fit(data, EPOCHS);
                    assertThat(training.epoch()).isEqualTo(EPOCHS);
                    return Math.toIntExact(training.iteration());
                }
            }));
        }
        threads.shutdown();
        for (final Future<Integer> iterations : running) {
            assertThat(iterations.get()).isEqualTo(7 * EPOCHS);
        }
    }

    private void shouldTrainAsPlainFit(
            final int workers, final ScheduleType schedule, final Supplier<DataSetIterator> data) throws Exception {
        final MultiLayerNetwork plain = network(schedule);
        plain.fit(data.get(), EPOCHS);
        final List<MultiLayerNetwork> networks = new ArrayList<>();
        final ExecutorService threads = Executors.newFixedThreadPool(workers);
        final List<Future<?>> running = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            final MultiLayerNetwork network = network(schedule);
            networks.add(network);
            final TrainingOptions options = options(Worker.of(rank, workers));
            running.add(threads.submit(() -> {
                try (SharedTraining training = SharedTraining.join(network, options)) {
                    training.fit(data.get(), EPOCHS);
                    assertThat(training.iteration()).isEqualTo(plain.getIterationCount());
                    assertThat(training.epoch()).isEqualTo(EPOCHS);
                }
            }));
        }
        threads.shutdown();
        for (final Future<?> worker : running) {
            worker.get();
        }

        for (final MultiLayerNetwork network : networks) {
            assertThat(network.params()).isEqualTo(plain.params());
            assertThat(network.getUpdater().getStateViewArray())
                    .isEqualTo(plain.getUpdater().getStateViewArray());
            assertThat(network.getIterationCount()).isEqualTo(plain.getIterationCount());
            assertThat(network.getEpochCount()).isEqualTo(EPOCHS);
        }
    }

    TrainingOptions options(final Worker worker) {
        final Path segments = directory.resolve("segments");
        return Trained.options(segments, Mode.ORDERED, worker)
                .withSettings(Trained.settings(segments).withWorkerTimeout(Duration.ofSeconds(60)));
    }
}
