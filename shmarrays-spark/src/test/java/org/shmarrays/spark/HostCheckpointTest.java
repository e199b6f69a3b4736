package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;

/** Checkpoints of a training on one host, which is the driver itself. */
class HostCheckpointTest {
    /** An epoch is 4 rounds of 4 batches, the last one of 2. */
    private static final int BATCHES = 14;

    private static final Interval FOUR_STEPS = Interval.steps(4);

    @TempDir
    private static Path segments;

    private static JavaSparkContext context;

    private Path directory;

    @BeforeAll
    static void startSpark() {
        System.setProperty("shmarrays.directory", segments.toString());
        context = new JavaSparkContext(LocalSpark.conf("checkpoints")
                .set("spark.hadoop.fs." + FullDisk.SCHEME + ".impl", FullDisk.class.getName()));
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
    }

    @BeforeEach
    void choose(@TempDir final Path test) {
        directory = test.resolve("checkpoints");
        FullDisk.IS_FULL.set(false);
    }

    static List<Combine> combinations() {
        return List.of(Combine.average(), Combine.delta(0.7, 0.9));
    }

    private static JavaRDD<Integer> numbers() {
        return context.parallelize(IntStream.range(0, BATCHES).boxed().toList(), 3);
    }

    /** The order of the batches counts, and each is counted. */
    private static HostTraining<Integer> arrays(final Combine combine) {
        return HostTraining.on(context)
                .arrays(
                        List.of(
                                ArraySpec.of("w", FLOAT32, 2),
                                ArraySpec.of("v", FLOAT64, 1),
                                ArraySpec.of("half", BFLOAT16, 1),
                                ArraySpec.of("trained", FLOAT32, BATCHES)),
                        fresh -> fresh.write(Map.of("w", new float[] {1, 2})))
                .data(numbers())
                .step((params, batch, worker) -> step(params, batch))
                .every(FOUR_STEPS)
                .combine(combine);
    }

    private static void step(final ShmArrays params, final int batch) {
        final Map<String, ?> values = params.read(Object.class);
        final float[] w = (float[]) values.get("w");
        final float[] half = (float[]) values.get("half");
        final float[] trained = new float[BATCHES];
        trained[batch] = 1;
        params.write(Map.of(
                "w", new float[] {w[0] * 0.9f + batch, w[1] * 0.7f - batch}, "half", new float[] {half[0] * 0.9f + batch
                }));
        params.add(Map.of("trained", trained, "v", new double[] {0.1 * batch}));
    }

    private static void assertSameValues(final HostTrainingResult actual, final HostTrainingResult expected) {
        assertThat(actual.values().keySet()).isEqualTo(expected.values().keySet());
        expected.values()
                .forEach((name, values) ->
                        assertThat(actual.values().get(name)).as(name).isEqualTo(values));
        assertThat(actual.epoch()).isEqualTo(expected.epoch());
    }

    @Test
    void shouldGoOnToTheLastBit() throws Exception {
        final Combine combine = Combine.delta(0.7, 0.9);
        final HostTrainingResult whole = arrays(combine).epochs(2).rounds(6).run();

        final HostTrainingResult first =
                arrays(combine).checkpointTo(directory.toString(), 2).rounds(3).run();
        final HostTrainingResult rest = arrays(combine)
                .resumeFrom(directory.toString())
                .epochs(2)
                .rounds(6)
                .run();

        assertThat(first.checkpoint())
                .hasValueSatisfying(file -> assertThat(file).endsWith("/round-00000003.npz"));
        assertThat(rest.rounds().stream().map(Round::number)).containsExactly(3L, 4L, 5L);
        assertSameValues(rest, whole);
    }

    @Test
    void shouldTrainEachBatchOnceInAnEpochThatIsResumed() throws Exception {
        arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .rounds(3)
                .run();

        final HostTrainingResult result = arrays(Combine.average())
                .resumeFrom(directory.toString())
                .epochs(1)
                .run();

        assertThat((float[]) result.values().get("trained")).containsOnly(1);
        assertThat(result.samples()).isEqualTo(BATCHES - 12);
        assertThat(result.epoch()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void shouldResumeANetworkToTheLastBit(final Combine combine) throws Exception {
        final MultiLayerNetwork whole = network();
        training(whole, combine).epochs(2).rounds(6).run();

        training(network(), combine)
                .checkpointTo(directory.toString(), 3)
                .rounds(3)
                .run();
        final MultiLayerNetwork resumed = network();
        training(resumed, combine)
                .resumeFrom(directory.toString())
                .epochs(2)
                .rounds(6)
                .run();

        assertThat(resumed.params()).isEqualTo(whole.params());
        assertThat(resumed.getIterationCount()).isEqualTo(4 + 4 + 4 + 2 + 4 + 4);
        assertThat(Checkpoint.describe(directory.resolve("round-00000003.npz"))
                        .specs()
                        .get(0))
                .satisfies(params -> assertThat(params.name()).isEqualTo("params"))
                .satisfies(params -> assertThat(params.aliases())
                        .extracting(AliasSpec::name)
                        .containsExactly("0_W", "0_b", "1_W", "1_b"));
    }

    private static HostTraining<DataSet> training(final MultiLayerNetwork network, final Combine combine) {
        return HostTraining.on(context)
                .network(network)
                .data(context.parallelize(batches(), 2))
                .combine(combine)
                .every(FOUR_STEPS);
    }

    private static MultiLayerNetwork network() {
        return SmallNetwork.of(new Sgd(0.1));
    }

    private static List<DataSet> batches() {
        return SmallNetwork.batches(BATCHES);
    }

    @Test
    void shouldWriteFilesThatCheckpointReadsAndKeepTheLastTwo() throws Exception {
        final HostTrainingResult result = arrays(Combine.delta(0.7, 0.9))
                .checkpointTo(directory.toString(), 2)
                .epochs(1)
                .run();

        assertThat(names()).containsExactly("round-00000002.npz", "round-00000004.npz");
        final Path file = directory.resolve("round-00000004.npz");
        final Settings settings = Settings.fromProperties().withDirectory(directory.resolve("restored"));
        try (ShmArrays restored = Checkpoint.restore(file, "restored", settings)) {
            assertThat(restored.specs().stream().map(ArraySpec::name))
                    .containsExactly(
                            "w",
                            "v",
                            "half",
                            "trained",
                            "w@outerMomentum",
                            "v@outerMomentum",
                            "half@outerMomentum",
                            "trained@outerMomentum");
            final float[] w = new float[2];
            restored.array("w").readInto(w);
            assertThat(w).isEqualTo(result.values().get("w"));
            assertThat(restored.runControl().globalStep()).isEqualTo(BATCHES);
            assertThat(restored.runControl().samples()).isEqualTo(BATCHES);
            assertThat(restored.runControl().epoch()).isEqualTo(1);
        }
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** They are lost in the middle of the second epoch: before a round, and before a checkpoint. */
    @Test
    void shouldGoBackToTheLastCheckpointWhenParametersAreLost() throws Exception {
        final HostTrainingResult whole =
                arrays(Combine.delta(0.7, 0.9)).epochs(2).run();

        final Set<Long> losses = new HashSet<>(Set.of(4L, 5L));
        final HostTrainingResult result = arrays(Combine.delta(0.7, 0.9))
                .checkpointTo(directory.toString(), 3)
                .epochs(2)
                .whileTrue(round -> {
                    if (losses.remove(round.number())) {
                        loseAllThatSparkKeeps();
                    }
                    return true;
                })
                .run();

        assertThat(result.undoneRounds()).isEqualTo(2 + 3);
        assertThat(result.rounds().stream().map(Round::number)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(result.samples()).isEqualTo(2 * BATCHES);
        assertSameValues(result, whole);
    }

    @Test
    void shouldSayWhenParametersAreLostWithoutACheckpoint() {
        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .rounds(3)
                        .whileTrue(round -> {
                            loseAllThatSparkKeeps();
                            return true;
                        })
                        .run())
                .withMessageContaining("parameters are lost")
                .withMessageContaining("with checkpointTo(path, everyRounds)");
    }

    private static void loseAllThatSparkKeeps() {
        context.getPersistentRDDs().values().forEach(rdd -> rdd.unpersist(true));
    }

    @Test
    void shouldSayThatThereIsNoCheckpoint() throws Exception {
        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .resumeFrom(directory.toString())
                        .run())
                .withMessageContaining("there is no checkpoint to resume from: path=" + directory);

        final HostTrainingResult result = arrays(Combine.average())
                .resumeIfPresent(directory.toString())
                .checkpointTo(directory.toString(), 10)
                .rounds(1)
                .run();
        final HostTrainingResult resumed = arrays(Combine.average())
                .resumeIfPresent(directory.toString())
                .checkpointTo(directory.toString(), 10)
                .rounds(1)
                .run();

        assertThat(result.rounds()).hasSize(1);
        assertThat(resumed.rounds()).isEmpty();
        assertSameValues(resumed, result);
    }

    @Test
    void shouldSayHowTheTrainingDiffers() throws Exception {
        arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .rounds(1)
                .run();

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> HostTraining.on(context)
                        .arrays(List.of(ArraySpec.of("w", FLOAT64, 2), ArraySpec.of("v", FLOAT64, 1)), fresh -> {})
                        .data(context.parallelize(List.of(1, 2), 1))
                        .step((params, batch, worker) -> {})
                        .combine(Combine.delta(1, 0.5))
                        .seed(2)
                        .resumeFrom(directory.toString())
                        .run())
                .withMessageContaining("the checkpoint is of another training: file=file:" + directory)
                .withMessageContaining("array: this training has w:FLOAT64[2] C, the checkpoint has w:FLOAT32[2] C")
                .withMessageContaining("array: this training has none, the checkpoint has half:BFLOAT16[1] C")
                .withMessageContaining("combine: this training has delta:1.0,0.5, the checkpoint has average")
                .withMessageContaining("number of batches: this training has 2, the checkpoint has 14")
                .withMessageContaining("seed: this training has 2, the checkpoint has 1");
        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .data((host, hosts, round) -> List.<Integer>of().iterator())
                        .rounds(2)
                        .resumeFrom(directory.toString())
                        .run())
                .withMessageContaining("data: this training has an opener, the checkpoint has an RDD");
        assertThat(segments).isEmptyDirectory();
    }

    @Test
    void shouldRefuseADirectoryWithOtherCheckpoints() throws Exception {
        arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .rounds(2)
                .run();

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .checkpointTo(directory.toString(), 1)
                        .run())
                .withMessageContaining("the directory has other checkpoints than the one to resume from: newest=file:")
                .withMessageContaining("round-00000002.npz, resumed=null");
        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .checkpointTo(directory.toString(), 1)
                        .resumeFrom(directory.resolve("round-00000001.npz").toString())
                        .run())
                .withMessageContaining("the directory has other checkpoints");
        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .checkpointTo(directory.resolve("round-00000001.npz").toString(), 1)
                        .run())
                .withMessageContaining("checkpoints are written to a directory, and this is a file");
        assertThat(names()).containsExactly("round-00000001.npz", "round-00000002.npz");
    }

    @Test
    void shouldGoOnFromTheOneBeforeADamagedCheckpoint() throws Exception {
        final HostTrainingResult whole = arrays(Combine.average()).rounds(3).run();
        arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .rounds(2)
                .run();
        final Path newest = directory.resolve("round-00000002.npz");
        final byte[] bytes = Files.readAllBytes(newest);
        final byte[] altered = bytes.clone();
        altered[200] ^= 1;

        for (final byte[] damaged : List.of(altered, Arrays.copyOf(bytes, bytes.length / 2), new byte[0])) {
            Files.write(newest, damaged);
            assertThatExceptionOfType(HostTrainingException.class)
                    .isThrownBy(() -> arrays(Combine.average())
                            .resumeFrom(newest.toString())
                            .run())
                    .withMessageContaining("the checkpoint can't be used: file=file:" + newest)
                    .withMessageContaining("it is not a checkpoint, or truncated or changed");
        }
        final HostTrainingResult resumed = arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .resumeFrom(directory.toString())
                .rounds(3)
                .run();
        assertThat(resumed.rounds()).hasSize(2);
        assertSameValues(resumed, whole);
        assertThat(names()).containsExactly("round-00000002.npz", "round-00000003.npz");
        assertThat(Files.size(newest)).isEqualTo(bytes.length);
    }

    @Test
    void shouldSayThatNoCheckpointIsIntact() throws Exception {
        arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .rounds(1)
                .run();
        for (final String name : names()) {
            Files.write(directory.resolve(name), new byte[] {1});
        }

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .resumeFrom(directory.toString())
                        .run())
                .withMessageContaining("the checkpoint can't be used: file=file:" + directory)
                .withMessageContaining("round-00000000.npz");
    }

    @Test
    void shouldRefuseACheckpointOfOneHost() throws Exception {
        Files.createDirectories(directory);
        final Path file = directory.resolve("w.npz");
        final Settings settings = Settings.fromProperties().withDirectory(directory.resolve("one"));
        try (ShmArrays one = ShmArrays.create("one", List.of(ArraySpec.of("w", FLOAT32, 2)), settings)) {
            Checkpoint.write(one, file);
        }

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() ->
                        arrays(Combine.average()).resumeFrom(file.toString()).run())
                .withMessageContaining("it is not of a training on many hosts: it has no entry __shmarrays_rounds__");
    }

    @Test
    void shouldKeepTheLastCheckpointWhenTheDiskIsFull() throws Exception {
        final HostTrainingResult whole =
                arrays(Combine.average()).epochs(2).rounds(6).run();
        final String path = FullDisk.SCHEME + ":" + directory;

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .checkpointTo(path, 2)
                        .epochs(2)
                        .rounds(6)
                        .whileTrue(round -> {
                            FullDisk.IS_FULL.set(round.number() >= 2);
                            return true;
                        })
                        .run())
                .withMessageContaining(
                        "a checkpoint can't be written: file=" + path + "/round-00000004.npz, No space left"
                                + " on device; the training can be resumed from " + path + "/round-00000002.npz");
        assertThat(names()).containsExactly("round-00000000.npz", "round-00000002.npz");
        FullDisk.IS_FULL.set(false);
        final HostTrainingResult resumed = arrays(Combine.average())
                .checkpointTo(path, 2)
                .resumeFrom(path)
                .epochs(2)
                .rounds(6)
                .run();
        assertSameValues(resumed, whole);
        assertThat(names()).containsExactly("round-00000004.npz", "round-00000006.npz");
    }

    @Test
    void shouldNameTheCheckpointWhenHostsAreMissing() throws Exception {
        arrays(Combine.average())
                .checkpointTo(directory.toString(), 1)
                .rounds(1)
                .run();

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> arrays(Combine.average())
                        .resumeFrom(directory.toString())
                        .minHosts(2, Duration.ofMillis(1))
                        .run())
                .withMessageContaining("too few hosts")
                .withMessageContaining("can be resumed from file:" + directory + "/round-00000001.npz");
    }

    @Test
    void shouldSaveTheModelOfANetwork() throws Exception {
        final MultiLayerNetwork network = network();
        final HostTrainingResult result =
                training(network, Combine.average()).rounds(2).run();
        final Path file = directory.resolve("model.zip");

        result.save(file.toString());

        final MultiLayerNetwork loaded = MultiLayerNetwork.load(file.toFile(), true);
        assertThat(loaded.params()).isEqualTo(network.params());
        assertThat(loaded.getIterationCount()).isEqualTo(8);
        assertThat(names()).containsExactly("model.zip");
        final HostTrainingResult plain = arrays(Combine.average()).rounds(1).run();
        assertThatIllegalStateException()
                .isThrownBy(() -> plain.save(file.toString()))
                .withMessageContaining("only a training of a network has a model to save");
    }
}
