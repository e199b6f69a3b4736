package org.shmarrays.examples.dl4j.accuracy;

/**
 * What one worker has found on its share of the test images.
 *
 * @param stalenessSum over its pushes
 * @param stalenessCount number of its pushes whose staleness is known
 */
record StudyResult(StudyTraining training, int correct, int images, long stalenessSum, long stalenessCount) {
    private static final String SEPARATOR = " ";

    String line() {
        return String.join(
                SEPARATOR, training.toString(), "" + correct, "" + images, "" + stalenessSum, "" + stalenessCount);
    }

    static StudyResult parse(final String line) {
        final String[] parts = line.split(SEPARATOR);
        return new StudyResult(
                StudyTraining.parse(parts[0]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Long.parseLong(parts[3]),
                Long.parseLong(parts[4]));
    }

    /** The same training's result on both shares together. */
    StudyResult plus(final StudyResult other) {
        return new StudyResult(
                training,
                correct + other.correct,
                images + other.images,
                stalenessSum + other.stalenessSum,
                stalenessCount + other.stalenessCount);
    }

    /** In per cent. */
    double accuracy() {
        return 100.0 * correct / images;
    }
}
