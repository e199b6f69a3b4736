package org.shmarrays.examples.dl4j.accuracy;

import org.shmarrays.examples.dl4j.TrainableModel;

/**
 * A training of the study: the same samples in the same order, however many workers share them.
 *
 * @param seed of the model's first values and of the order of the samples
 */
record StudyTraining(StudyModel model, StudyUpdater updater, int seed) {
    static final int SAMPLES = 32_000;
    static final int TEST_SAMPLES = 10_000;
    static final int BATCH = 32;
    static final int EPOCHS = 2;
    private static final int ITERATIONS = EPOCHS * SAMPLES / BATCH;

    TrainableModel create() {
        return model.create(updater.create(model.learningRate(updater), ITERATIONS), seed);
    }

    String segmentName() {
        return toString().replace(':', '-');
    }

    /** {@code MLP:ADAM:1}. */
    static StudyTraining parse(final String text) {
        final String[] parts = text.split(":");
        return new StudyTraining(
                StudyModel.valueOf(parts[0]), StudyUpdater.valueOf(parts[1]), Integer.parseInt(parts[2]));
    }

    @Override
    public String toString() {
        return model + ":" + updater + ":" + seed;
    }
}
