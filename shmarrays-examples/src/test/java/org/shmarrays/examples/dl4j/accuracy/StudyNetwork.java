package org.shmarrays.examples.dl4j.accuracy;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;

/** What the study does with a model, whichever of DL4J's classes it is of. */
interface StudyNetwork {
    /** Trains it alone, by its own fit. */
    void fit(DataSetIterator batches, int epochs);

    SharedTraining join(TrainingOptions options);

    Evaluation evaluate(DataSetIterator batches);

    static StudyNetwork of(final MultiLayerNetwork network) {
        network.init();
        return new StudyNetwork() {
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
        };
    }

    static StudyNetwork of(final ComputationGraph graph) {
        graph.init();
        return new StudyNetwork() {
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
        };
    }

    /** A graph whose array {@code output} has a class's probability in each column. */
    static StudyNetwork of(final SameDiff graph, final String output) {
        return new StudyNetwork() {
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
        };
    }
}
