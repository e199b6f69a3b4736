package org.shmarrays.dl4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.shmarrays.dl4j.ModelConfiguration.Kind;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Printable;

/**
 * Models that travel between processes in a file, as DL4J writes it, with the state of their updaters and their counts.
 * For the thread that the model belongs to.
 */
final class ModelFile {
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
     * @throws IllegalArgumentException if it can't be shared, is of a subclass, which no file keeps, or can't be read
     *     from a file
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
        }
        if (!model.getClass().getSimpleName().equals(kind(model).label())) {
            throw new IllegalArgumentException("a model file does not keep the class of the model: class="
                    + model.getClass().getName() + "; spawn a " + kind(model).label());
        }
        checkReadable(model);
    }

    /** Such as a RampSchedule can be written as JSON, but not read. */
    private static void checkReadable(final Object model) {
        try {
            if (model instanceof MultiLayerNetwork network) {
                MultiLayerConfiguration.fromJson(
                        network.getLayerWiseConfigurations().toJson());
            } else if (model instanceof ComputationGraph graph) {
                ComputationGraphConfiguration.fromJson(graph.getConfiguration().toJson());
            }
        } catch (final RuntimeException e) {
            throw new IllegalArgumentException(
                    "DL4J can't read the configuration of the model from a file, so that it can't travel to another"
                            + " process: "
                            + Printable.text(String.valueOf(e.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""))
                            + "; leave out what can't be read, such as a RampSchedule, or start workers with `shmarrays"
                            + " run` and join there",
                    e);
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

    static void write(final Object model, final Path file) throws IOException {
        switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> ModelSerializer.writeModel((MultiLayerNetwork) model, file.toFile(), true);
            case COMPUTATION_GRAPH -> ModelSerializer.writeModel((ComputationGraph) model, file.toFile(), true);
            case SAME_DIFF -> {
                Internals.initializeTraining((SameDiff) model);
                ((SameDiff) model).save(file.toFile(), true);
            }
        }
    }

    static Object read(final Kind kind, final Path file) throws IOException {
        return switch (kind) {
            case MULTI_LAYER_NETWORK -> ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
            case COMPUTATION_GRAPH -> ModelSerializer.restoreComputationGraph(file.toFile(), true);
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
        final Object trained = read(kind(model), file);
        switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> copy((MultiLayerNetwork) trained, (MultiLayerNetwork) model);
            case COMPUTATION_GRAPH -> copy((ComputationGraph) trained, (ComputationGraph) model);
            case SAME_DIFF -> copy((SameDiff) trained, (SameDiff) model);
        }
    }

    private static void copy(final MultiLayerNetwork from, final MultiLayerNetwork to) {
        to.setParams(from.params());
        copyState((BaseMultiLayerUpdater<?>) from.getUpdater(), (BaseMultiLayerUpdater<?>) to.getUpdater());
        to.setIterationCount(from.getIterationCount());
        to.setEpochCount(from.getEpochCount());
    }

    private static void copy(final ComputationGraph from, final ComputationGraph to) {
        to.setParams(from.params());
        copyState(from.getUpdater(), to.getUpdater());
        to.getConfiguration().setIterationCount(from.getIterationCount());
        to.getConfiguration().setEpochCount(from.getEpochCount());
    }

    private static void copyState(final BaseMultiLayerUpdater<?> from, final BaseMultiLayerUpdater<?> to) {
        final INDArray state = from.getStateViewArray();
        if (state != null) {
            to.getStateViewArray().assign(state);
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

    /** How often the model was updated. */
    static long iteration(final Object model) {
        return switch (kind(model)) {
            case MULTI_LAYER_NETWORK -> ((MultiLayerNetwork) model).getIterationCount();
            case COMPUTATION_GRAPH -> ((ComputationGraph) model).getIterationCount();
            case SAME_DIFF -> ((SameDiff) model).getTrainingConfig().getIterationCount();
        };
    }
}
