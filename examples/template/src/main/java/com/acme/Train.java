package com.acme;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.shmarrays.dl4j.SharedTraining;

/**
 * A worker: it trains the network together with the other workers of its run. Without a launcher it is the only one.
 */
public final class Train {
    private static final int EPOCHS = 10;

    private Train() {}

    /** The first argument is the file in which the trained network is saved, by default {@code model.zip}. */
    public static void main(final String... arguments) throws IOException {
        final Path file = Path.of(arguments.length == 0 ? "model.zip" : arguments[0]);
        final MultiLayerNetwork network = Model.create();

        try (SharedTraining training = SharedTraining.join(network)) {
            training.fit(Points.ofSeed(1).batches(), EPOCHS);
            if (training.worker().rank() == 0) {
                training.save(file);
            }
            System.out.println("steps of all workers: " + training.iteration());
        }

        System.out.printf(Locale.ROOT, "test accuracy: %.3f%n", Points.ofSeed(2).accuracy(network));
    }
}
