package org.shmarrays.dl4j;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.ArrayHolder;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.Names;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.nd4j.UpdaterSlice.Objective;

// Over 300 lines: implements each hook of a seam for a graph.
/**
 * The seam of a SameDiff graph. DL4J updates a graph's variables one by one, in the middle of backpropagation. In a
 * joined graph that collects the gradient instead, and the push comes after the last variable's, so that a step is one
 * push here too.
 */
final class SameDiffSeam extends ModelSeam {
    private static final String GRADIENTS = "grad";

    private final SameDiff graph;
    private final List<SameDiffVariable> variables;
    private final List<String> stateKeys;
    private final Set<String> trained;
    private final NetworkRanges ranges;
    private final DataType type;
    private final INDArray gradient;
    private final ArrayHolder ownHolder;
    private final Map<String, GradientUpdater<?>> ownUpdaters = new HashMap<>();
    private INDArray parameters;
    private SharedTrainingConfig config;
    private SharedArrayHolder holder;
    private SameDiffStep step;
    private SameDiffListeners listeners;
    private StepProtocol protocol;
    private SameDiff boundGradients;

    /** The seam of a graph that {@link JoinChecks} accepts. */
    SameDiffSeam(final SameDiff graph) {
        this.graph = graph;
        Internals.initializeTraining(graph);
        final TrainingConfig configured = graph.getTrainingConfig();
        variables = SameDiffVariable.of(graph);
        stateKeys = UpdaterSlice.stateKeys(configured.getUpdater());
        trained = SameDiffVariable.trained(graph, gradients());
        ranges = ranges(configured);
        type = variables.get(0).array().dataType();
        gradient = zeros();
        parameters = zeros();
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

    /** A range for each run of variables that get a gradient, and for each of those that get none. */
    private NetworkRanges ranges(final TrainingConfig configured) {
        final List<UpdaterRange> runs = new ArrayList<>();
        int first = 0;
        for (int i = 1; i <= variables.size(); i++) {
            if (i == variables.size() || isTrained(i) != isTrained(first)) {
                runs.add(range(
                        configured,
                        variables.get(first).from(),
                        variables.get(i - 1).to(),
                        isTrained(first)));
                first = i;
            }
        }
        return new NetworkRanges(runs, configured.isMinimize() ? Objective.MINIMIZE : Objective.MAXIMIZE);
    }

    private boolean isTrained(final int variable) {
        return trained.contains(variables.get(variable).name());
    }

    private UpdaterRange range(final TrainingConfig configured, final int from, final int to, final boolean isUpdated) {
        final List<Regularization> regularizations =
                configured.getRegularization() == null ? List.of() : List.copyOf(configured.getRegularization());
        return new UpdaterRange(
                from,
                to,
                configured.getUpdater(),
                stateKeys.size(),
                (long) from * stateKeys.size(),
                !isUpdated,
                List.of(new UpdaterRange.Parameter(from, to, regularizations)));
    }

    private INDArray zeros() {
        return Nd4j.createUninitializedDetached(
                        type, variables.get(variables.size() - 1).to())
                .assign(0);
    }

    @Override
    SameDiff model() {
        return graph;
    }

    @Override
    NetworkRanges ranges() {
        return ranges;
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
        final List<INDArray> arrays = stateArrays();
        toArrays(arrays);
        return new StateLayout(ranges).toFlat(arrays, type);
    }

    /** Copies the state of the graph's own updaters. */
    private void toArrays(final List<INDArray> arrays) {
        for (final SameDiffVariable variable : variables) {
            final Map<String, INDArray> own = ownUpdaters.get(variable.name()).getState();
            states(variable, arrays).forEach((key, state) -> state.assign(own.get(key)));
        }
    }

    private List<INDArray> stateArrays() {
        return stateKeys.stream().map(key -> zeros()).toList();
    }

    private List<INDArray> stateArrays(final INDArray flat) {
        final List<INDArray> arrays = stateArrays();
        new StateLayout(ranges).toArrays(flat, arrays);
        return arrays;
    }

    /** A variable's parts of the state arrays, by key. */
    private Map<String, INDArray> states(final SameDiffVariable variable, final List<INDArray> arrays) {
        final Map<String, INDArray> states = new LinkedHashMap<>();
        final Iterator<INDArray> array = arrays.iterator();
        stateKeys.forEach(key -> states.put(key, variable.in(array.next())));
        return states;
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
        step = new SameDiffStep(this, protocol, trained, gradient);
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
                            () -> states(variable, stateArrays(protocol.values().updaterState()))));
        }
        graph.setTrainingConfig(config);
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
                if (now.contains(name) != trained.contains(name)) {
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
            arrays = stateArrays();
            toArrays(arrays); // of what the graph came with: the shared state could not be read
        } else {
            arrays = stateArrays(updaterState);
        }
        for (final SameDiffVariable variable : variables) {
            ownHolder.getArray(variable.name()).assign(variable.in(parameters));
            final Map<String, INDArray> ownState =
                    ownUpdaters.get(variable.name()).getState();
            states(variable, arrays).forEach((key, state) -> ownState.get(key).assign(state));
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

    /** A pass without a batch counts, though DL4J's fit fails on it. */
    @Override
    void fit(final DataSetIterator iterator) {
        if (!iterator.hasNext() && iterator.resetSupported()) {
            iterator.reset();
        }
        if (iterator.hasNext()) {
            graph.fit(iterator, 1);
        } else {
            config.incrementEpochCount();
        }
    }

    @Override
    void fit(final MultiDataSetIterator iterator) {
        if (!iterator.hasNext() && iterator.resetSupported()) {
            iterator.reset();
        }
        if (iterator.hasNext()) {
            graph.fit(iterator, 1);
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
        show(
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
            show(values, contents.updaterState(), contents.iteration() + later, epoch, () -> look.accept(graph));
        } catch (final IOException e) {
            throw new UncheckedIOException("DL4J can't write the graph", e);
        }
    }

    /** What is done while a graph shows something. */
    private interface Look {
        void run() throws IOException;
    }

    /** The graph holds these values, state and counts, as one that trains alone, while something looks at it. */
    private void show(
            final INDArray values, final INDArray updaterState, final int iteration, final int epoch, final Look look)
            throws IOException {
        final List<INDArray> arrays = stateArrays(updaterState);
        final var updaters = graph.getUpdaterMap();
        final Map<String, GradientUpdater<?>> collectors = new HashMap<>();
        for (final SameDiffVariable variable : variables) {
            collectors.put(variable.name(), updaters.get(variable.name()));
        }
        final TrainingConfig own = config.own();
        own.setIterationCount(iteration);
        own.setEpochCount(epoch);
        try {
            graph.setArrayHolders(
                    new SharedArrayHolder(holder, graph.getConstantArrays(), variables, values),
                    graph.getConstantArrays(),
                    false);
            for (final SameDiffVariable variable : variables) {
                updaters.put(
                        variable.name(),
                        new GradientCollector(
                                variable.name(), own.getUpdater(), step, null, () -> states(variable, arrays)));
            }
            graph.setTrainingConfig(own);
            look.run();
        } finally {
            graph.setTrainingConfig(config);
            collectors.forEach(updaters::put);
            graph.setArrayHolders(holder, graph.getConstantArrays(), false);
        }
    }
}
