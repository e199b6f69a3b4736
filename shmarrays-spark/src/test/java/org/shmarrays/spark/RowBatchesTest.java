package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.DeterministicLevel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

class RowBatchesTest {
    private static final StructType SAMPLES = new StructType()
            .add("id", DataTypes.LongType)
            .add("width in cm", DataTypes.FloatType)
            .add("edges.all", DataTypes.createArrayType(DataTypes.DoubleType))
            .add("kind", DataTypes.ByteType);

    private static SparkSession session;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void startSpark() {
        System.setProperty("shmarrays.directory", directory.toString());
        session = SparkSession.builder()
                .config(LocalSpark.conf("tables").set("spark.sql.warehouse.dir", directory.toString()))
                .getOrCreate();
    }

    @AfterAll
    static void stopSpark() {
        session.stop();
        System.clearProperty("shmarrays.directory");
    }

    private static Row row(final int i) {
        return RowFactory.create((long) i, i / 2f, List.of(0.25 * i, -1.0 * i), (byte) (i % 3));
    }

    private static Dataset<Row> table(final Row... rows) {
        return session.createDataFrame(Arrays.asList(rows), SAMPLES);
    }

    private static RowBatches batches(final Dataset<Row> rows) {
        return RowBatches.of(rows).features("edges.all", "width in cm").classes("kind", 3);
    }

    @Test
    void shouldBatchRowsOfParquetFiles() {
        final String file = directory.resolve("samples.parquet").toString();
        table(IntStream.range(0, 5).mapToObj(RowBatchesTest::row).toArray(Row[]::new))
                .coalesce(1)
                .write()
                .parquet(file);

        final List<DataSet> read =
                batches(session.read().parquet(file)).batchSize(3).rdd().collect();

        assertThat(read)
                .containsExactly(
                        new DataSet(
                                Nd4j.createFromArray(new float[][] {{0, 0, 0}, {0.25f, -1, 0.5f}, {0.5f, -2, 1}}),
                                Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}})),
                        new DataSet(
                                Nd4j.createFromArray(new float[][] {{0.75f, -3, 1.5f}, {1, -4, 2}}),
                                Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 0}})));
    }

    @Test
    void shouldBatchSparseVectorsOfLibsvmFiles() throws Exception {
        final Path file = directory.resolve("samples.libsvm");
        Files.writeString(file, "1 1:0.5 4:-2\n0 2:3\n2.5 3:1 4:1\n");

        final List<DataSet> read = RowBatches.of(session.read().format("libsvm").load(file.toString()))
                .features("features")
                .labels("label")
                .rdd()
                .collect();

        assertThat(read)
                .containsExactly(new DataSet(
                        Nd4j.createFromArray(new float[][] {{0.5f, 0, 0, -2}, {0, 3, 0, 0}, {0, 0, 1, 1}}),
                        Nd4j.createFromArray(new float[][] {{1}, {0}, {2.5f}})));
    }

    @Test
    void shouldTrainANetworkOnATable() throws Exception {
        final StructType columns = new StructType()
                .add("features", DataTypes.createArrayType(DataTypes.FloatType))
                .add("label", DataTypes.IntegerType);
        final List<DataSet> plainBatches = SmallNetwork.batches(1);
        final DataSet batch = plainBatches.get(0);
        final List<Row> rows = IntStream.range(0, batch.numExamples())
                .mapToObj(i -> RowFactory.create(
                        batch.getFeatures().getRow(i).toFloatVector(),
                        batch.getLabels().getRow(i).argMax().getInt(0)))
                .toList();
        final MultiLayerNetwork plain = SmallNetwork.of(new Sgd(0.1));
        plain.fit(batch);

        final MultiLayerNetwork network = SmallNetwork.of(new Sgd(0.1));
        HostTraining.on(JavaSparkContext.fromSparkContext(session.sparkContext()))
                .network(network)
                .data(RowBatches.of(session.createDataFrame(rows, columns).coalesce(1))
                        .features("features")
                        .classes("label", batch.numOutcomes())
                        .batchSize(batch.numExamples())
                        .rdd())
                .epochs(1)
                .run();

        assertThat(network.params()).isEqualTo(plain.params());
    }

    /** {@link DividedData} keeps the batches of such a table at two hosts. */
    @Test
    void shouldTellThatATableHasNoFixedOrder() {
        final Dataset<Row> rows = table(row(0), row(1));

        assertThat(batches(rows).rdd().rdd().outputDeterministicLevel()).isEqualTo(DeterministicLevel.DETERMINATE());
        assertThat(batches(rows.repartition(2)).rdd().rdd().outputDeterministicLevel())
                .isNotEqualTo(DeterministicLevel.DETERMINATE());
    }

    @Test
    void shouldRefuseColumnsThatAreNoNumbers() {
        final Dataset<Row> rows = table(row(0));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> batches(rows).features("width").rdd())
                .withMessage("there is no such column: column=width, columns=[id, width in cm, edges.all, kind]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RowBatches.of(rows.selectExpr("cast(id as string) name", "kind"))
                        .features("name")
                        .labels("kind")
                        .rdd())
                .withMessage("a column must have numbers, arrays of numbers or vectors: column=name, type=string");
        assertThatIllegalStateException()
                .isThrownBy(() -> RowBatches.of(rows).features("id").rdd())
                .withMessageContaining("classes(column, count) or labels(columns)");
    }

    @Test
    void shouldRefuseValuesThatCantBeTrainedOn() {
        assertRefused(
                RowFactory.create(1L, null, List.of(1.0, 2.0), (byte) 0), "a value is missing: column=width in cm");
        assertRefused(
                RowFactory.create(1L, 1f, Arrays.asList(1.0, null), (byte) 0),
                "a value of an array is missing: column=edges.all");
        assertRefused(
                RowFactory.create(1L, 1f, List.of(1e300, 2.0), (byte) 0),
                "a value is not a finite number of float32: column=edges.all, value=1.0E300");
        assertRefused(
                RowFactory.create(1L, Float.NaN, List.of(1.0, 2.0), (byte) 0),
                "a value is not a finite number of float32: column=width in cm, value=NaN");
        assertRefused(
                RowFactory.create(1L, 1f, List.of(1.0, 2.0), (byte) 3),
                "a label must be a class from 0 to 2: column=kind, value=3");
        assertRefused(
                RowFactory.create(1L, 1f, List.of(1.0, 2.0), null),
                "a label must be a class from 0 to 2: column=kind, value=null");
        assertRefused(
                RowFactory.create(1L, 1f, List.of(1.0), (byte) 1),
                "all rows must have as many features, one or more: number=2, of rows before=3");
    }

    private static void assertRefused(final Row row, final String message) {
        assertThatExceptionOfType(SparkException.class)
                .isThrownBy(() -> batches(table(row(0), row).coalesce(1)).rdd().collect())
                .havingRootCause()
                .withMessage(message);
    }
}
