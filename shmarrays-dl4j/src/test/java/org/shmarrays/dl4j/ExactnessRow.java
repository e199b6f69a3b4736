package org.shmarrays.dl4j;

import java.util.Random;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * A row of the exactness table: a model that trains on shared memory exactly as alone.
 *
 * @param kind the part of the table
 * @param name what is particular about the model, with DL4J's classes in backticks
 * @param model makes the initialised model
 * @param batches the batches that it is trained with
 * @param remark what the page says about it besides that it is exact; may be empty
 * @param continuity from where plain DL4J goes on exactly
 */
record ExactnessRow(
        String kind,
        String name,
        Function<DataType, Model> model,
        BatchSource batches,
        String remark,
        Continuity continuity) {
    ExactnessRow(
            final String kind, final String name, final Function<DataType, Model> model, final BatchSource batches) {
        this(kind, name, model, batches, "", Continuity.RESTORED);
    }

    /** From where plain DL4J trains exactly as it would have gone on. */
    enum Continuity {
        /** From a file too. */
        RESTORED,
        /** From a copy, but not from a file. */
        COPIED,
        /** From nothing but the model itself. */
        SAME
    }

    /** Makes the batches of a row by their numbers. */
    @FunctionalInterface
    interface BatchSource {
        MultiDataSet of(DataType type, int number);
    }

    static ExactnessRow network(
            final String kind,
            final String name,
            final Function<DataType, MultiLayerConfiguration> configuration,
            final BatchSource batches) {
        return new ExactnessRow(
                kind, name, type -> initialized(new MultiLayerNetwork(configuration.apply(type))), batches);
    }

    static ExactnessRow graph(
            final String kind,
            final String name,
            final Function<DataType, ComputationGraphConfiguration> configuration,
            final BatchSource batches) {
        return new ExactnessRow(
                kind, name, type -> initialized(new ComputationGraph(configuration.apply(type))), batches);
    }

    private static Model initialized(final Model model) {
        model.init();
        return model;
    }

    /** The row of a model that plain DL4J doesn't go on with exactly from everywhere. */
    ExactnessRow goingOn(final Continuity from, final String why) {
        return new ExactnessRow(kind, name, model, batches, why, from);
    }

    /** Samples of so many features. */
    static BatchSource samples(final int inputs) {
        return (type, number) -> batch(Batches.ofSamples(type, inputs, number));
    }

    /** Sequences with masks. */
    static BatchSource maskedSequences() {
        return (type, number) -> batch(Batches.ofSequences(type, number));
    }

    /** Values of a shape, of as many samples as a batch has, and classes of another shape. */
    static BatchSource values(final long[] features, final long[] labels) {
        return (type, number) -> {
            final Random random = new Random(number);
            return new MultiDataSet(
                    Batches.values(random, type, perSample(features)),
                    Batches.classes(random, type, perSample(labels)));
        };
    }

    /** Indices of words of a shape, and classes of another shape. */
    static BatchSource words(final int words, final long[] features, final long[] labels) {
        return (type, number) -> {
            final Random random = new Random(number);
            return new MultiDataSet(
                    Batches.words(random, type, words, perSample(features)),
                    Batches.classes(random, type, perSample(labels)));
        };
    }

    static long[] shape(final long... sizes) {
        return sizes;
    }

    private static long[] perSample(final long[] shape) {
        final long[] all = new long[shape.length + 1];
        all[0] = Batches.SAMPLES;
        System.arraycopy(shape, 0, all, 1, shape.length);
        return all;
    }

    static MultiDataSet batch(final DataSet batch) {
        return new MultiDataSet(
                array(batch.getFeatures()),
                array(batch.getLabels()),
                array(batch.getFeaturesMaskArray()),
                array(batch.getLabelsMaskArray()));
    }

    private static INDArray[] array(final INDArray only) {
        return only == null ? null : new INDArray[] {only};
    }

    @Override
    public String toString() {
        return kind + ": " + name;
    }
}
