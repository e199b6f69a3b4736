package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.offset;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.PortableModel;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** One host, which is the driver itself. */
class HostTrainingTest {
    private static final int BATCHES = 30;

    @TempDir
    private static Path directory;

    private static JavaSparkContext context;

    @BeforeAll
    static void startSpark() {
        System.setProperty("shmarrays.directory", directory.toString());
        context = new JavaSparkContext(LocalSpark.conf("one host"));
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
    }

    private static MultiLayerNetwork network() {
        return SmallNetwork.of(new Adam(0.01));
    }

    private static List<DataSet> batches() {
        return SmallNetwork.batches(BATCHES);
    }

    /** The exchange adds nothing to it: neither the order of the batches nor a bit. */
    @Test
    void shouldTrainAsPlainFitWithOneWorker() throws Exception {
        final List<DataSet> batches = batches();
        final MultiLayerNetwork plain = network();
        final List<DataKey> order = IntStream.range(0, BATCHES)
                .mapToObj(index -> DataKey.of(index, 5))
                .sorted(Comparator.naturalOrder())
                .toList();
        for (int epoch = 0; epoch < 2; epoch++) {
            order.forEach(key -> plain.fit(batches.get((int) key.index())));
        }

        final MultiLayerNetwork network = network();
        final HostTrainingResult result = HostTraining.on(context)
                .network(network)
                .data(context.parallelize(batches, 3))
                .every(Interval.steps(7))
                .seed(5)
                .epochs(2)
                .run();

        assertThat(network.params()).isEqualTo(plain.params());
        assertThat(network.getIterationCount()).isEqualTo(2 * BATCHES);
        assertThat(network.getEpochCount()).isEqualTo(2);
        assertThat(result.samples()).isEqualTo(2 * BATCHES * 8);
        assertThat(result.rounds()).hasSize(10); // of 7, 7, 7, 7 and 2 batches
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldTrainArraysByAStepWithSeveralWorkers() throws Exception {
        final HostTrainingResult result = HostTraining.on(context)
                .arrays(
                        List.of(ArraySpec.of("w", FLOAT32, 3)),
                        fresh -> fresh.write(Map.of("w", new float[] {1, 2, 3})))
                .data(context.parallelize(List.of(1f, 10f, 100f, 1000f), 2))
                .step((params, batch, worker) -> params.add(Map.of("w", new float[] {batch, 0, 0})))
                .workersPerHost(3)
                .epochs(2)
                .run();

        assertThat((float[]) result.values().get("w")).containsExactly(1 + 2 * 1111, 2, 3);
        assertThat(result.samples()).isEqualTo(8); // a step that counts nothing is one of one sample
        assertThat(directory).isEmptyDirectory();
    }

    /** More rounds than layers of the centre; every row is trained in some of them, and few rows in each. */
    @Test
    void shouldTrainSparseArraysAsAPlainLoopWithOneWorker() throws Exception {
        final int rows = 50;
        final List<Integer> batches = IntStream.range(0, 80).boxed().toList();
        final float[] plain = new float[3 * rows];
        IntStream.range(0, batches.size())
                .mapToObj(index -> DataKey.of(index, 1))
                .sorted(Comparator.naturalOrder())
                .forEach(key -> {
                    final int row = (int) key.index() * 7 % rows;
                    for (int i = 3 * row; i < 3 * row + 3; i++) {
                        plain[i] += 0.1f * (plain[i] + i);
                    }
                });

        final HostTrainingResult result = HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("e", FLOAT32, rows, 3), ArraySpec.of("dense", FLOAT32, 2)), fresh -> {})
                .sparse("e")
                .data(context.parallelize(batches, 2))
                .step((params, batch, worker) -> {
                    final int[] row = {batch * 7 % rows};
                    final float[] values = new float[3];
                    params.array("e").gather(row, values);
                    for (int i = 0; i < 3; i++) {
                        values[i] = 0.1f * (values[i] + (3 * row[0] + i));
                    }
                    params.array("e").scatterAdd(row, values);
                    params.add(Map.of("dense", new float[] {1, 0}));
                })
                .every(Interval.steps(2))
                .epochs(1)
                .run();

        assertThat(result.rounds()).hasSize(40);
        assertThat((float[]) result.values().get("e")).containsExactly(plain);
        assertThat((float[]) result.values().get("dense")).containsExactly(80, 0);
    }

    @Test
    void shouldOpenDataForEachRound() throws Exception {
        final HostTrainingResult result = HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 4)), fresh -> {})
                .data((host, hosts, round) -> List.of((int) round, (int) round).iterator())
                .step((params, batch, worker) -> {
                    final float[] one = new float[4];
                    one[batch] = 1;
                    params.add(Map.of("w", one));
                    worker.countStep(5, batch);
                })
                .whileTrue(round -> round.loss() < 2)
                .rounds(4)
                .run();

        assertThat((float[]) result.values().get("w")).containsExactly(2, 2, 2, 0);
        assertThat(result.samples()).isEqualTo(30);
    }

    @Test
    void shouldEndAtATargetOfAnEvaluation() throws Exception {
        final List<Double> figures = new ArrayList<>();
        HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 2)), fresh -> {})
                .data((host, hosts, round) -> List.of(1f).iterator())
                .step((params, batch, worker) -> params.add(Map.of("w", new float[] {batch, 0})))
                .evaluate(2, (Map<String, float[]> values) -> values.get("w")[0])
                .whileTrue(round -> {
                    figures.add(round.evaluation());
                    return !(round.evaluation() >= 6);
                })
                .run();

        assertThat(figures).containsExactly(Double.NaN, 2.0, Double.NaN, 4.0, Double.NaN, 6.0);
    }

    @Test
    void shouldEvaluateTheNetworkThatIsTrained() throws Exception {
        final MultiLayerNetwork network = network();
        final HostTrainingResult result = HostTraining.on(context)
                .network(network)
                .data(context.parallelize(batches(), 3))
                .every(Interval.steps(20))
                .evaluate(
                        1,
                        (MultiLayerNetwork present) ->
                                present.params().sumNumber().doubleValue())
                .run();

        assertThat(result.rounds()).hasSize(2);
        final double trained = network.params().sumNumber().doubleValue();
        assertThat(result.rounds().get(1).evaluation()).isEqualTo(trained);
        assertThat(result.rounds().get(0).evaluation())
                .isNotEqualTo(trained)
                .isNotEqualTo(network().params().sumNumber().doubleValue());
    }

    @Test
    void shouldSayWhyAnEvaluationFailed() {
        final HostTraining<Integer> training = HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 4)), fresh -> {})
                .data(context.parallelize(List.of(1, 2, 3), 1))
                .step((params, batch, worker) -> {})
                .evaluate(1, (MultiLayerNetwork network) -> 0);

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("an evaluation has failed: round=0")
                .withMessageContaining("ClassCastException");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldSayWhyAWorkerFailed(@TempDir final Path reports) throws Exception {
        final Path report = reports.resolve("failed.html");
        final HostTraining<Integer> training = HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 4)), fresh -> {})
                .data(context.parallelize(List.of(1, 2, 3), 1))
                .step((params, batch, worker) -> {
                    if (batch == 2) {
                        throw new UnsupportedOperationException("batch two");
                    }
                })
                .reportTo(report.toString());

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("a worker has failed: round=0")
                .withMessageContaining("UnsupportedOperationException: batch two");
        assertThat(RoundHistoryTest.dataOf(Files.readString(report))
                        .get("results")
                        .get("failed")
                        .textValue())
                .startsWith("a worker has failed: round=0");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldRefuseParametersThatAreNotFinite() {
        final HostTraining<Integer> training = HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 4)), fresh -> {})
                .data(context.parallelize(List.of(1), 1))
                .step((params, batch, worker) -> params.write(Map.of("w", new float[] {0, 0, Float.NaN, 0})));

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(training::run)
                .withMessageContaining("a parameter is no longer finite: array=w, element=2");
    }

    private float[] trained(final Broadcast<PortableModel> model, final String segment) throws Exception {
        final HostModel<DataSet> host = new NetworkModel<>(model.value().newModel(), model, Mode.LOCKED);
        final Settings settings = Settings.fromProperties();
        try (HostModel.Trainer<DataSet> trainer = host.open(segment, Worker.of(0, 2), settings);
                ShmArrays arrays = ShmArrays.attach(segment)) {
            trainer.step(batches().get(0));
            final float[] values = (float[]) host.table().newCarriers()[0];
            arrays.array(host.table().name(0)).readInto(values);
            return values;
        } finally {
            ShmArrays.remove(segment, settings);
        }
    }

    /** The same worker of another host, at the same iteration, with the same batch. */
    @Test
    void shouldDrawOtherMasksOnEachHost() throws Exception {
        final MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(7)
                .dropOut(0.5)
                .list()
                .layer(new DenseLayer.Builder().nIn(4).nOut(40).build())
                .layer(new OutputLayer.Builder(LossFunction.MSE)
                        .nIn(40)
                        .nOut(3)
                        .activation(Activation.IDENTITY)
                        .build())
                .build());
        network.init();
        final Broadcast<PortableModel> model = context.broadcast(PortableModel.of(network, Mode.LOCKED));

        assertThat(trained(model, "a-1-0")).isEqualTo(trained(model, "a-2-0"));
        assertThat(trained(model, "a-1-1")).isNotEqualTo(trained(model, "a-1-0"));
    }

    /** Their values travel with the parameters, so that hosts count by their samples there, too. */
    @Test
    void shouldExchangeMeanAndVarianceOfBatchNormalisation() throws Exception {
        final MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new BatchNormalization.Builder()
                        .nIn(4)
                        .nOut(4)
                        .decay(0.5)
                        .useLogStd(false)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MSE)
                        .nIn(4)
                        .nOut(3)
                        .activation(Activation.IDENTITY)
                        .build())
                .build());
        network.init();
        final DataSet batch = new DataSet(Nd4j.create(new float[][] {{1, 2, 3, 4}, {3, 2, 1, 8}}), Nd4j.ones(2, 3));

        HostTraining.on(context)
                .network(network)
                .data(context.parallelize(List.of(batch), 1))
                .run();

        // Half of the zeros and ones before, and half of the batch's.
        assertThat(network.getLayer(0).getParam("mean").toFloatVector())
                .containsExactly(new float[] {1, 1, 1, 3}, offset(1e-4f));
        assertThat(network.getLayer(0).getParam("var").toFloatVector())
                .containsExactly(new float[] {1, 0.5f, 1, 2.5f}, offset(1e-4f));
    }

    @Test
    void shouldSayWhatIsMissing() {
        assertThatIllegalStateException()
                .isThrownBy(() -> HostTraining.on(context).run())
                .withMessageContaining("call arrays(specs, fresh) or network(model)");
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        HostTraining.on(context).network(network()).sparse("w").run())
                .withMessageContaining("only arrays can be sparse");
        assertThatIllegalStateException()
                .isThrownBy(() -> HostTraining.on(context).network(network()).run())
                .withMessageContaining("call data(rdd)");
        assertThatIllegalStateException()
                .isThrownBy(() -> HostTraining.on(context)
                        .network(network())
                        .data((host, hosts, round) -> batches().iterator())
                        .run())
                .withMessageContaining("call rounds(number)");
    }
}
