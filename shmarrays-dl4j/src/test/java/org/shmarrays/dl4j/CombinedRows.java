package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.maskedSequences;
import static org.shmarrays.dl4j.ExactnessRow.samples;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.shmarrays.dl4j.ExactnessRow.BatchSource;
import org.shmarrays.dl4j.ExactnessRow.Continuity;

/** The networks of {@link Configurations} that combine several particular things. */
final class CombinedRows {
    private static final String KIND = "Combinations";

    private final List<ExactnessRow> rows = new ArrayList<>();

    private CombinedRows() {}

    static List<ExactnessRow> rows() {
        final CombinedRows table = new CombinedRows();
        table.add(Configurations::combined, samples(Configurations.INPUTS));
        table.add(Configurations::ofSequences, maskedSequences());
        table.add(Configurations::ofImages, samples(9));
        table.addGraphs();
        return table.rows;
    }

    private void add(
            final Function<DataType, Map<String, MultiLayerConfiguration>> configurations, final BatchSource batches) {
        for (final String name : configurations.apply(DataType.FLOAT).keySet()) {
            final ExactnessRow row = ExactnessRow.network(
                    KIND, name, type -> configurations.apply(type).get(name), batches);
            rows.add(name.contains("below a frozen") ? row.goingOn(Continuity.COPIED, "") : row);
        }
    }

    private void addGraphs() {
        final Set<String> names = Configurations.graphs(DataType.FLOAT).keySet();
        for (final String name : names) {
            rows.add(ExactnessRow.graph(
                    KIND,
                    name,
                    type -> Configurations.graphs(type).get(name),
                    name.contains("two inputs") ? CombinedRows::sequencesAndSamples : maskedSequences()));
        }
    }

    private static MultiDataSet sequencesAndSamples(final DataType type, final int number) {
        final DataSet sequences = Batches.ofSequences(type, number);
        final DataSet samples = Batches.ofSamples(type, Configurations.INPUTS, number);
        return new MultiDataSet(
                new INDArray[] {sequences.getFeatures(), samples.getFeatures()},
                new INDArray[] {sequences.getLabels(), samples.getLabels()},
                new INDArray[] {sequences.getFeaturesMaskArray(), null},
                new INDArray[] {sequences.getLabelsMaskArray(), null});
    }
}
