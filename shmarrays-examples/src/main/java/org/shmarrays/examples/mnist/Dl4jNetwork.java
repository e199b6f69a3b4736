package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.ShardedData;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.SpawnOptions;

/** A model of DL4J, whichever of its classes it is of. For one thread. */
interface Dl4jNetwork extends Classifier {
    /** Trains it in workers; afterwards it has the parameters that they have trained. */
    void spawn(ShardedData data, SpawnOptions options);

    /** Its parameters. */
    Map<String, float[]> values();

    /** The same in the segment of its training. */
    Map<String, float[]> values(ShmArrays training);

    /** Saves it, with its updater's state if that belongs to the parameters. */
    void save(Path file, boolean withUpdater) throws IOException;

    /** Probabilities or logits of the digits, {@code [images, 10]}. */
    INDArray output(INDArray images);

    @Override
    default int correct(final Batch batch) {
        final INDArray images = Nd4j.createFromArray(batch.pixels())
                .reshape(batch.capacity(), LabelledImages.PIXELS)
                .get(NDArrayIndex.interval(0, batch.size()), NDArrayIndex.all());
        final int[] digits = output(images).argMax(1).toIntVector();
        int correct = 0;
        for (int i = 0; i < digits.length; i++) {
            correct += digits[i] == batch.labels()[i] ? 1 : 0;
        }
        return correct;
    }

    /** An initialised MultiLayerNetwork, or a SameDiff graph as {@link MnistNetworks#sameDiffMlp}. */
    static Dl4jNetwork of(final Object model) {
        return model instanceof SameDiff graph ? of(graph) : of((MultiLayerNetwork) model);
    }

    /** An initialised network. */
    static Dl4jNetwork of(final MultiLayerNetwork network) {
        return new Dl4jNetwork() {
            private static final String PARAMETERS = "params";

            @Override
            public void spawn(final ShardedData data, final SpawnOptions options) {
                SharedTraining.spawn(network, data, options);
            }

            @Override
            public Map<String, float[]> values() {
                return Map.of(PARAMETERS, network.params().toFloatVector());
            }

            @Override
            public Map<String, float[]> values(final ShmArrays training) {
                return read(training, List.of(PARAMETERS));
            }

            @Override
            public void load(final Map<String, float[]> parameters) {
                network.setParams(
                        Nd4j.createFromArray(parameters.get(PARAMETERS)).reshape(1, -1));
            }

            @Override
            public INDArray output(final INDArray images) {
                return network.output(images);
            }

            @Override
            public void save(final Path file, final boolean withUpdater) throws IOException {
                network.save(file.toFile(), withUpdater);
            }
        };
    }

    /** A graph as {@link MnistNetworks#sameDiffMlp}. */
    static Dl4jNetwork of(final SameDiff graph) {
        return new Dl4jNetwork() {
            @Override
            public void spawn(final ShardedData data, final SpawnOptions options) {
                SharedTraining.spawn(graph, data, options);
            }

            @Override
            public Map<String, float[]> values() {
                final Map<String, float[]> values = new LinkedHashMap<>();
                names().forEach(name -> values.put(
                        name, graph.getVariable(name).getArr().dup('c').data().asFloat()));
                return values;
            }

            @Override
            public Map<String, float[]> values(final ShmArrays training) {
                return read(training, names());
            }

            private List<String> names() {
                return graph.variables().stream()
                        .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                        .map(SDVariable::name)
                        .toList();
            }

            @Override
            public void load(final Map<String, float[]> parameters) {
                parameters.forEach((name, values) -> {
                    final INDArray array = graph.getVariable(name).getArr();
                    array.assign(Nd4j.createFromArray(values).reshape(array.shape()));
                });
            }

            @Override
            public INDArray output(final INDArray images) {
                return graph.outputSingle(Map.of(MnistNetworks.IMAGE, images), MnistNetworks.OUTPUT);
            }

            @Override
            public void save(final Path file, final boolean withUpdater) {
                graph.save(file.toFile(), withUpdater);
            }
        };
    }

    private static Map<String, float[]> read(final ShmArrays training, final List<String> names) {
        final Map<String, float[]> values = new LinkedHashMap<>();
        for (final String name : names) {
            final float[] array = new float[training.array(name).elementCount()];
            training.array(name).readInto(array);
            values.put(name, array);
        }
        return values;
    }
}
