package org.shmarrays.dl4j;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.ArrayHolder;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.learning.GradientUpdater;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.Names;

// Over 300 lines: implements each hook of a seam for a graph, with what installs it and takes it back.
/**
 * The seam of a SameDiff graph. DL4J updates a graph's variables one by one, in the middle of backpropagation. In a
 * joined graph that collects the gradient instead, and the push comes after the last variable's, so that a step is one
 * push here too.
 */
final class SameDiffSeam extends ModelSeam {
    private static final String GRADIENTS = "grad";

    private final SameDiff graph;
    private final SameDiffParameters flat;
    private final List<SameDiffVariable> variables;
    private final INDArray gradient;
    private final ArrayHolder ownHolder;
    private final Map<String, GradientUpdater<?>> ownUpdaters = new HashMap<>();
    private INDArray parameters;
    private SharedTrainingConfig config;
    private SharedArrayHolder holder;
    private SameDiffStep step;
    private SameDiffView view;
    private SameDiffListeners listeners;
    private StepProtocol protocol;
    private SameDiff boundGradients;

    /** The seam of a graph that {@link JoinChecks} accepts. */
    SameDiffSeam(final SameDiff graph) {
        this.graph = graph;
        Internals.initializeTraining(graph);
        variables = SameDiffVariable.of(graph);
        flat = new SameDiffParameters(
                variables, SameDiffVariable.trained(graph, gradients()), graph.getTrainingConfig());
        gradient = flat.zeros();
        parameters = flat.zeros();
        ownHolder = graph.getVariablesArrays();
        final var updaters = graph.getUpdaterMap();
        for (final SameDiffVariable variable : variables) {
            variable.in(parameters).assign(variable.array());
            ownUpdaters.put(variable.name(), updaters.get(variable.name()));
        }
    }

    private SameDiff gradients() {
        if (graph.getFunction(GRADIENTS) == null) {
            graph.createGradFunction();
        }
        return graph.getFunction(GRADIENTS);
    }

    @Override
    SameDiff model() {
        return graph;
    }

    @Override
    NetworkRanges ranges() {
        return flat.ranges();
    }

    @Override
    ModelConfiguration configuration() {
        return SameDiffConfiguration.of(graph);
    }

    @Override
    boolean isTruncated() {
        return false;
    }

    @Override
    boolean continuesBatch() {
        return false;
    }

    @Override
    List<AliasSpec> aliases() {
        return variables.stream().map(SameDiffVariable::alias).toList();
    }

    @Override
    List<ConstrainedLayer> constrainedLayers() {
        return List.of();
    }

    @Override
    INDArray updaterState() {
        final List<INDArray> arrays = flat.stateArrays();
        toArrays(arrays);
        return flat.toFlat(arrays);
    }

    /** Copies the state of the graph's own updaters. */
    private void toArrays(final List<INDArray> arrays) {
        for (final SameDiffVariable variable : variables) {
            final Map<String, INDArray> own = ownUpdaters.get(variable.name()).getState();
            flat.states(variable, arrays).forEach((key, state) -> state.assign(own.get(key)));
        }
    }

    @Override
    INDArray parameters() {
        return parameters;
    }

    @Override
    INDArray gradient() {
        return gradient;
    }

    @Override
    void bind(final INDArray values) {
        parameters = values;
    }

    @Override
    void install(final StepProtocol newProtocol) {
        protocol = newProtocol;
        final TrainingConfig own = graph.getTrainingConfig();
        step = new SameDiffStep(this, protocol, flat.trained(), gradient);
        listeners = new SameDiffListeners(graph, new SameDiffListener(this, step), this, protocol.segment());
        holder = new SharedArrayHolder(ownHolder, graph.getConstantArrays(), variables, parameters);
        config = new SharedTrainingConfig(own, InertRegularizations.of(own.getRegularization(), step::addScore), this);
        graph.setArrayHolders(holder, graph.getConstantArrays(), false);
        final var updaters = graph.getUpdaterMap();
        for (final SameDiffVariable variable : variables) {
            updaters.put(
                    variable.name(),
                    new GradientCollector(
                            variable.name(),
                            own.getUpdater(),
                            step,
                            variable.in(gradient),
                            () -> flat.states(
                                    variable, flat.stateArrays(protocol.values().updaterState()))));
        }
        graph.setTrainingConfig(config);
        view = new SameDiffView(graph, flat, holder, config, step);
        bindGradients();
        listeners.follow();
    }

    /** Called when a fit begins: a graph's setListeners has taken the training's own listener away. */
    @Override
    void followListeners() {
        listeners.follow();
    }

    @Override
    void advanceListeners() {
        listeners.advance();
    }

    /** The gradient function, which DL4J makes again after some changes, has arrays of its own. */
    private void bindGradients() {
        final SameDiff gradients = gradients();
        for (final SameDiffVariable variable : variables) {
            gradients.getVariablesArrays().setArray(variable.name(), holder.getArray(variable.name()));
        }
        boundGradients = gradients;
    }

    /** Throws if the graph was changed so that it can't go on. */
    void fitBegins() {
        checkInstalled();
        final Set<String> names = SameDiffVariable.names(graph);
        for (final String name : names) {
            if (!ownUpdaters.containsKey(name)) {
                throw changed("a variable was added", name);
            }
        }
        for (final SameDiffVariable variable : variables) {
            if (!names.contains(variable.name())) {
                throw changed("a variable was removed", variable.name());
            }
        }
        if (boundGradients != gradients()) {
            final Set<String> now = SameDiffVariable.trained(graph, gradients());
            for (final String name : names) {
                if (now.contains(name) != flat.trained().contains(name)) {
                    throw changed("the loss was changed, and depends on other variables now", name);
                }
            }
            bindGradients();
        }
    }

    private static IllegalStateException changed(final String what, final String variable) {
        return new IllegalStateException(what + " since the graph joined the training: variable="
                + Names.printable(variable) + "; close the training, and join again");
    }

    @Override
    boolean isInstalled() {
        return graph.getTrainingConfig() == config && graph.getVariablesArrays() == holder;
    }

    @Override
    String howReplaced() {
        return "its TrainingConfig or its array holders were replaced: setTrainingConfig() and setArrayHolders() do"
                + " that";
    }

    /** Names of the arrays that are the loss. */
    List<String> losses() {
        return graph.getLossVariables();
    }

    boolean isStepUnderWay() {
        return step.isUnderWay();
    }

    @Override
    void uninstall(final INDArray updaterState) {
        final List<INDArray> arrays;
        if (updaterState == null) {
            arrays = flat.stateArrays();
            toArrays(arrays); // of what the graph came with: the shared state could not be read
        } else {
            arrays = flat.stateArrays(updaterState);
        }
        for (final SameDiffVariable variable : variables) {
            ownHolder.getArray(variable.name()).assign(variable.in(parameters));
            final Map<String, INDArray> ownState =
                    ownUpdaters.get(variable.name()).getState();
            flat.states(variable, arrays)
                    .forEach((key, state) -> ownState.get(key).assign(state));
        }
        undo();
    }

    @Override
    void undo() {
        final SameDiff gradients = graph.getFunction(GRADIENTS);
        final var updaters = graph.getUpdaterMap();
        graph.setArrayHolders(ownHolder, graph.getConstantArrays(), false);
        for (final SameDiffVariable variable : variables) {
            if (gradients != null && gradients.hasVariable(variable.name())) {
                gradients.getVariablesArrays().setArray(variable.name(), variable.array());
            }
            updaters.put(variable.name(), ownUpdaters.get(variable.name()));
        }
        if (config != null && graph.getTrainingConfig() == config) {
            graph.setTrainingConfig(config.own());
        }
        if (listeners != null) {
            listeners.restore();
        }
    }

    @Override
    double score() {
        return step.score();
    }

    @Override
    int iteration() {
        return counting().getIterationCount();
    }

    @Override
    int epoch() {
        return counting().getEpochCount();
    }

    @Override
    void counts(final int iteration, final int epoch) {
        counting().setIterationCount(iteration);
        counting().setEpochCount(epoch);
    }

    private TrainingConfig counting() {
        return config == null ? graph.getTrainingConfig() : config;
    }

    @Override
    void fit(final DataSetIterator iterator) {
        if (!iterator.hasNext() && iterator.resetSupported()) {
            iterator.reset();
        }
        fitOrCount(iterator.hasNext(), () -> graph.fit(iterator, 1));
    }

    @Override
    void fit(final MultiDataSetIterator iterator) {
        if (!iterator.hasNext() && iterator.resetSupported()) {
            iterator.reset();
        }
        fitOrCount(iterator.hasNext(), () -> graph.fit(iterator, 1));
    }

    /** A pass without a batch counts, though DL4J's fit fails on it. */
    private void fitOrCount(final boolean hasBatch, final Runnable fit) {
        if (hasBatch) {
            fit.run();
        } else {
            config.incrementEpochCount();
        }
    }

    @Override
    void fit(final DataSet batch) {
        graph.fit(batch.toMultiDataSet());
    }

    @Override
    void fit(final MultiDataSet batch) {
        graph.fit(batch);
    }

    /** By the graph's own fit, without the push. */
    @Override
    void computeGradient(final MultiDataSet batch) {
        step.held(() -> graph.fit(batch));
    }

    /** Only pushes, because listeners have been called, and the iteration counted, when the gradient was computed. */
    @Override
    void applyGradient() {
        step.push();
    }

    /** A graph's configuration has no seed. */
    @Override
    long seed() {
        return 0;
    }

    /** What the graph's own library reads from its file. */
    @Override
    SameDiff copy(final INDArray values, final INDArray updaterState, final int iteration, final int epoch) {
        final ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            write(file, values, updaterState, iteration, epoch);
            return SameDiff.fromFlatBuffers(ByteBuffer.wrap(file.toByteArray()));
        } catch (final IOException e) {
            throw new UncheckedIOException("DL4J can't copy the graph", e);
        }
    }

    @Override
    void write(
            final OutputStream to,
            final INDArray values,
            final INDArray updaterState,
            final int iteration,
            final int epoch)
            throws IOException {
        view.show(
                values,
                updaterState,
                iteration,
                epoch,
                () -> Channels.newChannel(to).write(graph.asFlatBuffers(true)));
    }

    /**
     * Lets a listener that is called once for the training look at the graph.
     *
     * @param readsModel whether it may look at values, which then are all of one moment
     * @param later the iteration that the graph shows, relative to the number of those that are done
     * @param epoch that the graph shows
     */
    void show(final boolean readsModel, final int later, final int epoch, final Consumer<SameDiff> look) {
        if (!readsModel) {
            look.accept(graph);
            return;
        }
        final INDArray values = parameters.ulike();
        final SharedValues.Contents contents = protocol.values().contents(values);
        try {
            view.show(values, contents.updaterState(), contents.iteration() + later, epoch, () -> look.accept(graph));
        } catch (final IOException e) {
            throw new UncheckedIOException("DL4J can't write the graph", e);
        }
    }
}
