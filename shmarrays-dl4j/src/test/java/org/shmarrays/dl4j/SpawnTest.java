package org.shmarrays.dl4j;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** What is refused before a process starts, and how models travel. */
class SpawnTest {
    private static final ShardedData DATA = shard -> Trained.iterator(shard.rank() + 1);
    private static final SpawnOptions OPTIONS = SpawnOptions.defaults().withWorkers(2);

    @TempDir
    private Path directory;

    private static MultiLayerNetwork network() {
        return Trained.network(Trained.dense(new Adam(0.05)));
    }

    /** Not serializable. */
    private static final class Reader {
        private Iterator<?> open(final Shard shard) {
            return Trained.iterator(shard.rank() + 1);
        }
    }

    @Test
    void shouldNameTheClassThatCannotTravel() {
        final Reader reader = new Reader();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(network(), shard -> reader.open(shard), OPTIONS))
                .withMessage(
                        "the data, the program or the listeners hold an object that can't travel to another process:"
                                + " class="
                                + Reader.class.getName()
                                + "; make it Serializable, or have the lambda make the object of what"
                                + " is, such as a path or a number");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(network(), reader::open, OPTIONS))
                .withMessageContaining("class=" + Reader.class.getName());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(network(), DATA, OPTIONS.withListeners(rank -> {
                    reader.open(null);
                    return List.of();
                })))
                .withMessageContaining("class=" + Reader.class.getName());
    }

    /** Serializable because DL4J's iterators are, but a copy in another process would have no batches. */
    static List<Iterator<?>> iterators() {
        final INDArray samples = Nd4j.ones(4, 3);
        final Shard shard = new Shard(0, 2, 0);
        final IndexedBatches batches = IndexedBatches.ofArrays(samples, samples, 2);
        final IndexedMultiBatches multiBatches = IndexedMultiBatches.of(2, index -> null);
        return List.of(batches, multiBatches, shard.deal(batches), shard.deal(multiBatches));
    }

    @ParameterizedTest
    @MethodSource("iterators")
    void shouldRefuseIteratorsThatCannotTravel(final Iterator<?> iterator) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(network(), shard -> iterator, OPTIONS))
                .withMessageContaining("class=" + iterator.getClass().getName());
    }

    @Test
    void shouldRefuseOptionsOfDataForAProgram() {
        final WorkerProgram program = training -> {};

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawnWorkers(network(), program, OPTIONS.withEpochs(2)))
                .withMessage("the program of spawnWorkers has data and epochs of its own: epochs=2, everyBatch=false;"
                        + " leave withEpochs and withEveryBatch out, and give the epochs to training.fit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawnWorkers(network(), program, OPTIONS.withEveryBatch()))
                .withMessageContaining("everyBatch=true");
    }

    @Test
    void shouldSayThatATrainedModelWouldNotFit() throws IOException {
        final SpawnDirectory shared = SpawnDirectory.at(directory.toString());
        shared.checkSpace(1);

        assertThatThrownBy(() -> shared.checkSpace(Long.MAX_VALUE))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("too little space for the trained model: directory=" + directory
                        + ", neededBytes=" + Long.MAX_VALUE + ", freeBytes=");
    }

    @Test
    void shouldRefuseListenersOfSameDiff() {
        final SameDiff graph = SameDiffs.perceptron(DataType.FLOAT, new Sgd(0.1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(graph, DATA, OPTIONS.withListeners(rank -> List.of())))
                .withMessage("a SameDiff graph has no TrainingListeners; leave withListeners out");
    }

    /** A network of which a file would not keep the class. */
    @SuppressWarnings("overrides") // DL4J's own
    private static final class OwnNetwork extends MultiLayerNetwork {
        private static final long serialVersionUID = 1;

        OwnNetwork(final MultiLayerConfiguration configuration) {
            super(configuration);
        }
    }

    @Test
    void shouldRefuseSubclasses() {
        final OwnNetwork network = new OwnNetwork(Trained.dense(new Sgd(0.1)));
        network.init();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(network, DATA, OPTIONS))
                .withMessage("a model file does not keep the class of the model: class=" + OwnNetwork.class.getName()
                        + "; spawn a MultiLayerNetwork");
    }

    /** DL4J writes such a schedule as JSON, and can't read it back. */
    @Test
    void shouldKeepASchedule() throws IOException {
        final Path file = directory.resolve("network");
        final Sgd ramp = new Sgd(new RampSchedule(new FixedSchedule(0.1), 10));
        final MultiLayerNetwork network = Trained.network(Trained.dense(ramp));
        network.fit(Trained.iterator(3), 2);
        ModelFile.write(network, file);

        final MultiLayerNetwork read = (MultiLayerNetwork) ModelFile.read(ModelFile.kind(network), file);

        network.fit(Trained.iterator(2));
        read.fit(Trained.iterator(2));
        Trained.assertSame(read, network, "a network that was read, and trained");
    }

    /** A user's own, of which Jackson knows no constructor. */
    static final class OwnSchedule implements ISchedule {
        private static final long serialVersionUID = 1;

        private final double rate;

        OwnSchedule(final double rate) {
            this.rate = rate;
        }

        @Override
        public double valueAt(final int iteration, final int epoch) {
            return rate;
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }

    /** Serializable, but for what it holds. */
    private static final class HoldingSchedule implements ISchedule {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("serial") // that is what makes it fail
        private final Object held = new Object();

        @Override
        public double valueAt(final int iteration, final int epoch) {
            return held.hashCode();
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }

    /** A SameDiff graph travels as the file that DL4J makes of it. */
    @Test
    void shouldKeepAScheduleOfSameDiff() throws IOException {
        final Path file = directory.resolve("graph");
        final SameDiff graph =
                SameDiffs.perceptron(DataType.FLOAT, new Sgd(new RampSchedule(new FixedSchedule(0.1), 10)));
        ModelFile.check(graph, Mode.LOCKED);
        ModelFile.write(graph, file);

        final SameDiff read = (SameDiff) ModelFile.read(ModelFile.kind(graph), file);

        graph.fit(sameDiffData(2), 1);
        read.fit(sameDiffData(2), 1);
        assertThat(SameDiffs.values(read)).usingRecursiveComparison().isEqualTo(SameDiffs.values(graph));
    }

    @Test
    void shouldRefuseSameDiffThatCannotBeRead() {
        final SameDiff graph = SameDiffs.perceptron(DataType.FLOAT, new Sgd(new OwnSchedule(0.1)));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedTraining.spawn(graph, DATA, OPTIONS))
                .withMessageStartingWith("the graph can't travel to another process, because DL4J can't read its"
                        + " TrainingConfig back: ");
    }

    @Test
    void shouldRefuseAConfigurationThatIsNotSerializable() {
        final MultiLayerNetwork network = Trained.network(Trained.dense(new Sgd(new HoldingSchedule())));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFile.write(network, directory.resolve("network")))
                .withMessageStartingWith("the configuration of the model holds an object that can't travel to another"
                        + " process: class=java.lang.Object;");
    }

    /** Or workers would fail that can't load them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNoteClassesOfTheConfiguration(final boolean isGraph) throws IOException {
        final Sgd updater = new Sgd(new OwnSchedule(0.1));
        final Model model =
                isGraph ? Trained.graph(Trained.denseGraph(updater)) : Trained.network(Trained.dense(updater));
        final Set<Class<?>> classes = new HashSet<>();

        ModelFile.write(model, directory.resolve("model"), classes::add);

        assertThat(classes).contains(OwnSchedule.class);
    }

    @Test
    void shouldRefuseModelsThatCannotJoin() {
        final MultiLayerNetwork network = new MultiLayerNetwork(Trained.dense(new Sgd(0.1)));
        assertThatIllegalStateException()
                .isThrownBy(() -> SharedTraining.spawn(network, DATA, OPTIONS))
                .withMessage("the network is not initialised; call its init first");
        network.init();
        try (SharedTraining training = SharedTraining.join(network, Trained.options(directory, Mode.LOCKED))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> SharedTraining.spawn(network, DATA, OPTIONS))
                    .withMessage("the network has joined a training already; close that one first");
            assertThat(training.iteration()).isZero();
        }
    }

    @Test
    void shouldRefuseANameThatIsTaken() throws IOException {
        final Path segments = Files.createDirectory(directory.resolve("segments"));
        Files.createDirectory(new SegmentRoot(segments).segment("digits"));
        final SpawnOptions options = OPTIONS.withName("digits").withJvmArgument("-Dshmarrays.directory=" + segments);

        assertThatIllegalStateException()
                .isThrownBy(() -> SharedTraining.spawn(network(), DATA, options))
                .withMessage("there is a segment of this name: name=digits; remove it by `shmarrays rm digits`, or"
                        + " give another name");
    }

    @Test
    void shouldNotTrainWithWorkersOfAnotherRun() {
        try (SharedTraining own = join(7)) {
            SpawnWorker.checkAlone(own);
            try (SharedTraining other = join(8)) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> SpawnWorker.checkAlone(own))
                        .withMessage("workers of another run train in the segment: name=" + Trained.SEGMENT + ", pid="
                                + ProcessHandle.current().pid() + "; give each program that spawns a name of its own");
                assertThatIllegalStateException().isThrownBy(() -> SpawnWorker.checkAlone(other));
            }
        }
    }

    private SharedTraining join(final long runId) {
        return SharedTraining.join(network(), Trained.options(directory, Mode.LOCKED, Worker.of(0, 1, runId)));
    }

    @Test
    void shouldCheckOptionsAtOnce() {
        assertThatNullPointerException().isThrownBy(() -> OPTIONS.withListeners(null));
        assertThatNullPointerException().isThrownBy(() -> OPTIONS.withOutput(null, System.err));
        assertThatNullPointerException().isThrownBy(() -> OPTIONS.withOutput(System.out, null));
        assertThatNullPointerException().isThrownBy(() -> SharedTraining.spawn(network(), null, OPTIONS));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withWorkers(0));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withEpochs(0));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.inMode(Mode.ATOMIC));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withHeap("much"));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withDevices("0", " "));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withThreadsPerWorker(0));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withRestarts(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withJvmArgument("Xmx1g"));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withSamplesOfEpoch(0));
        assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withName("a/b"));
        assertThatNullPointerException().isThrownBy(() -> OPTIONS.withCheckpoints(directory, null, 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OPTIONS.withCheckpoints(directory, CheckpointPlan.Interval.everySteps(5), 0));
    }

    @Test
    void shouldHandOptionsToLauncherAndWorkers() throws IOException {
        final SpawnOptions options = OPTIONS.inMode(Mode.HOGWILD)
                .withName("digits")
                .withHeap("300m")
                .withDevices("1", "3")
                .withJvmArgument("-Da=b")
                .withSamplesOfEpoch(77)
                .withProgress()
                .withPlan(new ResumePlan(Map.of("batch-size", "64"), Map.of()))
                .withCheckpoints(directory, CheckpointPlan.Interval.everySteps(5), 2)
                .resumeFrom(directory.resolve("digits.npz"));
        final Path file = directory.resolve("start");
        SpawnDirectory.write(file, SpawnLauncher.Start.of(options));
        final Path task = directory.resolve("task");
        SpawnDirectory.write(task, SpawnTask.of(network(), new SpawnTask.Program(training -> {}), options));

        final SpawnLauncher.Start start = SpawnDirectory.read(file, SpawnLauncher.Start.class);
        final TrainingOptions joining =
                SpawnDirectory.read(task, SpawnTask.class).options();

        assertThat(start.removal()).isEqualTo(SpawnLauncher.Removal.IF_TRAINED);
        assertThat(start.launcher(SpawnDirectory.at("/dir")).segmentName()).isEqualTo("digits");
        assertThat(start.launcher(SpawnDirectory.at("/dir")).command())
                .contains("-Xmx300m", "-Da=b")
                .endsWith(SpawnWorker.class.getName(), "/dir");
        assertThat(start.checkpoints())
                .isEqualTo(new CheckpointPlan(
                        directory.toString(),
                        CheckpointPlan.Interval.everySteps(5),
                        2,
                        directory.resolve("digits.npz").toString()));
        assertThat(start.plan().fixed()).containsEntry("batch-size", "64");
        assertThat(joining.plan()).isEqualTo(start.plan());
        assertThat(joining.resumes()).isTrue();
        assertThat(joining.mode()).isEqualTo(Mode.HOGWILD);
        assertThat(joining.samplesOfEpoch()).isEqualTo(77);
        assertThat(joining.progress()).isSameAs(System.out);
        assertThat(options.withoutProgress().showsProgress()).isFalse();
    }

    @Test
    void shouldRemoveTheSegmentOfAFailedTrainingUnlessItWasNamedAlone() {
        assertThat(OPTIONS.removal()).isEqualTo(SpawnLauncher.Removal.OF_NAME);
        assertThat(OPTIONS.withRemovalAtEnd().removal()).isEqualTo(SpawnLauncher.Removal.OF_NAME);
        assertThat(OPTIONS.withName("digits").removal()).isEqualTo(SpawnLauncher.Removal.IF_TRAINED);
        assertThat(OPTIONS.withRemovalAtEnd().withName("digits").removal()).isEqualTo(SpawnLauncher.Removal.ALWAYS);
    }

    /** Of what a worker creates, and not of what it finds. */
    @Test
    void shouldNoteTheSegmentsThatAWorkerCreates() throws IOException {
        final SpawnDirectory shared = SpawnDirectory.at(
                Files.createDirectory(directory.resolve("shared")).toString());
        final SpawnDirectory other = SpawnDirectory.at(
                Files.createDirectory(directory.resolve("other")).toString());
        try (SharedTraining first = join(0, shared);
                SharedTraining second = join(1, other)) {
            first.sharedBatches(() -> Trained.batch(0), 4);
            second.sharedBatches(() -> Trained.batch(0), 4);
            final UUID training = Doors.SEGMENT.of(first.arrays().arrays()).uid();
            final UUID data;
            try (ShmArrays arrays = ShmArrays.attachReadOnly(
                    Trained.SEGMENT + "-data",
                    Trained.options(directory, Mode.LOCKED).settings())) {
                data = Doors.SEGMENT.of(arrays).uid();
            }

            assertThat(List.of(training, data)).allMatch(shared::hasSegment).noneMatch(other::hasSegment);
        }
    }

    private SharedTraining join(final int rank, final SpawnDirectory shared) {
        return SharedTraining.join(
                network(),
                Trained.options(directory, Mode.LOCKED, Worker.of(rank, 2, 7)).withCreation(shared::noteSegment));
    }

    @Test
    void shouldOpenAllDataInEachWorker() throws IOException {
        final Path file = directory.resolve("task");
        final SpawnOptions options = OPTIONS.withEveryBatch();
        final ShardedData data =
                shard -> List.of(shard.rank(), shard.worldSize(), shard.epoch()).iterator();
        SpawnDirectory.write(file, new SpawnTask.Shards(data, options.sharing(), options.epochs()));

        final Iterator<?> opened =
                SpawnDirectory.read(file, SpawnTask.Shards.class).data().open(new Shard(1, 2, 7));

        assertThat(List.of(opened.next(), opened.next(), opened.next())).isEqualTo(List.of(0, 1, 7));
    }

    /** Loaded here, and not there: the file of a class of another name. */
    @Test
    void shouldNameAClassThatAWorkerCannotLoad() throws IOException {
        final Path file = directory.resolve("end");
        SpawnDirectory.write(file, new SpawnDirectory.End(0, 9, 90));
        final String bytes = Files.readString(file, ISO_8859_1);
        Files.writeString(file, bytes.replace("SpawnDirectory$End", "SpawnDirectory$Bad"), ISO_8859_1);

        assertThatIllegalStateException()
                .isThrownBy(() -> SpawnDirectory.read(file, SpawnDirectory.End.class))
                .withMessageStartingWith("a class of the data or the listeners is not on the class path of the workers:"
                        + " class=org.shmarrays.dl4j.SpawnDirectory$Bad, classPath=");
    }

    @Test
    void shouldTellTheReasonsOfAFailure() {
        final Exception cause = new IOException("no such file");

        assertThat(SpawnWorker.reasons(new IllegalStateException("not opened", cause)))
                .isEqualTo("java.lang.IllegalStateException: not opened, caused by java.io.IOException: no such file");
    }

    /** Such as a full pipe's or a closed file's. A worker would wait for a reader without end. */
    @Test
    void shouldReadOnWhereTheOutputThrows() throws InterruptedException {
        final InputStream lines = new ByteArrayInputStream(new byte[100_000]);
        final PrintStream broken = new PrintStream(OutputStream.nullOutputStream()) {
            @Override
            public void write(final byte[] bytes, final int offset, final int length) {
                throw new IllegalStateException("thrown by the stream of a test");
            }
        };

        final Thread copier = Spawn.copier(lines, broken);

        copier.join(Duration.ofMinutes(1).toMillis());
        assertThat(copier.isAlive()).isFalse();
        assertThat(lines).isEmpty();
    }

    @Test
    void shouldSayThatNoWorkerHasLeftAModel() {
        assertThatThrownBy(() -> Spawn.end(SpawnDirectory.at(directory.toString())))
                .isInstanceOf(SpawnFailedException.class)
                .hasMessage("worker 0 ended with exit code 0 before it had trained to the end, and left no model; see"
                        + " whether the data or a listener calls System.exit");
    }

    @Test
    void shouldTakeTheEndWithMostSteps() throws IOException {
        final SpawnDirectory ends = SpawnDirectory.at(directory.toString());
        assertThat(ends.lastEnd()).isEmpty();
        ends.writeEnd(new SpawnDirectory.End(0, 9, 90));
        ends.writeEnd(new SpawnDirectory.End(3, 10, 100));
        ends.writeEnd(new SpawnDirectory.End(2, 8, 80));

        assertThat(ends.lastEnd()).contains(new SpawnDirectory.End(3, 10, 100));
    }

    /** There and back: the file of a trained model makes an untrained one equal, which then trains alike. */
    @Test
    void shouldCopyNetworks() throws IOException {
        final Path file = directory.resolve("network");
        final MultiLayerNetwork trained = network();
        trained.fit(Trained.iterator(3), 2);
        final MultiLayerNetwork other = network();
        ModelFile.write(trained, file);

        ModelFile.copy(file, other);

        Trained.assertSame(other, trained, "a copy");
        trained.fit(Trained.iterator(2));
        other.fit(Trained.iterator(2));
        Trained.assertSame(other, trained, "a copy that was trained");
    }

    @Test
    void shouldCopyGraphs() throws IOException {
        final Path file = directory.resolve("graph");
        final ComputationGraph trained = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        trained.fit(Trained.iterator(3), 2);
        final ComputationGraph other = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        ModelFile.write(trained, file);

        ModelFile.copy(file, other);

        Trained.assertSame(other, trained, "a copy");
        trained.fit(Trained.iterator(2));
        other.fit(Trained.iterator(2));
        Trained.assertSame(other, trained, "a copy that was trained");
    }

    private static DataSetIterator sameDiffData(final int batches) {
        return new ListDataSetIterator<>(
                IntStream.range(0, batches)
                        .mapToObj(i -> SameDiffs.samples(DataType.FLOAT, i))
                        .map(batch -> new DataSet(batch.getFeatures(0), batch.getLabels(0)))
                        .toList(),
                1);
    }

    @Test
    void shouldCopySameDiffGraphs() throws IOException {
        final Path file = directory.resolve("graph");
        final SameDiff trained = SameDiffs.perceptron(DataType.FLOAT, new Adam(0.05));
        trained.fit(sameDiffData(3), 2);
        final SameDiff other = SameDiffs.perceptron(DataType.FLOAT, new Adam(0.05));
        ModelFile.write(other, directory.resolve("untrained"));
        ModelFile.write(trained, file);

        ModelFile.copy(file, other);

        assertThat(ModelFile.iteration(other)).isEqualTo(ModelFile.iteration(trained));
        for (int i = 0; i < 2; i++) {
            assertThat(SameDiffs.values(other)).usingRecursiveComparison().isEqualTo(SameDiffs.values(trained));
            assertThat(SameDiffs.state(other)).usingRecursiveComparison().isEqualTo(SameDiffs.state(trained));
            assertThat(other.getTrainingConfig().getEpochCount())
                    .isEqualTo(trained.getTrainingConfig().getEpochCount());
            trained.fit(sameDiffData(2), 1);
            other.fit(sameDiffData(2), 1);
        }
    }

    @Test
    void shouldQuoteArgumentsForJava() throws IOException {
        final SpawnDirectory shared = SpawnDirectory.at(directory.toString());

        shared.writeArguments(List.of("-Da=two words # 'x'", "-Dp=C:\\new \"x\"", "-Dl=1\n\t2\r"));

        assertThat(Files.readString(shared.arguments()))
                .isEqualTo("\"-Da=two words # 'x'\"\n\"-Dp=C:\\\\new \\\"x\\\"\"\n\"-Dl=1\\n\\t2\\r\"\n");
    }

    @Test
    void shouldStartTheLauncherWithoutTheFlagOfTheKernelsOnly() {
        final String place = directory.resolve("jdk.incubator.vector").toString();

        assertThat(Spawn.command(Set.of(Spawn.class), SpawnDirectory.at(place)))
                .doesNotContain("--add-modules=jdk.incubator.vector")
                .endsWith(SpawnLauncher.class.getName(), place);
    }
}
