package org.shmarrays.examples.dl4j;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;

/** A model that trains alone or joins a training, whichever of DL4J's classes it is of. For one thread at a time. */
public final class TrainableModel {
    private final Optional<Model> model;
    private final ObjIntConsumer<DataSetIterator> fit;
    private final Function<TrainingOptions, SharedTraining> join;
    private final Function<DataSetIterator, Evaluation> evaluate;

    private TrainableModel(
            final Optional<Model> model,
            final ObjIntConsumer<DataSetIterator> fit,
            final Function<TrainingOptions, SharedTraining> join,
            final Function<DataSetIterator, Evaluation> evaluate) {
        this.model = model;
        this.fit = fit;
        this.join = join;
        this.evaluate = evaluate;
    }

    /** Takes an initialised network. */
    public static TrainableModel of(final MultiLayerNetwork network) {
        return new TrainableModel(
                Optional.of(network),
                network::fit,
                options -> SharedTraining.join(network, options),
                batches -> network.evaluate(batches));
    }

    /** Takes an initialised graph. */
    public static TrainableModel of(final ComputationGraph graph) {
        return new TrainableModel(
                Optional.of(graph),
                graph::fit,
                options -> SharedTraining.join(graph, options),
                batches -> graph.evaluate(batches));
    }

    /** Takes a graph whose array {@code output} has a class's probability in each column. */
    public static TrainableModel of(final SameDiff graph, final String output) {
        return new TrainableModel(
                Optional.empty(), graph::fit, options -> SharedTraining.join(graph, options), batches -> {
                    final Evaluation evaluation = new Evaluation();
                    graph.evaluate(batches, output, evaluation);
                    return evaluation;
                });
    }

    /** Trains it alone, by its own fit. */
    public void fit(final DataSetIterator batches, final int epochs) {
        fit.accept(batches, epochs);
    }

    /** Joins a training with it. */
    public SharedTraining join(final TrainingOptions options) {
        return join.apply(options);
    }

    /** Evaluates it as it is now. */
    public Evaluation evaluate(final DataSetIterator batches) {
        return evaluate.apply(batches);
    }

    /** The model as DL4J's tools take it; empty of a SameDiff graph, which is none of DL4J's models. */
    public Optional<Model> model() {
        return model;
    }
}
