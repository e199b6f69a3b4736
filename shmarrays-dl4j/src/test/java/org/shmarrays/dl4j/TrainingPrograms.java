package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** What workers of {@link SharedTrainingIT} run. */
final class TrainingPrograms {
    private TrainingPrograms() {}

    /** Tells each step's number of its rank, after the push. */
    private static final class Steps extends BaseTrainingListener {
        private final SharedTraining training;
        private final IntConsumer action;

        Steps(final SharedTraining training, final IntConsumer action) {
            this.training = training;
            this.action = action;
        }

        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            action.accept((int) training.worker().clock());
        }
    }

    private static void save(final SharedTraining training, final Path file) {
        try {
            training.save(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One worker, which waits after the step that the argument of its restart names. */
    static final class Alone {
        static final int PASSES = 4;
        static final int BATCHES = 9;

        static MultiLayerConfiguration configuration() {
            return Networks.builder(DataType.DOUBLE, new Adam(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.7)))
                    .l2(0.01)
                    .constrainAllParameters(new MaxNormConstraint(0.9, 1))
                    .list()
                    .layer(new DenseLayer.Builder()
                            .nIn(Configurations.INPUTS)
                            .nOut(7)
                            .build())
                    .layer(new BatchNormalization.Builder().nIn(7).nOut(7).build())
                    .layer(Networks.output(7, Configurations.CLASSES))
                    .build();
        }

        public static void main(final String... arguments) {
            final MultiLayerNetwork network = Trained.network(configuration());
            try (SharedTraining training = SharedTraining.join(network)) {
                final int restart = training.worker().restart();
                final int last = restart + 1 < arguments.length ? Integer.parseInt(arguments[restart + 1]) : -1;
                network.addListeners(new Steps(training, step -> {
                    if (step == last) {
                        System.out.println("waiting after " + step);
                        while (true) {
                            LockSupport.park();
                        }
                    }
                }));
                training.fit(Trained.iterator(BATCHES), PASSES);
                save(training, Path.of(arguments[0]));
            }
        }
    }

    /**
     * One of several workers that learn what no line separates. After some steps of its own each waits until a file
     * says to go on: two workers have not trained on all batches then, and each of them has made its steps.
     */
    static final class Together {
        static final int PASSES = 6;
        static final int BATCHES = 100;
        static final int SAMPLES = 16;
        static final int STEPS_OF_GATE = 80;

        static MultiLayerConfiguration configuration() {
            return Networks.dense(Networks.builder(DataType.FLOAT, new Adam(0.02)), 2, 8, 2);
        }

        /** The file that opens a gate, counted from 1. */
        static Path gate(final Path directory, final int number) {
            return directory.resolve("go" + number);
        }

        private static DataSet loaded(final List<DataSet> batches) {
            System.out.println("loaded");
            return DataSet.merge(batches);
        }

        public static void main(final String... arguments) {
            final Path directory = Path.of(arguments[0]);
            final MultiLayerNetwork network = Trained.network(configuration());
            final List<DataSet> batches = IntStream.range(0, BATCHES)
                    .mapToObj(i -> Networks.exclusiveOr(DataType.FLOAT, SAMPLES, i))
                    .toList();
            final Map<Float, Integer> numbers = IntStream.range(0, BATCHES)
                    .boxed()
                    .collect(Collectors.toMap(i -> batches.get(i).getFeatures().getFloat(0), i -> i));
            try (SharedTraining training = SharedTraining.join(network)) {
                network.addListeners(new Steps(training, step -> {
                    final int number = numbers.get(network.getInput().getFloat(0));
                    System.out.println("step " + step + "; batch " + number + ";");
                    final int gates = Math.min(2, step / STEPS_OF_GATE);
                    while (gates > 0 && Files.notExists(gate(directory, gates)) && !training.shouldStop()) {
                        LockSupport.parkNanos(1_000_000);
                    }
                }));
                System.out.println("joined");
                training.fit(training.sharedBatches(() -> loaded(batches), SAMPLES), PASSES);
                save(training, directory.resolve("end" + training.worker().rank() + ".zip"));
                System.out.println("ended");
            }
        }
    }

    /**
     * One of several workers that train until they are stopped. Each step's gradient is the same, so that parameters
     * and state are those of a plain fit after as many steps.
     */
    static final class Endless {
        static final int SNAPSHOTS = 6;
        private static final int INPUTS = 1000;
        private static final int STEPS_OF_SNAPSHOT = 25;

        static MultiLayerConfiguration configuration() {
            return Networks.builder(DataType.DOUBLE, new AdaGrad(0.1))
                    .list()
                    .layer(new OutputLayer.Builder(LossFunction.MEAN_ABSOLUTE_ERROR)
                            .nIn(INPUTS)
                            .nOut(1)
                            .activation(Activation.IDENTITY)
                            .build())
                    .build();
        }

        /** So far away that each step goes the same way. */
        static DataSet batch() {
            return new DataSet(
                    Nd4j.ones(DataType.DOUBLE, 1, INPUTS),
                    Nd4j.ones(DataType.DOUBLE, 1, 1).mul(1e12));
        }

        static DataSetIterator iterator() {
            return new ListDataSetIterator<>(Collections.nCopies(20, batch()), 1);
        }

        public static void main(final String... arguments) {
            final Path directory = Path.of(arguments[0]);
            final MultiLayerNetwork network = Trained.network(configuration());
            try (SharedTraining training = SharedTraining.join(network)) {
                final int rank = training.worker().rank();
                network.addListeners(new Steps(training, step -> {
                    if (step % STEPS_OF_SNAPSHOT == 0 && rank == 0 && step / STEPS_OF_SNAPSHOT <= SNAPSHOTS) {
                        save(training, directory.resolve("snapshot" + step + ".zip"));
                    }
                    if (step % STEPS_OF_SNAPSHOT == 0) {
                        System.out.println("step " + step + ";");
                    }
                }));
                training.fit(iterator(), Integer.MAX_VALUE);
                save(training, directory.resolve("end" + rank + ".zip"));
                System.out.println("ended: " + training.shouldStop());
            }
        }
    }
}
