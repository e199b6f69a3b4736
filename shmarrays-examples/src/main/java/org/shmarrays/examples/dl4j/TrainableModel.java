package org.shmarrays.examples.dl4j;

import java.util.Optional;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;

/** A model that trains alone or joins a training, whichever of DL4J's classes it is of. For one thread at a time. */
public interface TrainableModel {
    /** Trains it alone, by its own fit. */
    void fit(DataSetIterator batches, int epochs);

    /** Joins a training with it. */
    SharedTraining join(TrainingOptions options);

    /** Evaluates it as it is now. */
    Evaluation evaluate(DataSetIterator batches);

    /** The model as DL4J's tools take it; empty of a SameDiff graph, which is none of DL4J's models. */
    Optional<Model> model();

    /** An initialised network. */
    static TrainableModel of(final MultiLayerNetwork network) {
        return new TrainableModel() {
            @Override
            public void fit(final DataSetIterator batches, final int epochs) {
                network.fit(batches, epochs);
            }

            @Override
            public SharedTraining join(final TrainingOptions options) {
                return SharedTraining.join(network, options);
            }

            @Override
            public Evaluation evaluate(final DataSetIterator batches) {
                return network.evaluate(batches);
            }

            @Override
            public Optional<Model> model() {
                return Optional.of(network);
            }
        };
    }

    /** An initialised graph. */
    static TrainableModel of(final ComputationGraph graph) {
        return new TrainableModel() {
            @Override
            public void fit(final DataSetIterator batches, final int epochs) {
                graph.fit(batches, epochs);
            }

            @Override
            public SharedTraining join(final TrainingOptions options) {
                return SharedTraining.join(graph, options);
            }

            @Override
            public Evaluation evaluate(final DataSetIterator batches) {
                return graph.evaluate(batches);
            }

            @Override
            public Optional<Model> model() {
                return Optional.of(graph);
            }
        };
    }

    /** A graph whose array {@code output} has a class's probability in each column. */
    static TrainableModel of(final SameDiff graph, final String output) {
        return new TrainableModel() {
            @Override
            public void fit(final DataSetIterator batches, final int epochs) {
                graph.fit(batches, epochs);
            }

            @Override
            public SharedTraining join(final TrainingOptions options) {
                return SharedTraining.join(graph, options);
            }

            @Override
            public Evaluation evaluate(final DataSetIterator batches) {
                final Evaluation evaluation = new Evaluation();
                graph.evaluate(batches, output, evaluation);
                return evaluation;
            }

            @Override
            public Optional<Model> model() {
                return Optional.empty();
            }
        };
    }
}
