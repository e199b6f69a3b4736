package org.shmarrays.spark;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Batches for a network from a table of Spark SQL, as read from Parquet or LIBSVM files. Needs spark-sql, and
 * spark-mllib where a column has vectors.
 *
 * <pre>{@code
 * JavaRDD<DataSet> batches = RowBatches.of(session.read().parquet("hdfs://…/train"))
 *         .features("pixels")
 *         .classes("digit", 10)
 *         .batchSize(64)
 *         .rdd();
 * HostTraining.on(context).network(network).data(batches)…
 * }</pre>
 *
 * <p>A column of features has numbers, arrays of numbers, or vectors of Spark ML. A row's features are its columns in
 * the order in which they are given, one after the other. Values that are missing, NaN or infinite are refused when
 * they are read.
 */
public final class RowBatches {
    private static final int DEFAULT_BATCH_SIZE = 32;

    private final Dataset<Row> rows;
    private List<String> features = List.of();
    private List<String> labels = List.of();
    private int classCount;
    private int batchSize = DEFAULT_BATCH_SIZE;

    private RowBatches(final Dataset<Row> rows) {
        this.rows = rows;
    }

    /** Batches of a table, each row of which is a sample. */
    public static RowBatches of(final Dataset<Row> rows) {
        return new RowBatches(rows);
    }

    /** The columns that are the network's input. */
    public RowBatches features(final String... columns) {
        features = List.of(columns);
        return this;
    }

    /**
     * The column that tells a sample's class. A label of the batches is a row of zeros with a one at the class.
     *
     * @param count of classes: the column's values are 0 to {@code count - 1}
     * @throws IllegalArgumentException if there are less than two classes
     */
    public RowBatches classes(final String column, final int count) {
        if (count < 2) {
            throw new IllegalArgumentException(
                    "there are two classes or more: column=" + column + ", classes=" + count);
        }
        labels = List.of(column);
        classCount = count;
        return this;
    }

    /** The columns that the network is to predict, as they are. */
    public RowBatches labels(final String... columns) {
        labels = List.of(columns);
        classCount = 0;
        return this;
    }

    /**
     * Rows of a batch; 32 unless it is given. The last batch of each partition of the table may have less.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public RowBatches batchSize(final int number) {
        if (number < 1) {
            throw new IllegalArgumentException("a batch has 1 row or more: batchSize=" + number);
        }
        batchSize = number;
        return this;
    }

    /**
     * The batches, in the order of the rows. They are read when a training asks for them. Features and labels are of
     * float32.
     *
     * @return data sets of the shapes {@code [rows, features]} and {@code [rows, labels]}
     * @throws IllegalStateException if features or labels are missing
     * @throws IllegalArgumentException if a column is not in the table, or of a type that is no number
     */
    public JavaRDD<DataSet> rdd() {
        if (features.isEmpty() || labels.isEmpty()) {
            throw new IllegalStateException(
                    "a batch needs features(columns), and classes(column, count) or" + " labels(columns)");
        }
        final List<String> names =
                Stream.concat(features.stream(), labels.stream()).toList();
        final List<NumberColumn> columns = names.stream().map(this::column).toList();
        final int featureColumns = features.size();
        final int classes = classCount;
        final int size = batchSize;
        return rows.select(names.stream().map(this::quoted).toArray(Column[]::new))
                .javaRDD()
                .mapPartitions(part -> new RowBatchIterator(part, columns, featureColumns, classes, size));
    }

    private NumberColumn column(final String name) {
        final List<String> present = Arrays.asList(rows.columns());
        if (!present.contains(name)) {
            throw new IllegalArgumentException("there is no such column: column=" + name + ", columns=" + present);
        }
        return NumberColumn.of(name, rows.schema().apply(name).dataType());
    }

    /** By its name as it is: Spark takes the part after a dot for that of a nested column. */
    private Column quoted(final String name) {
        return rows.col("`" + name.replace("`", "``") + "`");
    }
}
