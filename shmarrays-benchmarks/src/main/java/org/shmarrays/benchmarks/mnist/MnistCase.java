package org.shmarrays.benchmarks.mnist;

import java.util.ArrayList;
import java.util.List;

/** A training: model, mode, workers, passes of each worker over the data, and the accuracies whose times are asked for. */
record MnistCase(String model, String mode, int workers, int epochs, List<Double> levels) {
    static List<MnistCase> all() {
        final List<MnistCase> cases = new ArrayList<>();
        for (final String mode : List.of("hogwild", "locked", "atomic", "ordered")) {
            for (final int workers : new int[] {1, 2}) {
                cases.add(new MnistCase("cnn", mode, workers, 10, List.of(0.97, 0.98, 0.99)));
                cases.add(new MnistCase("mlp", mode, workers, 10, List.of(0.97, 0.98)));
                cases.add(new MnistCase("softmax", mode, workers, 10, List.of(0.915)));
            }
        }
        return cases;
    }

    /** With two workers, to the accuracies that both come to. */
    static List<MnistCase> besidePyTorch() {
        return List.of(
                new MnistCase("cnn", "hogwild", 2, 6, List.of(0.97, 0.98)),
                new MnistCase("mlp", "hogwild", 2, 8, List.of(0.97, 0.98)),
                new MnistCase("softmax", "hogwild", 2, 4, List.of(0.915)));
    }

    static List<MnistCase> fewest() {
        return List.of(new MnistCase("softmax", "locked", 1, 1, List.of(0.5)));
    }

    static List<MnistCase> few() {
        return List.of(
                new MnistCase("cnn", "hogwild", 2, 1, List.of()),
                new MnistCase("mlp", "hogwild", 2, 2, List.of(0.97)),
                new MnistCase("mlp", "locked", 2, 2, List.of(0.97)),
                new MnistCase("softmax", "hogwild", 2, 2, List.of(0.915)));
    }
}
