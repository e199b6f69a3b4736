package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.worker.LauncherPipe;
import org.shmarrays.internal.worker.WorkerEnvironment;
import org.shmarrays.layout.Names;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.worker.Worker;

/**
 * The program of a spawned worker: loads the model, trains it on its shards, and leaves it in the directory if it is
 * rank 0, or was started again: then it may be the last one to end.
 */
final class SpawnWorker {
    private SpawnWorker() {}

    public static void main(final String... arguments) {
        LauncherPipe.watch();
        try {
            run(SpawnDirectory.at(arguments[0]));
        } catch (final Throwable e) {
            final Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            System.err.println("shmarrays: spawned worker failed: " + reasons(e));
            System.exit(1); // threads that the data has started would keep the process
        }
    }

    /** Printed once more after the stack, of which the program is told the last lines only. */
    static String reasons(final Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(Throwable::toString)
                .distinct()
                .collect(Collectors.joining(", caused by "));
    }

    private static void run(final SpawnDirectory directory) throws Exception {
        final SpawnTask task = SpawnDirectory.read(directory.task(), SpawnTask.class);
        Nd4j.setDefaultDataTypes(task.type(), task.floatingPointType());
        final Object model = ModelFile.read(task.kind(), directory.model());
        check(task, model);
        if (task.removal() == SpawnLauncher.Removal.OF_NAME) {
            removeWhenTheLauncherIsGone(task.options().settings());
        }
        try (SharedTraining training = ModelFile.join(model, task.options().withCreation(directory::noteSegment))) {
            final Worker worker = training.worker();
            checkAlone(training);
            addListeners(model, task.listeners().ofRank(worker.rank()));
            task.work().run(training);
            checkAlone(training);
            if (worker.rank() == 0 || worker.isLate()) {
                ModelFile.write(training.snapshot(model.getClass()), directory.trained(worker.rank()));
                directory.writeEnd(new SpawnDirectory.End(
                        worker.rank(),
                        training.iteration(),
                        training.arrays().arrays().runControl().samples()));
            }
        }
    }

    /**
     * A launcher that was killed can't remove the segment. All workers end then, and each of them tries: the name is
     * that of this run alone.
     */
    private static void removeWhenTheLauncherIsGone(final Settings settings) {
        final List<String> names = Names.withData(WorkerEnvironment.current().segmentName());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (LauncherPipe.isLauncherGone()) {
                                names.forEach(name -> remove(name, settings));
                            }
                        },
                        "shmarrays-remove-segment"));
    }

    private static void remove(final String name, final Settings settings) {
        try {
            ShmArrays.remove(name, settings);
        } catch (final SegmentNotFoundException e) {
            // Another worker was faster, or there was none.
        }
    }

    private static void check(final SpawnTask task, final Object model) {
        final String difference =
                ModelFile.configuration(model).differenceFrom(ModelConfiguration.decoded(task.configuration()));
        if (difference != null) {
            throw new IllegalStateException("the model can't travel to another process, because its file does not keep"
                    + " all of its configuration: first difference (the file's, the model's): "
                    + Names.printable(difference) + "; start workers with `shmarrays run` and join there");
        }
    }

    /** Another program may have chosen the same name at the same time: then both train one model. */
    static void checkAlone(final SharedTraining training) {
        final SegmentStatus status = training.arrays().arrays().status();
        for (final WorkerStatus other : status.workers()) {
            if (other.hasRank() && other.runId() != training.worker().runId()) {
                throw new IllegalStateException("workers of another run train in the segment: name=" + status.name()
                        + ", pid=" + other.pid() + "; give each program that spawns a name of its own");
            }
        }
    }

    private static void addListeners(final Object model, final Collection<? extends TrainingListener> listeners) {
        final List<TrainingListener> added = new ArrayList<>(listeners);
        if (model instanceof MultiLayerNetwork network) {
            network.addListeners(added.toArray(TrainingListener[]::new));
        } else if (model instanceof ComputationGraph graph) {
            graph.addListeners(added.toArray(TrainingListener[]::new));
        }
    }
}
