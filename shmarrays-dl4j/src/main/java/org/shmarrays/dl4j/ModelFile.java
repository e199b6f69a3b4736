package org.shmarrays.dl4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.shmarrays.dl4j.ModelConfiguration.Kind;
import org.shmarrays.layout.Mode;

/**
 * Models that travel between processes in a file, with the state of their updaters and their counts. For the thread
 * that the model belongs to.
 */
final class ModelFile {
    static {
        ConfigurationJson.keepRamps();
    }

    private ModelFile() {}

    /** The class of a model. */
    static Kind kind(final Object model) {
        return model instanceof MultiLayerNetwork
                ? Kind.MULTI_LAYER_NETWORK
                : model instanceof ComputationGraph ? Kind.COMPUTATION_GRAPH : Kind.SAME_DIFF;
    }

    /**
     * Throws unless a model can train in other processes.
     *
     * @throws IllegalArgumentException if it can't be shared, or is of a subclass, which no file keeps
     * @throws IllegalStateException if it is not initialised, or has joined a training
     */
    static void check(final Object model, final Mode mode) {
        if (model instanceof MultiLayerNetwork network) {
            JoinChecks.check(network, mode);
            NetworkSeam.notJoined((BaseMultiLayerUpdater<?>) network.getUpdater());
        } else if (model instanceof ComputationGraph graph) {
            JoinChecks.check(graph, mode);
            NetworkSeam.notJoined(graph.getUpdater());
        } else {
            JoinChecks.check((SameDiff) model, mode);
            checkReadable((SameDiff) model);
        }
        if (!model.getClass().getSimpleName().equals(kind(model).label())) {
            throw new IllegalArgumentException("a model file does not keep the class of the model: class="
                    + model.getClass().getName() + "; spawn a " + kind(model).label());
        }
    }

    private static void checkReadable(final SameDiff graph) {
        final String reason = ConfigurationJson.unreadable(graph);
        if (reason != null) {
            throw new IllegalArgumentException("the graph can't travel to another process, because DL4J can't read its"
                    + " TrainingConfig back: " + reason + "; give the class a constructor for Jackson, or start workers"
                    + " with `shmarrays run` and join there");
        }
    }

    /** What the segment of a training keeps of the model. */
    static ModelConfiguration configuration(final Object model) {
        return switch (kind(model)) {
            case MULTI_LAYER_NETWORK ->
                ModelConfiguration.of(
                        kind(model),
                        ((MultiLayerNetwork) model).getLayerWiseConfigurations().toJson());
            case COMPUTATION_GRAPH ->
                ModelConfiguration.of(
                        kind(model),
                        ((ComputationGraph) model).getConfiguration().toJson());
            case SAME_DIFF -> SameDiffConfiguration.of((SameDiff) model);
        };
    }

    /** {@link #write(Object, Path, Consumer)} for a reader that has the model's classes. */
    static void write(final Object model, final Path file) throws IOException {
        write(model, file, type -> {});
    }

    /**
     * Writes a model.
     *
     * @param classes is given the classes that the file's reader must be able to load
     * @throws IllegalArgumentException if its configuration holds an object that is not Serializable
     */
    static void write(final Object model, final Path file, final Consumer<Class<?>> classes) throws IOException {
        switch (kind(model)) {
            case MULTI_LAYER_NETWORK ->
                NetworkParts.of((MultiLayerNetwork) model, classes).write(file);
            case COMPUTATION_GRAPH ->
                NetworkParts.of((ComputationGraph) model, classes).write(file);
            case SAME_DIFF -> {
                Internals.initializeTraining((SameDiff) model);
                ((SameDiff) model).save(file.toFile(), true);
            }
        }
    }

    /** Saves a model without updater state, in DL4J's own format. */
    static void save(final Object model, final Path file) throws IOException {
        if (model instanceof SameDiff graph) {
            graph.save(file.toFile(), false);
        } else {
            ModelSerializer.writeModel((Model) model, file.toFile(), false);
        }
    }

    static Object read(final Kind kind, final Path file) throws IOException {
        return switch (kind) {
            case MULTI_LAYER_NETWORK -> NetworkParts.read(file).toNetwork();
            case COMPUTATION_GRAPH -> NetworkParts.read(file).toGraph();
            case SAME_DIFF -> SameDiff.load(file.toFile(), true);
        };
    }

    /** Joins a training as the model's class does. */
    static SharedTraining join(final Object model, final TrainingOptions options) {
        return switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> SharedTraining.join((MultiLayerNetwork) model, options);
            case COMPUTATION_GRAPH -> SharedTraining.join((ComputationGraph) model, options);
            case SAME_DIFF -> SharedTraining.join((SameDiff) model, options);
        };
    }

    /** Copies parameters, updater state and counts of a file's model into a model of the same configuration. */
    static void copy(final Path file, final Object model) throws IOException {
        switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> NetworkParts.read(file).copyTo((MultiLayerNetwork) model);
            case COMPUTATION_GRAPH -> NetworkParts.read(file).copyTo((ComputationGraph) model);
            case SAME_DIFF -> copy(SameDiff.load(file.toFile(), true), (SameDiff) model);
        }
    }

    private static void copy(final SameDiff from, final SameDiff to) {
        final var trained = from.getUpdaterMap();
        final var updaters = to.getUpdaterMap();
        for (final String variable : SameDiffVariable.names(to)) {
            to.getVariablesArrays().getArray(variable).assign(from.getArrForVarName(variable));
            final Map<String, INDArray> state = states(updaters.get(variable));
            final Map<String, INDArray> trainedState = states(trained.get(variable));
            state.forEach((key, array) -> array.assign(trainedState.get(key)));
        }
        to.getTrainingConfig().setIterationCount(from.getTrainingConfig().getIterationCount());
        to.getTrainingConfig().setEpochCount(from.getTrainingConfig().getEpochCount());
    }

    private static Map<String, INDArray> states(final GradientUpdater<?> updater) {
        return updater.getState();
    }

    /** For how many epochs the model was trained. */
    static long epoch(final Object model) {
        return switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> ((MultiLayerNetwork) model).getEpochCount();
            case COMPUTATION_GRAPH ->
                ((ComputationGraph) model).getConfiguration().getEpochCount();
            case SAME_DIFF -> ((SameDiff) model).getTrainingConfig().getEpochCount();
        };
    }

    /** How often the model was updated. */
    static long iteration(final Object model) {
        return switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> ((MultiLayerNetwork) model).getIterationCount();
            case COMPUTATION_GRAPH -> ((ComputationGraph) model).getIterationCount();
            case SAME_DIFF -> ((SameDiff) model).getTrainingConfig().getIterationCount();
        };
    }
}
