package org.shmarrays.dl4j;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The parts of a network in a file of their own. DL4J's zip has the configuration as JSON, which it can't always read
 * back: not with a schedule of a user's that Jackson can't create. Here it is a serialized object.
 *
 * <pre>
 *   length of the configuration (int) | configuration | iteration (int) | epoch (int) | parameters | whether there is
 *   state (boolean) | state
 * </pre>
 *
 * @param state of the updaters, or null if they have none
 */
record NetworkParts(byte[] configuration, int iteration, int epoch, INDArray parameters, INDArray state) {
    /**
     * The parts of a network.
     *
     * @param classes is given the classes of all that is in its configuration
     * @throws IllegalArgumentException if its configuration holds an object that is not Serializable
     */
    static NetworkParts of(final MultiLayerNetwork network, final Consumer<Class<?>> classes) throws IOException {
        return new NetworkParts(
                serialized(network.getLayerWiseConfigurations(), classes),
                network.getIterationCount(),
                network.getEpochCount(),
                network.params(),
                updater(network).getStateViewArray());
    }

    /** {@link #of(MultiLayerNetwork, Consumer)} for a graph. */
    static NetworkParts of(final ComputationGraph graph, final Consumer<Class<?>> classes) throws IOException {
        return new NetworkParts(
                serialized(graph.getConfiguration(), classes),
                graph.getIterationCount(),
                graph.getEpochCount(),
                graph.params(),
                graph.getUpdater().getStateViewArray());
    }

    private static BaseMultiLayerUpdater<?> updater(final MultiLayerNetwork network) {
        return (BaseMultiLayerUpdater<?>) network.getUpdater();
    }

    private static byte[] serialized(final Serializable configuration, final Consumer<Class<?>> classes)
            throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ClassNotingStream(bytes, classes)) {
            out.writeObject(configuration);
        } catch (final NotSerializableException | InvalidClassException e) {
            throw new IllegalArgumentException(
                    "the configuration of the model holds an object that can't travel to another process: class="
                            + e.getMessage() + "; make it Serializable, or start workers with `shmarrays run` and join"
                            + " there",
                    e);
        }
        return bytes.toByteArray();
    }

    void write(final Path file) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(configuration.length);
            out.write(configuration);
            out.writeInt(iteration);
            out.writeInt(epoch);
            Nd4j.write(parameters, out);
            out.writeBoolean(state != null);
            if (state != null) {
                Nd4j.write(state, out);
            }
        }
    }

    static NetworkParts read(final Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            final byte[] configuration = in.readNBytes(in.readInt());
            final int iteration = in.readInt();
            final int epoch = in.readInt();
            final INDArray parameters = Nd4j.read(in);
            return new NetworkParts(
                    configuration, iteration, epoch, parameters, in.readBoolean() ? Nd4j.read(in) : null);
        }
    }

    MultiLayerNetwork toNetwork() throws IOException {
        final MultiLayerConfiguration conf = deserialized(MultiLayerConfiguration.class);
        final MultiLayerNetwork network = new MultiLayerNetwork(conf);
        network.init();
        copyTo(network);
        return network;
    }

    ComputationGraph toGraph() throws IOException {
        final ComputationGraph graph = new ComputationGraph(deserialized(ComputationGraphConfiguration.class));
        graph.init();
        copyTo(graph);
        return graph;
    }

    private <T> T deserialized(final Class<T> type) throws IOException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(configuration))) {
            return type.cast(in.readObject());
        } catch (final ClassNotFoundException e) {
            throw new IllegalStateException(
                    "a class of the model's configuration is not on the class path of the workers: class="
                            + e.getMessage() + ", classPath=" + System.getProperty("java.class.path"),
                    e);
        }
    }

    /** Copies parameters, state and counts into a network of the same configuration. */
    void copyTo(final MultiLayerNetwork network) {
        network.setParams(parameters);
        copyState(updater(network));
        network.setIterationCount(iteration);
        network.setEpochCount(epoch);
    }

    /** {@link #copyTo(MultiLayerNetwork)} for a graph. */
    void copyTo(final ComputationGraph graph) {
        graph.setParams(parameters);
        copyState(graph.getUpdater());
        graph.getConfiguration().setIterationCount(iteration);
        graph.getConfiguration().setEpochCount(epoch);
    }

    private void copyState(final BaseMultiLayerUpdater<?> updater) {
        if (state != null) {
            updater.getStateViewArray().assign(state);
        }
    }
}
