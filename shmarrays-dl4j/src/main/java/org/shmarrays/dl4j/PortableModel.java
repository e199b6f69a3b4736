package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.dl4j.ModelConfiguration.Kind;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.Nd4jArrays;

/**
 * A model as bytes, with its updater state and its counts, for programs that send models to other hosts. Immutable; the
 * models that it makes belong to the thread that asked for them.
 */
public final class PortableModel implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final byte[] bytes;

    private PortableModel(final Kind kind, final byte[] bytes) {
        this.kind = kind;
        this.bytes = bytes;
    }

    private interface FileTask<R> {
        R run(Path file) throws IOException;
    }

    /**
     * A copy of a model.
     *
     * @param model an initialised MultiLayerNetwork or ComputationGraph, or a SameDiff graph with a TrainingConfig
     * @param mode in which it is to train
     * @throws IllegalArgumentException if it can't be trained so, or can't travel
     * @throws IllegalStateException if it is not initialised, or has joined a training
     */
    public static PortableModel of(final Object model, final Mode mode) {
        checkClass(model);
        ModelFile.check(model, mode);
        return inFile(file -> {
            ModelFile.write(model, file);
            return new PortableModel(ModelFile.kind(model), Files.readAllBytes(file));
        });
    }

    private static void checkClass(final Object model) {
        if (!(model instanceof MultiLayerNetwork || model instanceof ComputationGraph || model instanceof SameDiff)) {
            throw new IllegalArgumentException("not a MultiLayerNetwork, ComputationGraph or SameDiff graph: class="
                    + (model == null ? null : model.getClass().getName()));
        }
    }

    /** A new model: a MultiLayerNetwork, a ComputationGraph or a SameDiff graph. */
    public Object newModel() {
        return inFile(file -> {
            Files.write(file, bytes);
            return ModelFile.read(kind, file);
        });
    }

    /** Joins a training with a new model, as {@link SharedTraining#join(MultiLayerNetwork, TrainingOptions)}. */
    public SharedTraining join(final TrainingOptions options) {
        return ModelFile.join(newModel(), options);
    }

    /**
     * The array of a model's parameters in the segment of a training: name, type, shape, and each parameter as an
     * alias.
     */
    public static ArraySpec parametersSpec(final Object model) {
        return Nd4jArrays.specs(Map.of(TrainingSegment.PARAMS, parameters(model)))
                .get(0)
                .withAliases(aliases(model));
    }

    private static List<AliasSpec> aliases(final Object model) {
        if (model instanceof MultiLayerNetwork network) {
            return FlatParameters.aliases(network.params(), network.paramTable());
        }
        if (model instanceof ComputationGraph graph) {
            return FlatParameters.aliases(graph.params(), graph.paramTable());
        }
        return SameDiffVariable.of((SameDiff) model).stream()
                .map(SameDiffVariable::alias)
                .toList();
    }

    /** A copy of a model's parameters in the order of {@link #parametersSpec}, {@code [n]}. */
    public static INDArray parameters(final Object model) {
        checkClass(model);
        if (model instanceof MultiLayerNetwork network) {
            return FlatParameters.vector(network.params()).dup();
        }
        if (model instanceof ComputationGraph graph) {
            return FlatParameters.vector(graph.params()).dup();
        }
        final List<SameDiffVariable> variables = SameDiffVariable.of((SameDiff) model);
        final INDArray all = Nd4j.createUninitializedDetached(
                variables.get(0).array().dataType(),
                variables.get(variables.size() - 1).to());
        variables.forEach(variable -> variable.in(all).assign(variable.array()));
        return all;
    }

    /**
     * Copies parameters into a model.
     *
     * @param parameters {@code [n]}, in the order of {@link #parametersSpec}
     */
    public static void copyParameters(final INDArray parameters, final Object model) {
        checkClass(model);
        if (model instanceof MultiLayerNetwork network) {
            network.params().assign(parameters.reshape(network.params().shape()));
        } else if (model instanceof ComputationGraph graph) {
            graph.params().assign(parameters.reshape(graph.params().shape()));
        } else {
            SameDiffVariable.of((SameDiff) model)
                    .forEach(variable -> variable.array().assign(variable.in(parameters)));
        }
    }

    /** How often a model was updated. */
    public static long iteration(final Object model) {
        checkClass(model);
        return ModelFile.iteration(model);
    }

    /** For how many epochs a model was trained. */
    public static long epoch(final Object model) {
        checkClass(model);
        return ModelFile.epoch(model);
    }

    /** Sets how often a model was updated, and for how many epochs it was trained. */
    public static void counts(final Object model, final long iteration, final long epoch) {
        checkClass(model);
        final int iterations = Math.toIntExact(iteration);
        final int epochs = Math.toIntExact(epoch);
        if (model instanceof MultiLayerNetwork network) {
            network.setIterationCount(iterations);
            network.setEpochCount(epochs);
        } else if (model instanceof ComputationGraph graph) {
            graph.getConfiguration().setIterationCount(iterations);
            graph.getConfiguration().setEpochCount(epochs);
        } else {
            ((SameDiff) model).getTrainingConfig().setIterationCount(iterations);
            ((SameDiff) model).getTrainingConfig().setEpochCount(epochs);
        }
    }

    /**
     * Saves a model, without its updater state, as DL4J's ModelSerializer or {@code SameDiff.save} does.
     *
     * @throws IOException if the file can't be written
     */
    public static void save(final Object model, final Path file) throws IOException {
        checkClass(model);
        ModelFile.save(model, file);
    }

    /** DL4J reads and writes files. */
    private static <R> R inFile(final FileTask<R> task) {
        try {
            final Path file = Files.createTempFile("shmarrays-model", null);
            try {
                return task.run(file);
            } finally {
                Files.delete(file);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot use a temporary file: " + e, e);
        }
    }
}
