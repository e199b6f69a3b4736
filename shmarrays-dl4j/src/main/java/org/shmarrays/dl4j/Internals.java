package org.shmarrays.dl4j;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.layers.LayerHelper;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.Solver;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.RandomFactory;

/** The members of DL4J that are used though they are not public, each by name. */
final class Internals {
    private Internals() {}

    /** Makes a network's next {@code init} do its work although it was called before. */
    static void forgetInit(final MultiLayerNetwork network) {
        set(field(MultiLayerNetwork.class, "initCalled"), network, false);
    }

    /** Makes a graph's next {@code init} do its work although it was called before. */
    static void forgetInit(final ComputationGraph graph) {
        set(field(ComputationGraph.class, "initCalled"), graph, false);
    }

    /** Makes the updaters of a graph's variables, which its first fit does otherwise. */
    static void initializeTraining(final SameDiff graph) {
        if (graph.isInitializedTraining()) {
            return;
        }
        try {
            final Method method = SameDiff.class.getDeclaredMethod("initializeTraining");
            method.setAccessible(true);
            method.invoke(graph);
        } catch (final NoSuchMethodException e) {
            throw new IllegalStateException(
                    "this version of DL4J has no such method: class=" + SameDiff.class.getName()
                            + ", method=initializeTraining; shmarrays is for 1.0.0-M2.1",
                    e);
        } catch (final IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("DL4J can't make the updaters of the graph's variables", e);
        }
    }

    /** What trains a layer in layer-wise pretraining; null if it was not pretrained. */
    static Solver solver(final Layer layer) {
        final Field field = solverField(layer);
        try {
            return field == null ? null : (Solver) field.get(layer);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException("DL4J's field can't be read: field=" + field, e);
        }
    }

    /**
     * Sets what {@link #solver} gives; null makes DL4J make a new one. Does nothing for classes of layers not DL4J's.
     */
    static void setSolver(final Layer layer, final Solver solver) {
        final Field field = solverField(layer);
        if (field != null) {
            set(field, layer, solver);
        }
    }

    /** Makes a generator that of this thread: what {@code Nd4j.getRandom()} gives. */
    @SuppressWarnings("unchecked") // the field's type is in its declaration
    static void setRandomOfThread(final Random generator) {
        final Field field = field(RandomFactory.class, "threadRandom");
        try {
            ((ThreadLocal<Random>) field.get(Nd4j.getRandomFactory())).set(generator);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException("ND4J's field can't be read: field=" + field, e);
        }
    }

    /** A field of an object of DL4J's. */
    @SuppressWarnings("unchecked") // the caller knows the field
    static <T> T value(final Class<?> owner, final String name, final Object of) {
        final Field field = field(owner, name);
        try {
            return (T) field.get(of);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException("DL4J's field can't be read: field=" + field, e);
        }
    }

    /**
     * Sets what computes in the place of a layer; null for the layer itself. For layers of the classes that have such a
     * field.
     */
    static void setHelper(final Layer layer, final LayerHelper helper) {
        set(field(layer.getClass(), "helper"), layer, helper);
        if (layer instanceof ConvolutionLayer convolution) {
            setPreOutput(convolution, null);
        } else if (layer
                instanceof BatchNormalization) { // what a forward pass without helper has left for the backward pass
            set(field(BatchNormalization.class, "xHat"), layer, null);
        }
    }

    /** Sets what a layer with a helper takes for the result of its last forward pass; null makes it compute again. */
    static void setPreOutput(final ConvolutionLayer layer, final INDArray preOutput) {
        set(field(AbstractLayer.class, "preOutput"), layer, preOutput);
    }

    /** The type in which a layer computes, also one without parameters. */
    static DataType dataType(final Layer layer) {
        return value(AbstractLayer.class, "dataType", layer);
    }

    /** How often a layer's helper has thrown an exception, after which DL4J computes without it. */
    static int helperFailures(final Layer layer) {
        return value(layer.getClass(), "helperCountFail", layer);
    }

    private static Field solverField(final Layer layer) {
        if (layer instanceof VariationalAutoencoder) {
            return field(VariationalAutoencoder.class, "solver");
        }
        return layer instanceof BaseLayer ? field(BaseLayer.class, "solver") : null;
    }

    private static Field field(final Class<?> owner, final String name) {
        try {
            final Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (final NoSuchFieldException e) {
            throw new IllegalStateException(
                    "this version of DL4J has no such field: class=" + owner.getName() + ", field=" + name
                            + "; shmarrays is for 1.0.0-M2.1",
                    e);
        }
    }

    private static void set(final Field field, final Object of, final Object value) {
        try {
            field.set(of, value);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException("DL4J's field can't be set: field=" + field, e);
        }
    }
}
