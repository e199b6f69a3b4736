package org.shmarrays.dl4j;

import java.io.Serializable;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.dl4j.ModelConfiguration.Kind;

/**
 * What spawned workers do.
 *
 * @param kind class of the model
 * @param configuration of the model, encoded
 * @param work with the joined training
 * @param listeners of each worker
 * @param join how workers join
 * @param removal of the segment
 * @param showsProgress whether worker 0 prints how far the training is
 * @param type ND4J's default type for new arrays, in the program that spawns
 * @param floatingPointType ND4J's default floating-point type there
 */
record SpawnTask(
        Kind kind,
        int[] configuration,
        Work work,
        WorkerListeners listeners,
        List<SpawnOptions.JoinSetting> join,
        SpawnLauncher.Removal removal,
        boolean showsProgress,
        DataType type,
        DataType floatingPointType)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** What a worker does with the training that it has joined. */
    sealed interface Work extends Serializable {
        void run(SharedTraining training) throws Exception;

        /** What the user has given, whose class loader has the user's classes. */
        Object given();
    }

    /** Trains on the user's data, of which each worker opens shards. */
    record Shards(ShardedData given, SpawnOptions.Sharing sharing, int epochs) implements Work {
        private static final long serialVersionUID = 1;

        /** The data, as workers open it. */
        ShardedData data() {
            return sharing.of(given);
        }

        @Override
        public void run(final SharedTraining training) {
            training.fit(data(), epochs);
        }
    }

    /** Runs the user's program, and waits for the other workers' steps: its end need not be that of a fit. */
    record Program(WorkerProgram given) implements Work {
        private static final long serialVersionUID = 1;

        @Override
        public void run(final SharedTraining training) throws Exception {
            given.run(training);
            training.awaitOthers();
        }
    }

    static SpawnTask of(final Object model, final Work work, final SpawnOptions options) {
        return new SpawnTask(
                ModelFile.kind(model),
                ModelFile.configuration(model).encoded(),
                work,
                options.listeners(),
                options.join(),
                options.removal(),
                options.showsProgress(),
                Nd4j.dataType(),
                Nd4j.defaultFloatingPointType());
    }

    /** How a worker joins. */
    TrainingOptions options() {
        TrainingOptions options = TrainingOptions.defaults();
        for (final SpawnOptions.JoinSetting setting : join) {
            options = setting.apply(options);
        }
        return showsProgress ? options.withProgress(System.out) : options;
    }
}
