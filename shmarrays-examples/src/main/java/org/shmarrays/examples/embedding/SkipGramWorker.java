package org.shmarrays.examples.embedding;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * A worker of {@link SkipGram}. For each word of its verses it gathers the row of the word from {@code in}, and
 * from {@code out} those of the words around it and of some drawn at random; it pushes gradients of these rows
 * alone.
 */
final class SkipGramWorker {
    private static final int WINDOW = 5;
    private static final int NEGATIVES = 5;
    private static final double LEARNING_RATE = 0.05;

    /** Of words that are more frequent than this, some occurrences are skipped. */
    private static final double FREQUENT = 1e-3;

    private final Corpus corpus;
    private final int[] negatives;
    private SplittableRandom random;
    private final ArrayHandle in;
    private final ArrayHandle out;
    private final UpdateFunction update = Updates.adaGrad(LEARNING_RATE);
    private final int size;
    private final int[] centre = new int[1];
    private final int[] rows = new int[2 * WINDOW * (1 + NEGATIVES)];
    private final float[] hidden;
    private final float[] hiddenGradient;
    private final float[] outputs;
    private final float[] outputGradients;

    private SkipGramWorker(final Corpus corpus, final ShmArrays arrays) {
        this.corpus = corpus;
        this.negatives = negatives(corpus);
        this.in = arrays.array(SkipGram.IN);
        this.out = arrays.array(SkipGram.OUT);
        this.size = in.shape()[1];
        this.hidden = new float[size];
        this.hiddenGradient = new float[size];
        this.outputs = new float[rows.length * size];
        this.outputGradients = new float[rows.length * size];
    }

    /** A table in which each word stands in proportion to the 3/4th power of its count. */
    private static int[] negatives(final Corpus corpus) {
        return IntStream.range(0, corpus.words().size())
                .flatMap(word ->
                        IntStream.generate(() -> word).limit(Math.round(10 * Math.pow(corpus.count(word), 0.75))))
                .toArray();
    }

    /** Trains for as many epochs as the argument says. */
    public static void main(final String... arguments) {
        final int epochs = Integer.parseInt(arguments[0]);
        final Worker worker = Worker.join();
        final Corpus corpus = Corpus.bundled();
        try (ShmArrays arrays = ShmArrays.attach(worker)) {
            final SkipGramWorker trainer = new SkipGramWorker(corpus, arrays);
            final WorkTable work = new WorkTable(arrays, worker, epochs, false);
            for (long position = work.next(); position != WorkTable.NONE; position = work.next()) {
                final long present = position;
                // A checkpoint has all steps of the verse, with their count and the verse that is done, or none.
                arrays.updateTogether(() -> {
                    final double loss = trainer.train(present, corpus.verses().get((int) (present % work.batches())));
                    work.done();
                    worker.countStep(1, loss);
                });
            }
        }
    }

    private int[] sampled(final int[] verse) {
        return Arrays.stream(verse)
                .filter(word -> {
                    final double frequency = (double) corpus.count(word) / corpus.length() / FREQUENT;
                    return random.nextDouble() < 1 / Math.sqrt(frequency);
                })
                .toArray();
    }

    /**
     * Predicts the words around each word of a verse; returns the mean loss.
     *
     * @param position of the verse in the training, on which what is drawn depends, whoever trains on it
     */
    private double train(final long position, final int[] words) {
        random = new SplittableRandom(position);
        final int[] verse = sampled(words);
        double loss = 0;
        for (int i = 0; i < verse.length; i++) {
            final int window = random.nextInt(1, WINDOW + 1);
            int count = 0;
            for (int j = Math.max(0, i - window); j <= Math.min(verse.length - 1, i + window); j++) {
                if (j != i) {
                    rows[count++] = verse[j];
                    for (int n = 0; n < NEGATIVES; n++) {
                        rows[count++] = negatives[random.nextInt(negatives.length)];
                    }
                }
            }
            centre[0] = verse[i];
            loss += count == 0 ? 0 : step(count);
        }
        return verse.length == 0 ? 0 : loss / verse.length;
    }

    /** A step with one word and so many rows of the others: after each right one come its wrong ones. */
    private double step(final int count) {
        in.gather(centre, hidden);
        out.gather(rows, count, outputs);
        Arrays.fill(hiddenGradient, 0);
        double loss = 0;
        for (int row = 0; row < count; row++) {
            final int first = row * size;
            double product = 0;
            for (int k = 0; k < size; k++) {
                product += hidden[k] * outputs[first + k];
            }
            final boolean isRight = row % (1 + NEGATIVES) == 0;
            final double probability = 1 / (1 + Math.exp(-product));
            loss -= Math.log(Math.max(1e-7, isRight ? probability : 1 - probability));
            final float slope = (float) (probability - (isRight ? 1 : 0));
            for (int k = 0; k < size; k++) {
                hiddenGradient[k] += slope * outputs[first + k];
                outputGradients[first + k] = slope * hidden[k];
            }
        }
        in.scatterUpdate(centre, hiddenGradient, update);
        out.scatterUpdate(rows, count, outputGradients, update, Mode.HOGWILD);
        return loss / (count / (1 + NEGATIVES));
    }
}
