package org.shmarrays.spark;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.nd4j.linalg.dataset.DataSet;

/** The batches of a partition of a table. For one thread. */
final class RowBatchIterator implements Iterator<DataSet> {
    private final Iterator<Row> rows;
    private final List<NumberColumn> columns;
    private final int featureColumns;
    private final int classes;
    private final int batchSize;
    private final FloatRows features = new FloatRows("features");
    private final FloatRows labels = new FloatRows("labels");

    /**
     * Batches of some rows.
     *
     * @param columns of each row: those of features come first
     * @param classes how many there are, or 0 if labels are numbers
     */
    RowBatchIterator(
            final Iterator<Row> rows,
            final List<NumberColumn> columns,
            final int featureColumns,
            final int classes,
            final int batchSize) {
        this.rows = rows;
        this.columns = columns;
        this.featureColumns = featureColumns;
        this.classes = classes;
        this.batchSize = batchSize;
    }

    @Override
    public boolean hasNext() {
        return rows.hasNext();
    }

    /**
     * Reads the next batch.
     *
     * @throws IllegalArgumentException if a row can't be trained on
     */
    @Override
    public DataSet next() {
        if (!rows.hasNext()) {
            throw new NoSuchElementException("all rows have been read");
        }
        for (int i = 0; i < batchSize && rows.hasNext(); i++) {
            append(rows.next());
        }
        return new DataSet(features.take(), labels.take());
    }

    private void append(final Row row) {
        for (int i = 0; i < featureColumns; i++) {
            columns.get(i).appendTo(features, row, i);
        }
        features.endRow();
        for (int i = featureColumns; i < columns.size(); i++) {
            if (classes > 0) {
                labels.appendOneHot(columns.get(i).classOf(row, i, classes), classes);
            } else {
                columns.get(i).appendTo(labels, row, i);
            }
        }
        labels.endRow();
    }
}
