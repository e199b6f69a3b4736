package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.layout.ArraySpec;

/** Trainings whose records Kryo writes, which refuses classes that are not registered. */
class KryoTest {
    @TempDir
    private static Path directory;

    private static JavaSparkContext context;

    @BeforeAll
    static void startSpark() {
        System.setProperty("shmarrays.directory", directory.toString());
        context = new JavaSparkContext(HostTraining.prepare(LocalSpark.conf("kryo")
                .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                .set("spark.kryo.registrationRequired", "true")));
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldTrainArrays() throws Exception {
        final HostTrainingResult result = HostTraining.on(context)
                .arrays(List.of(ArraySpec.of("w", FLOAT32, 3), ArraySpec.of("d", FLOAT64, 2)), fresh -> {})
                .data(context.parallelize(IntStream.range(0, 20).boxed().toList(), 3))
                .step((params, batch, worker) -> params.add(Map.of("w", new float[] {1, 0, 0}, "d", new double[2])))
                .combine(Combine.delta(1, 0.5))
                .every(Interval.steps(5))
                .rounds(1)
                .run();

        assertThat((float[]) result.values().get("w")).containsExactly(7.5f, 0, 0);
    }

    @Test
    void shouldTrainANetwork() throws Exception {
        final MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(4)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        network.init();
        final List<DataSet> batches = IntStream.range(0, 6)
                .mapToObj(batch -> new DataSet(Nd4j.rand(2, 4), Nd4j.eye(3).getRows(0, 1)))
                .toList();

        HostTraining.on(context)
                .network(network)
                .data(context.parallelize(batches, 2))
                .run();

        assertThat(network.getIterationCount()).isEqualTo(6);
    }
}
