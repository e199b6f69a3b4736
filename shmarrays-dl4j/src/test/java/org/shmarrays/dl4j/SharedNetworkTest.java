package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.agrona.BufferUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

class SharedNetworkTest {
    @TempDir
    private Path directory;

    private final MultiLayerConfiguration conf =
            Networks.dense(Networks.builder(DataType.FLOAT, new Sgd(0.1)), 2, 8, 2);

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4);
    }

    private SharedNetwork create(final MultiLayerConfiguration configuration, final Mode mode) {
        return SharedNetwork.create(configuration, "net", spec -> spec.inMode(mode), settings());
    }

    @Test
    void shouldDescribeEachParameterAsAlias() {
        final MultiLayerConfiguration adam = Networks.dense(Networks.builder(DataType.DOUBLE, new Adam()), 3, 5, 2);
        try (SharedNetwork net = create(adam, Mode.LOCKED)) {
            final ArraySpec spec = net.arrays().arrays().specs().get(0);

            assertThat(spec.matches(ArraySpec.of("params", ElementType.FLOAT64, 3 * 5 + 5 + 5 * 2 + 2)
                            .withState(2)))
                    .isTrue();
            assertThat(spec.stateCount()).isEqualTo(2);
            assertThat(spec.aliases().stream().map(alias -> alias + " " + alias.order()))
                    .containsExactly("0_W[3, 5]@0 F", "0_b[5]@15 C", "1_W[5, 2]@20 F", "1_b[2]@30 C");
            net.network()
                    .paramTable()
                    .forEach((name, value) ->
                            assertThat(net.arrays().read(name).get(name)).isEqualTo(value));
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldBeginWithDl4jsOwnInitialParametersInEveryMode(final Mode mode) {
        final MultiLayerNetwork reference = new MultiLayerNetwork(conf.clone());
        reference.init();
        try (SharedNetwork one = create(conf, mode);
                SharedNetwork two = SharedNetwork.attach(conf, "net", settings());
                SharedNetwork three = SharedNetwork.createOrAttach(conf, "net", spec -> spec.inMode(mode), settings());
                SharedNetwork watching = SharedNetwork.attachReadOnly(conf, "net", settings())) {
            for (final SharedNetwork net : List.of(one, two, three, watching)) {
                assertThat(net.network().params()).isEqualTo(reference.params());
            }
            assertThat(one.isLive()).isEqualTo(mode == Mode.HOGWILD || mode == Mode.ATOMIC);
            assertThat(watching.isLive()).isFalse();
        }
    }

    @Test
    void shouldHaveTheMappingAsParametersOfLiveNetwork() {
        try (SharedNetwork net = create(conf, Mode.HOGWILD)) {
            assertThat(net.network().params().data().pointer().address())
                    .isEqualTo(BufferUtil.address(
                            net.arrays().arrays().array("params").view()));
        }
    }

    @Test
    void shouldShowTrainingByOwnFitToOthers() {
        final DataSet batch = Networks.exclusiveOr(DataType.FLOAT, 32, Networks.SEED);
        final MultiLayerNetwork reference = new MultiLayerNetwork(conf.clone());
        reference.init();
        try (SharedNetwork net = create(conf, Mode.HOGWILD);
                SharedNetwork other = SharedNetwork.attach(conf, "net", settings());
                SharedNetwork watching = SharedNetwork.attachReadOnly(conf, "net", settings())) {
            for (int i = 0; i < 5; i++) {
                net.network().fit(batch);
                reference.fit(batch);
            }
            watching.pull();

            assertThat(other.network().params()).isEqualTo(reference.params());
            assertThat(watching.network().params()).isEqualTo(reference.params());
            assertThat(other.network().output(batch.getFeatures())).isEqualTo(reference.output(batch.getFeatures()));
        }
    }

    @Test
    void shouldRefreshCopyOfLockedNetworkByPullAlone() {
        try (SharedNetwork net = create(conf, Mode.LOCKED)) {
            final INDArray before = net.network().params().dup();
            net.arrays().write(Map.of("params", before.mul(2)));

            assertThat(net.network().params()).isEqualTo(before);
            net.pull();
            assertThat(net.network().params()).isEqualTo(before.mul(2));
            assertThat(net.network().getParam("0_W"))
                    .isEqualTo(net.arrays().read("0_W").get("0_W"));
        }
    }

    @Test
    void shouldRefuseConfigurationOfAnotherNetwork() {
        try (SharedNetwork net = create(conf, Mode.HOGWILD)) {
            assertThat(net.network().numParams()).isEqualTo(42);
            final MultiLayerConfiguration larger =
                    Networks.dense(Networks.builder(DataType.FLOAT, new Sgd(0.1)), 2, 9, 2);
            // 2 * 8 + 8 + 8 * 2 + 2 = 42 = 5 * 5 + 5 + 5 * 2 + 2
            final MultiLayerConfiguration same =
                    Networks.dense(Networks.builder(DataType.FLOAT, new Sgd(0.1)), 5, 5, 2);
            final MultiLayerConfiguration wide =
                    Networks.dense(Networks.builder(DataType.DOUBLE, new Sgd(0.1)), 2, 8, 2);

            assertThatThrownBy(() -> SharedNetwork.attach(larger, "net", settings()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the segment holds another network's parameters: segment=net, configured=47 of FLOAT,"
                            + " found=42 of FLOAT");
            assertThatThrownBy(() -> SharedNetwork.attach(same, "net", settings()))
                    .hasMessage("the segment holds another network's parameters: segment=net, first difference:"
                            + " configured=0_W[5, 5]@0, found=0_W[2, 8]@0");
            assertThatThrownBy(() -> SharedNetwork.attach(wide, "net", settings()))
                    .hasMessageContaining("configured=42 of DOUBLE, found=42 of FLOAT");
            assertThatThrownBy(() -> SharedNetwork.createOrAttach(larger, "net", spec -> spec, settings()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        ShmArrays.create("other", List.of(ArraySpec.of("w\u202e", ElementType.FLOAT32, 3)), settings())
                .close();
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> SharedNetwork.attach(conf, "other", settings()))
                    .hasMessageContaining("the segment holds no network's parameters: segment=other, expected=params,"
                            + " arrays=[w\\u202e:FLOAT32[3] LOCKED]");
        }
    }

    @Test
    void shouldNotSeedRandomNumbersWhenAttaching() {
        try (SharedNetwork net = create(conf, Mode.LOCKED)) {
            Nd4j.getRandom().setSeed(1);
            final INDArray expected = Nd4j.rand(3);
            Nd4j.getRandom().setSeed(1);
            try (SharedNetwork attached = SharedNetwork.attach(conf, "net", settings())) {
                assertThat(Nd4j.rand(3)).isEqualTo(expected);
                assertThat(attached.network().params()).isEqualTo(net.network().params());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldLearnInTwoThreadsWhatNoLineSeparates(final Mode mode) throws Exception {
        final DataSet test = Networks.exclusiveOr(DataType.FLOAT, 1000, Networks.SEED);
        try (SharedNetwork net = create(conf, mode)) {
            final Thread[] workers = new Thread[2];
            for (int rank = 0; rank < workers.length; rank++) {
                final int seed = Networks.SEED + 1 + rank;
                workers[rank] = new Thread(() -> train(seed));
                workers[rank].start();
            }
            for (final Thread worker : workers) {
                worker.join();
            }
            net.pull();

            assertThat(net.network()
                            .evaluate(new SingletonDataSetIterator(test))
                            .accuracy())
                    .as("seed %s", Networks.SEED)
                    .isGreaterThan(0.99);
        }
    }

    private void train(final int seed) {
        try (SharedNetwork net = SharedNetwork.attach(conf, "net", settings())) {
            for (int step = 0; step < 400; step++) {
                net.pull();
                net.gradient(Networks.exclusiveOr(DataType.FLOAT, 16, seed * 1000L + step));
                net.push(Updates.sgd(0.3));
            }
        }
    }
}
