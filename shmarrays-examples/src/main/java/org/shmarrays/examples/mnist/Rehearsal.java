package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.update.Updates;
import picocli.CommandLine;

/**
 * Does a little of everything that a training does, in one process: {@code bin/shmarrays} lets the JVM write the classes that
 * were loaded for it into an archive, from which launcher and workers start sooner.
 */
final class Rehearsal {
    private static final int BATCH_SIZE = 2;

    private static final String NAME = "rehearsal";

    private final Settings settings;
    private final LabelledImages images;

    private Rehearsal(final Path directory) {
        settings = Settings.fromProperties().withDirectory(directory).withSlots(1);
        images = shared();
    }

    @SuppressWarnings("try") // the segment is there in the meantime
    private LabelledImages shared() {
        try (RemovalAtEnd removal = SharedImages.removalAtEnd(NAME, settings);
                SharedImages shared = SharedImages.create(MnistData.bundled().test(), removal)) {
            return SharedImages.attach(NAME, Duration.ofMillis(1), settings);
        }
    }

    /**
     * Takes a step with each network, over arrays in each mode.
     *
     * @param arguments an empty directory of the user's own, for the segments; they are removed again
     */
    public static void main(final String... arguments) throws IOException {
        new CommandLine(new MnistCommand()).getUsageMessage();
        final Path directory = Path.of(arguments[0]);
        final Rehearsal rehearsal = new Rehearsal(directory);
        for (final Model model : Model.values()) {
            for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED)) {
                rehearsal.step(model, mode);
            }
        }
        Files.deleteIfExists(directory);
    }

    private void step(final Model model, final Mode mode) {
        final List<ArraySpec> specs = new ArrayList<>();
        for (final ParameterSpec parameter : model.parameters()) {
            specs.add(ArraySpec.of(parameter.name(), ElementType.FLOAT32, parameter.elementCount())
                    .inMode(mode));
        }
        final String name = (model + "-" + mode).toLowerCase(java.util.Locale.ROOT);
        try (ShmArrays arrays = ShmArrays.create(name, specs, settings)) {
            Nd4jArrays.of(arrays).view(specs.get(0).name());
            final Map<String, INDArray> gradients = model.zeros();
            final Network network = model.network(model.zeros(), gradients, BATCH_SIZE, Dropout.of(1, 0));
            final Batch batch = new Batch(BATCH_SIZE);
            new Batches(images, BATCH_SIZE, 1, 0).read(0, batch);
            network.gradient(batch, 0);
            final Map<String, Object> pushed = new LinkedHashMap<>();
            gradients.forEach((parameter, gradient) -> pushed.put(parameter, FloatMemory.of(gradient)));
            arrays.update(pushed, Updates.sgd(1));
            arrays.read();
        } finally {
            ShmArrays.remove(name, settings);
        }
    }
}
