package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.shmarrays.layout.AliasSpec;

/** What the seams of DL4J's two classes of networks have in common. */
abstract class NetworkSeam extends ModelSeam {
    private final Model network;
    private final NetworkRanges ranges;
    private final List<AliasSpec> aliases;
    private final List<ConstrainedLayer> constrained;
    private final ReplacedUpdaterListener listener;
    private NetworkListeners joined;
    private OneDnnLayers oneDnn = OneDnnLayers.none();
    private final int ownIteration;
    private final int ownEpoch;
    private INDArray updaterState;
    private INDArray ownParameters;
    private boolean isBound;

    /**
     * The seam of an initialised network.
     *
     * @param updater the network's own
     */
    NetworkSeam(final Model network, final List<ConstrainedLayer> constrained, final BaseMultiLayerUpdater<?> updater) {
        this.network = network;
        this.ranges = NetworkRanges.of(updater);
        this.aliases = FlatParameters.aliases(network.params(), network.paramTable());
        this.constrained = constrained;
        final INDArray state = updater.getStateViewArray();
        updaterState = state == null ? null : state.dup();
        ownParameters = network.params();
        ownIteration = BaseOptimizer.getIterationCount(network);
        ownEpoch = BaseOptimizer.getEpochCount(network);
        listener = new ReplacedUpdaterListener(network, this::checkInstalled);
    }

    /** The network's own updater, which must not be that of a training. */
    static <U extends BaseMultiLayerUpdater<?>> U notJoined(final U updater) {
        if (updater instanceof SharedMultiLayerUpdater || updater instanceof SharedGraphUpdater) {
            throw new IllegalStateException("the network has joined a training already; close that one first");
        }
        return updater;
    }

    @Override
    final Model model() {
        return network;
    }

    @Override
    final NetworkRanges ranges() {
        return ranges;
    }

    @Override
    final List<AliasSpec> aliases() {
        return aliases;
    }

    @Override
    final List<ConstrainedLayer> constrainedLayers() {
        return constrained;
    }

    @Override
    final INDArray updaterState() {
        return updaterState;
    }

    @Override
    final INDArray parameters() {
        return FlatParameters.vector(network.params());
    }

    @Override
    final double score() {
        return network.score();
    }

    @Override
    final long seed() {
        return network.conf().getSeed();
    }

    /** Whether a layer remembers what came before in the sequence: DL4J forgets it at the end of a batch. */
    static boolean hasRecurrentState(final Layer... layers) {
        for (final Layer layer : layers) {
            if (layer instanceof RecurrentLayer recurrent
                    && recurrent.rnnGetTBPTTState() != null
                    && !recurrent.rnnGetTBPTTState().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** What DL4J does in the end of an iteration, after the update: listeners, counts, constraints. */
    final void endIteration(final int iteration, final int epoch) {
        listeners().forEach(each -> each.iterationDone(network, iteration, epoch));
        counts(iteration + 1, epoch);
        network.applyConstraints(iteration + 1, epoch);
    }

    @Override
    final void bind(final INDArray values) {
        isBound = true;
        initialize(values);
    }

    /** Initialises the network a second time, with these parameters. */
    abstract void initialize(INDArray values);

    @Override
    final void install(final StepProtocol protocol) {
        install(protocol, updaterState);
        joined = new NetworkListeners(this, listener, protocol);
        joined.follow();
    }

    @Override
    final void followListeners() {
        joined.follow();
    }

    /** Adds a listener that is no user's. */
    final void addListener(final TrainingListener added) {
        final List<TrainingListener> all = new ArrayList<>(listeners());
        all.add(added);
        setListeners(all);
        joined.follow();
    }

    /** Takes such a listener away, if it is there. */
    final void removeListener(final TrainingListener added) {
        final List<TrainingListener> others = new ArrayList<>(listeners());
        others.removeIf(each -> each == added || each instanceof OnceListener once && once.replaced() == added);
        setListeners(others);
    }

    @Override
    final void beginStep() {
        checkInstalled();
        joined.follow();
    }

    @Override
    final void advanceListeners() {
        joined.advance();
    }

    /**
     * {@link #install(StepProtocol)}.
     *
     * @param state DL4J's flat state, of which only the length matters; null if there is none
     */
    abstract void install(StepProtocol protocol, INDArray state);

    private Layer[] layers() {
        return layers(network);
    }

    @Override
    final void useOneDnn() {
        oneDnn = OneDnnLayers.of(layers());
        oneDnn.begin(layers());
    }

    @Override
    final void refusePretraining() {
        for (final Layer layer : layers()) {
            RefusedPretraining.in(layer);
        }
    }

    @Override
    final void useLeanLayers(final BooleanSupplier isInStep) {
        final BooleanSupplier isUnused = () -> isInStep.getAsBoolean() && LeanDenseLayers.isForFit();
        LeanDenseLayers.begin(network, isUnused);
        LeanDenseLayers.discardInputGradients(network, isUnused);
    }

    @Override
    final void undo() {
        if (isBound) {
            initialize(ownParameters);
        }
        uninstall(updaterState);
        counts(ownIteration, ownEpoch);
    }

    @Override
    final void settle() {
        updaterState = null; // it is in the segment
        ownParameters = null;
    }

    @Override
    final boolean leaveReplaced() {
        if (isInstalled()) {
            return false;
        }
        removeHooks();
        return true;
    }

    @Override
    final void uninstall(final INDArray state) {
        setPlainUpdater(state);
        removeHooks();
    }

    /** Gives the network an updater of its own class, with this state; null for a fresh one, or if it needs none. */
    abstract void setPlainUpdater(INDArray state);

    /** Takes away the accumulator, the listener and the helpers, and lets layers pretrain again. */
    private void removeHooks() {
        removeAccumulator();
        LeanDenseLayers.end(network);
        oneDnn.end(layers());
        oneDnn = OneDnnLayers.none();
        for (final Layer layer : layers()) {
            RefusedPretraining.endIn(layer);
        }
        if (joined != null) {
            joined.restore();
        }
    }

    abstract void removeAccumulator();

    abstract Collection<TrainingListener> listeners();

    abstract void setListeners(Collection<TrainingListener> listeners);

    /** A plain copy, of which the same layers compute by oneDNN. */
    @Override
    final Model copy(final INDArray parameters, final INDArray state, final int iteration, final int epoch) {
        final Model copy = plainCopy(parameters, state, iteration, epoch);
        oneDnn.begin(layers(copy));
        return copy;
    }

    /** The layers of a network of either class. */
    static Layer[] layers(final Model network) {
        return network instanceof ComputationGraph graph
                ? graph.getLayers()
                : ((MultiLayerNetwork) network).getLayers();
    }

    /** {@link #copy}, all of whose layers compute as DL4J has them. */
    abstract Model plainCopy(INDArray parameters, INDArray updaterState, int iteration, int epoch);

    @Override
    final void computeGradient(final MultiDataSet batch) {
        computeGradientAndScore(batch);
        listeners().forEach(each -> each.onGradientCalculation(network));
    }

    /** {@link #computeGradient} without its listeners. */
    abstract void computeGradientAndScore(MultiDataSet batch);
}
