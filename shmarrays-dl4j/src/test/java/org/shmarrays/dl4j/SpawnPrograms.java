package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;

/** Programs that spawn, for {@link SpawnIT}: they start in JVMs without flags, and learn what no line separates. */
final class SpawnPrograms {
    /** A system property that workers print. */
    static final String WORD = "spawned.word";

    static final int WORKERS = 2;
    static final int EPOCHS = 2;
    static final int BATCHES = 100;
    static final int SAMPLES = 16;

    private SpawnPrograms() {}

    static SpawnOptions options() {
        return SpawnOptions.defaults()
                .withWorkers(WORKERS)
                .withHeap("128m")
                .withJvmArgument("-XX:+UseSerialGC")
                .withJvmArgument("-XX:TieredStopAtLevel=1");
    }

    private static List<DataSet> batches(final int shard, final int shards) {
        return IntStream.range(0, BATCHES)
                .filter(i -> i % shards == shard)
                .mapToObj(i -> Networks.exclusiveOr(DataType.FLOAT, SAMPLES, i))
                .toList();
    }

    /** Waits until each worker has opened a shard: else a fast one might train on all of them. */
    private static void awaitOthers() {
        final Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            Files.writeString(directory.resolve("opened" + System.getenv("SHMARRAYS_RANK")), "");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int rank = 0; rank < WORKERS; rank++) {
            while (Files.notExists(directory.resolve("opened" + rank))) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** For a method reference. */
    static DataSetIterator open(final Shard shard) {
        System.out.println(System.getProperty(WORD));
        awaitOthers();
        return new ListDataSetIterator<>(batches(shard.rank(), shard.worldSize()), 1);
    }

    /** Puts the data into memory, says so, and waits without end. */
    static void waitWithData(final SharedTraining training) {
        training.sharedBatches(() -> Networks.exclusiveOr(DataType.FLOAT, SAMPLES, 0), SAMPLES);
        System.out.println("pid=" + ProcessHandle.current().pid());
        while (true) {
            LockSupport.park();
        }
    }

    private static DataSetIterator test() {
        return new ListDataSetIterator<>(List.of(Networks.exclusiveOr(DataType.FLOAT, 400, BATCHES)), 1);
    }

    private static void print(final SpawnResult result, final int epoch, final Evaluation evaluation) {
        System.out.println("samples=" + result.samples() + ", iterations=" + result.iterations() + ", epoch=" + epoch
                + ", learned=" + (evaluation.accuracy() > 0.95));
    }

    /** A data set of which worker 1 is killed in the middle, unless it was started again. */
    record Killing(int batch) implements ShardedData {
        private static final long serialVersionUID = 1;

        @Override
        public Iterator<?> open(final Shard shard) {
            awaitOthers();
            final List<DataSet> batches = batches(shard.rank(), shard.worldSize());
            final boolean isKilled =
                    "1".equals(System.getenv("SHMARRAYS_RANK")) && System.getenv("SHMARRAYS_RESTART") == null;
            return new ListDataSetIterator<>(batches, 1) {
                private int next;

                @Override
                public DataSet next() {
                    if (isKilled && next++ == batch) {
                        Runtime.getRuntime().halt(137);
                    }
                    return super.next();
                }
            };
        }
    }

    /** A data set of which workers train on a part, and on the rest when there is a file. */
    record Waiting(String file) implements ShardedData {
        private static final long serialVersionUID = 1;

        @Override
        public Iterator<?> open(final Shard shard) {
            return new ListDataSetIterator<>(batches(shard.rank(), shard.worldSize()), 1) {
                private int next;

                @Override
                public DataSet next() {
                    if (next == BATCHES / 4) {
                        System.out.println("waits");
                    }
                    while (next == BATCHES / 4 && Files.notExists(Path.of(file))) {
                        LockSupport.parkNanos(1_000_000);
                    }
                    next++;
                    return super.next();
                }
            };
        }
    }

    /** A graph whose worker 1 is killed, by {@code java -cp}. */
    static final class Graph {
        public static void main(final String... arguments) {
            final ComputationGraph graph = new ComputationGraph(Networks.builder(DataType.FLOAT, new Adam(0.02))
                    .graphBuilder()
                    .addInputs("in")
                    .addLayer("dense", new DenseLayer.Builder().nIn(2).nOut(8).build(), "in")
                    .addLayer("out", Networks.output(8, 2), "dense")
                    .setOutputs("out")
                    .build());
            graph.init();
            final SpawnResult result = SharedTraining.spawn(
                    graph,
                    new Killing(BATCHES / 4),
                    options().withEpochs(EPOCHS).withRestarts(1));
            print(result, graph.getEpochCount(), graph.evaluate(test()));
        }
    }

    /** A SameDiff graph and a method reference, by {@code java -jar}. */
    static final class Jar {
        public static void main(final String... arguments) {
            final SameDiff graph = SameDiffs.perceptron(DataType.FLOAT, 2, 2);
            graph.setTrainingConfig(SameDiffs.config(new Adam(0.02)).build());
            final SpawnResult result = SharedTraining.spawn(
                    graph,
                    SpawnPrograms::open,
                    options().withEpochs(EPOCHS).withProgress().withSamplesOfEpoch(BATCHES * SAMPLES));
            final Evaluation evaluation = new Evaluation();
            graph.evaluate(test(), "out", evaluation);
            print(result, graph.getTrainingConfig().getEpochCount(), evaluation);
        }
    }

    /** Says when its worker begins an epoch. */
    static final class Saying extends BaseTrainingListener {
        private final int rank;

        Saying(final int rank) {
            this.rank = rank;
        }

        @Override
        public void onEpochStart(final Model model) {
            System.out.println("rank " + rank + " has begun");
        }
    }

    /** A data set that is not there in the workers. */
    static final class Missing implements ShardedData {
        private static final long serialVersionUID = 1;

        @Override
        public Iterator<?> open(final Shard shard) {
            throw new AssertionError("not read: " + shard);
        }

        private void readObject(final ObjectInputStream in) throws IOException {
            throw new IOException("the data set is on another disk");
        }
    }

    /** Spawns when it is ending, as a thread does that a signal catches at the begin of a spawn. */
    static final class Ending {
        public static void main(final String... arguments) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> SharedTraining.spawn(
                            SameDiffs.perceptron(DataType.FLOAT, new Adam(0.02)), SpawnPrograms::open, options())));
        }
    }
}
