package org.shmarrays.dl4j;

import java.util.List;
import java.util.stream.Stream;

/** All rows of the exactness table, by kind. */
final class ExactnessTable {
    private ExactnessTable() {}

    static List<ExactnessRow> rows() {
        return Stream.of(
                        FeedForwardRows.rows(),
                        RecurrentRows.rows(),
                        ConvolutionRows.rows(),
                        GraphRows.rows(),
                        SameDiffLayerRows.rows(),
                        TrainingRows.rows(),
                        CombinedRows.rows())
                .flatMap(List::stream)
                .toList();
    }
}
