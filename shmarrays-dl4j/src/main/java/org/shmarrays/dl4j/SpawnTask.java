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
 * @param data as workers open it
 * @param listeners of each worker
 * @param join how workers join
 * @param epochs of all workers together
 * @param showsProgress whether worker 0 prints how far the training is
 * @param type ND4J's default type for new arrays, in the program that spawns
 * @param floatingPointType ND4J's default floating-point type there
 */
record SpawnTask(
        Kind kind,
        int[] configuration,
        ShardedData data,
        WorkerListeners listeners,
        List<SpawnOptions.JoinSetting> join,
        int epochs,
        boolean showsProgress,
        DataType type,
        DataType floatingPointType)
        implements Serializable {
    private static final long serialVersionUID = 1;

    static SpawnTask of(final Object model, final ShardedData data, final SpawnOptions options) {
        return new SpawnTask(
                ModelFile.kind(model),
                ModelFile.configuration(model).encoded(),
                options.shared(data),
                options.listeners(),
                options.join(),
                options.epochs(),
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
