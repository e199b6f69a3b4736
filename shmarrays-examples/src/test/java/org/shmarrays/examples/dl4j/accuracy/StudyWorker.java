package org.shmarrays.examples.dl4j.accuracy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;
import org.shmarrays.examples.dl4j.TrainableModel;
import org.shmarrays.examples.mnist.LabelledImages;
import org.shmarrays.examples.mnist.MnistData;
import org.shmarrays.examples.mnist.MnistDataSets;
import org.shmarrays.layout.Mode;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.worker.Worker;

/**
 * Makes the trainings that its arguments name, one after the other, each in a segment of its own, and writes a
 * {@link StudyResult} for each. All workers train; each evaluates the model on its share of the test images.
 *
 * <p>Arguments: the directory of results, a mode or PLAIN, and the trainings. In a plain run the trainings are divided
 * among the processes, and nothing is shared.
 */
public final class StudyWorker {
    static final String PLAIN = "PLAIN";

    /** How the names of files of results end. */
    static final String RESULTS = ".results";

    private static final int TEST_BATCH = 250;
    private static final Log2Histogram NO_STALENESS = Log2Histogram.ofNumbers(new long[1], 0, 0);

    private final Path results;
    private final String mode;
    private final LabelledImages images = MnistData.bundled().train();
    private final List<DataSet> test;
    private String previous;

    private StudyWorker(final Path results, final String mode) {
        this.results = results;
        this.mode = mode;
        this.test = MnistDataSets.batches(
                MnistData.bundled().test(), MnistDataSets.inOrder(0, StudyTraining.TEST_SAMPLES), TEST_BATCH);
    }

    public static void main(final String... arguments) throws IOException {
        final StudyWorker worker = new StudyWorker(Path.of(arguments[0]), arguments[1]);
        final List<StudyTraining> trainings = List.of(arguments).subList(2, arguments.length).stream()
                .map(StudyTraining::parse)
                .toList();
        final Worker identity = Worker.join();
        if (worker.mode.equals(PLAIN)) {
            for (int i = identity.rank(); i < trainings.size(); i += identity.worldSize()) {
                worker.trainAlone(trainings.get(i), identity);
            }
        } else {
            for (final StudyTraining training : trainings) {
                worker.train(training);
            }
        }
    }

    private void trainAlone(final StudyTraining training, final Worker identity) throws IOException {
        final TrainableModel network = training.create();
        network.fit(batches(training), StudyTraining.EPOCHS);
        write(evaluate(training, network, 0, 1, NO_STALENESS), identity.rank());
    }

    private void train(final StudyTraining training) throws IOException {
        final TrainableModel network = training.create();
        final DataSetIterator batches = batches(training);
        final TrainingOptions options =
                TrainingOptions.defaults().inMode(Mode.valueOf(mode)).withName(training.segmentName());
        try (SharedTraining shared = network.join(options)) {
            final Worker worker = shared.worker();
            worker.barrier(); // all begin at the same time
            removePrevious(shared);
            shared.fit(batches, StudyTraining.EPOCHS);
            write(evaluate(training, network, worker.rank(), worker.worldSize(), staleness(shared)), worker.rank());
        }
    }

    /** Removes the segment of the training before, which all workers have left. */
    private void removePrevious(final SharedTraining present) {
        if (present.worker().rank() == 0 && previous != null) {
            ShmArrays.remove(previous);
        }
        previous = present.arrays().name();
    }

    private static Log2Histogram staleness(final SharedTraining training) {
        return training.arrays().arrays().status().workers().stream()
                .filter(status -> status.rank() == training.worker().rank())
                .findAny()
                .orElseThrow()
                .counters()
                .staleness();
    }

    private DataSetIterator batches(final StudyTraining training) {
        final int[] indexes = MnistDataSets.shuffled(StudyTraining.SAMPLES, training.seed());
        return inputs(training, MnistDataSets.batches(images, indexes, StudyTraining.BATCH));
    }

    private static DataSetIterator inputs(final StudyTraining training, final List<DataSet> batches) {
        return new ExistingDataSetIterator(
                batches.stream().map(training.model()::inputs).toList());
    }

    /** The accuracy on every so many-th batch of the test images. */
    private StudyResult evaluate(
            final StudyTraining training,
            final TrainableModel network,
            final int rank,
            final int workers,
            final Log2Histogram staleness) {
        final List<DataSet> share = new ArrayList<>();
        for (int i = rank; i < test.size(); i += workers) {
            share.add(test.get(i));
        }
        final int count = share.size() * TEST_BATCH;
        final double accuracy = network.evaluate(inputs(training, share)).accuracy();
        return new StudyResult(training, (int) Math.round(accuracy * count), count, staleness.sum(), staleness.count());
    }

    private void write(final StudyResult result, final int rank) throws IOException {
        Files.writeString(
                results.resolve(rank + RESULTS),
                result.line() + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
