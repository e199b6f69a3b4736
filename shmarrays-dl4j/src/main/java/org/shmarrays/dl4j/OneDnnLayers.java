package org.shmarrays.dl4j;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.config.DL4JSystemProperties;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.layers.LayerHelper;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.layout.Names;

/**
 * The layers of a network that compute by oneDNN. DL4J's own way through a convolution is an im2col of its own and a
 * matrix product, through a batch normalisation a dozen operations; oneDNN's operations are several times faster. DL4J
 * 1.0.0-M2.1 has helpers that call them, and a field for one in each layer, but leaves the field empty: it looks for
 * oneDNN under a class name that is gone. Here the field is set.
 *
 * <p>A layer has a helper only if all of this holds: DL4J has set none itself; the layer is of a class below, and of no
 * subclass; no {@linkplain OneDnnRules rule} excludes its configuration; and a {@linkplain OneDnnCheck trial}, with
 * helper and without, gives the same. The verdict is found once, when the network joins or is attached, and is kept by
 * the layer's place in the network, so that copies of the network get helpers without a trial.
 *
 * <p>Pooling needs no helper of DL4J's, whose own way calls the same operation of oneDNN. Max pooling gets {@linkplain
 * LeanMaxPooling one of our own} for its backward pass.
 *
 * <p>Helpers keep state between the passes of a layer, so that each layer has one of its own, and a network belongs to
 * one thread at a time.
 */
final class OneDnnLayers {
    private static final System.Logger LOGGER = System.getLogger(OneDnnLayers.class.getName());

    /** The places of the layers that compute by oneDNN. */
    private final BitSet places = new BitSet();

    private OneDnnLayers() {}

    /** No layers. */
    static OneDnnLayers none() {
        return new OneDnnLayers();
    }

    /** The layers of a network that may compute by oneDNN; none if ND4J has no oneDNN here. */
    static OneDnnLayers of(final Layer[] layers) {
        final OneDnnLayers chosen = new OneDnnLayers();
        if (isAvailable()) {
            final Map<org.deeplearning4j.nn.conf.layers.Layer, Optional<String>> differences = new HashMap<>();
            for (int place = 0; place < layers.length; place++) {
                chosen.places.set(place, isSuited(unwrapped(layers[place]), differences));
            }
        }
        return chosen;
    }

    /**
     * Whether ND4J computes on the CPU with oneDNN, which only the builds of its backend with that classifier have, and
     * neither ND4J nor DL4J was told to use no helpers.
     */
    private static boolean isAvailable() {
        return Nd4j.getEnvironment().isCPU()
                && Nd4j.getEnvironment().helpersAllowed()
                && Nd4j.getBackend().buildInfo().contains("HAVE_ONEDNN")
                && !Boolean.getBoolean(DL4JSystemProperties.DISABLE_HELPER_PROPERTY);
    }

    /**
     * Whether a layer may compute by oneDNN.
     *
     * @param differences what trials have found, by configuration without a name
     */
    private static boolean isSuited(
            final Layer layer, final Map<org.deeplearning4j.nn.conf.layers.Layer, Optional<String>> differences) {
        if (!isOfKnownClass(layer) || layer.getHelper() != null) {
            return false;
        }
        final String excluded = OneDnnRules.reasonAgainst(layer);
        if (excluded != null) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "a layer computes without helper: " + name(layer) + ": " + excluded);
            return false;
        }
        final org.deeplearning4j.nn.conf.layers.Layer nameless =
                layer.conf().getLayer().clone();
        nameless.setLayerName(null);
        final Optional<String> difference = differences.computeIfAbsent(nameless, tried -> difference(layer));
        difference.ifPresent(found -> LOGGER.log(
                System.Logger.Level.WARNING,
                "a layer computes without helper, which gave other numbers than DL4J in a trial: " + name(layer) + ", "
                        + found));
        return difference.isEmpty();
    }

    /** {@link OneDnnCheck#difference}, also where DL4J's own way fails on the small input: that fails no join. */
    private static Optional<String> difference(final Layer layer) {
        try {
            return Optional.ofNullable(OneDnnCheck.difference(layer, OneDnnLayers::helper));
        } catch (final RuntimeException e) {
            return Optional.of("the trial has failed: " + e);
        }
    }

    /** Whether a trial finds that a convolution that discards its input's gradient computes the others as DL4J does. */
    static boolean gradientsAreEqual(final ConvolutionLayer layer) {
        Optional<String> difference;
        try {
            difference = Optional.ofNullable(OneDnnCheck.differenceOfGradients(layer, twin -> {
                final OneDnnConvolution helper = new OneDnnConvolution((ConvolutionLayer) twin);
                helper.discardInputGradient(() -> true);
                return helper;
            }));
        } catch (final RuntimeException e) {
            difference = Optional.of("the trial has failed: " + e);
        }
        difference.ifPresent(found -> LOGGER.log(
                System.Logger.Level.WARNING,
                "a layer computes the gradient of its input, which is not used, because the others differ without: "
                        + name(layer) + ", " + found));
        return difference.isEmpty();
    }

    private static String name(final Layer layer) {
        return "layer=" + Names.printable(String.valueOf(layer.conf().getLayer().getLayerName())) + ", class="
                + layer.getClass().getSimpleName();
    }

    private static boolean isOfKnownClass(final Layer layer) {
        return layer.getClass() == ConvolutionLayer.class
                || layer.getClass() == BatchNormalization.class
                || layer.getClass() == SubsamplingLayer.class;
    }

    /** A new helper for a layer of a known class. */
    private static LayerHelper helper(final Layer layer) {
        if (layer instanceof ConvolutionLayer convolution) {
            return new OneDnnConvolution(convolution);
        }
        return layer instanceof SubsamplingLayer ? new LeanMaxPooling() : new OneDnnBatchNormalization();
    }

    /** Makes the layers of a network, or of a copy of it, compute by oneDNN. */
    void begin(final Layer[] layers) {
        places.stream().mapToObj(place -> unwrapped(layers[place])).forEach(layer -> {
            Internals.setHelper(layer, helper(layer));
        });
    }

    /** Takes {@link #begin} back. */
    void end(final Layer[] layers) {
        places.stream().mapToObj(place -> unwrapped(layers[place])).forEach(layer -> Internals.setHelper(layer, null));
    }

    /**
     * An array in the order of its own shape: itself, or a copy. ND4J's operations of oneDNN read a view with other
     * strides, or an array in Fortran order, as if its elements stood in that order. DL4J makes such views: behind a
     * ReLU with channels last, for example, its gradients with its own helper are garbage.
     */
    static INDArray inOrder(final INDArray array, final ArrayType memory, final LayerWorkspaceMgr workspaces) {
        return array.ordering() == 'c' && Shape.hasDefaultStridesForShape(array)
                ? array
                : workspaces.dup(memory, array, 'c');
    }

    static Layer unwrapped(final Layer layer) {
        return layer instanceof BaseWrapperLayer wrapper ? unwrapped(wrapper.getUnderlying()) : layer;
    }
}
