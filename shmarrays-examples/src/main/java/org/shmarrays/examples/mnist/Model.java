package org.shmarrays.examples.mnist;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.ShmArrays;

/** The networks: what parameters each has, how they begin, and how one is built over arrays that hold them. */
public enum Model implements Trainable {
    /** Softmax regression, 784-10: no hidden layer, about 92.5 %. */
    SOFTMAX(SoftmaxNetwork.PARAMETERS),
    /** A multilayer perceptron, 784-128-10 with ReLU: about 98 %. */
    MLP(MlpNetwork.PARAMETERS),
    /** A convolutional network with dropout, that of PyTorch's Hogwild example: about 99 %. */
    CNN(CnnNetwork.PARAMETERS);

    private final List<ParameterSpec> parameters;

    Model(final List<ParameterSpec> parameters) {
        this.parameters = parameters;
    }

    @Override
    public double learningRate() {
        return this == CNN ? 0.01 : 0.1;
    }

    @Override
    public double momentum() {
        return this == CNN ? 0.5 : 0;
    }

    @Override
    public long parameterCount() {
        return parameters.stream().mapToLong(ParameterSpec::elementCount).sum();
    }

    /** The model as snapshots are evaluated with it. */
    Classifier classifier(final int batchSize) {
        final Map<String, INDArray> arrays = zeros();
        final Network network = network(arrays, zeros(), batchSize, Dropout.off());
        return new Classifier() {
            @Override
            public void load(final Map<String, float[]> values) {
                values.forEach((name, array) -> FloatMemory.of(arrays.get(name)).write(array));
            }

            @Override
            public int correct(final Batch batch) {
                return CrossEntropy.correct(network.logits(batch), batch);
            }
        };
    }

    /** The parameters, first layer first. */
    public List<ParameterSpec> parameters() {
        return parameters;
    }

    /** Private zeroed arrays of the parameters' shapes: for gradients, or for a training without sharing. */
    public Map<String, INDArray> zeros() {
        final Map<String, INDArray> arrays = new LinkedHashMap<>();
        for (final ParameterSpec parameter : parameters) {
            arrays.put(parameter.name(), Nd4j.create(DataType.FLOAT, parameter.dimensions(), 'c'));
        }
        return arrays;
    }

    /**
     * Gives the parameters their initial values: uniform in ±1/√fanIn, weights and biases, as PyTorch does.
     *
     * @param arrays the parameters by name, row-major; others are left alone.
     * @param seed the same seed, the same values.
     */
    public void initialise(final Map<String, INDArray> arrays, final long seed) {
        for (int i = 0; i < parameters.size(); i++) {
            final ParameterSpec parameter = parameters.get(i);
            final SplittableRandom random = new SplittableRandom(Seeds.mix(seed, Seeds.INITIALISATION, i, 0));
            final double bound = 1 / Math.sqrt(parameter.fanIn());
            final float[] values = new float[parameter.elementCount()];
            for (int j = 0; j < values.length; j++) {
                values[j] = (float) ((2 * random.nextDouble() - 1) * bound);
            }
            FloatMemory.of(arrays, parameter).write(values);
        }
    }

    /** Writes the same values into the segment of a training. */
    void initialise(final ShmArrays arrays, final long seed) {
        final Map<String, INDArray> initial = zeros();
        initialise(initial, seed);
        final Map<String, FloatMemory> values = new LinkedHashMap<>();
        initial.forEach((parameter, array) -> values.put(parameter, FloatMemory.of(array)));
        arrays.write(values);
    }

    /**
     * Builds the network.
     *
     * @param parameters by name; views of shared memory are read in place.
     * @param gradients by name, of the same shapes: where {@link Network#gradient} leaves its result.
     * @param batchSize the capacity of the batches it will be given.
     * @param dropout of the layers that have one; {@link Dropout#off()} for none.
     * @throws IllegalArgumentException if an array is missing, is not float32, has another shape or is not row-major and
     *     contiguous.
     * @throws IllegalStateException if ND4J runs on another backend than the CPU's.
     */
    public Network network(
            final Map<String, INDArray> parameters,
            final Map<String, INDArray> gradients,
            final int batchSize,
            final Dropout dropout) {
        if (Nd4j.getExecutioner().type() != ExecutionerType.NATIVE_CPU) {
            throw new IllegalStateException("networks copy to and from the arrays' own memory, which only ND4J's CPU"
                    + " backend has in this process: backend="
                    + Nd4j.getExecutioner().type()
                    + "; put nd4j-native on the class path");
        }
        return switch (this) {
            case SOFTMAX -> new SoftmaxNetwork(parameters, gradients, batchSize);
            case MLP -> new MlpNetwork(parameters, gradients, batchSize);
            case CNN -> new CnnNetwork(parameters, gradients, batchSize, dropout);
        };
    }
}
