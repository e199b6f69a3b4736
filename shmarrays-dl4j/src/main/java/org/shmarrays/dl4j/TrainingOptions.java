package org.shmarrays.dl4j;

import org.shmarrays.Settings;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * How a model joins a training: mode LOCKED, in the segment that the worker's launcher named, unless told otherwise.
 * Immutable.
 */
public final class TrainingOptions {
    private final String name;
    private final Mode mode;
    private final Settings settings;
    private final Worker worker;

    private TrainingOptions(final String name, final Mode mode, final Settings settings, final Worker worker) {
        this.name = name;
        this.mode = mode;
        this.settings = settings;
        this.worker = worker;
    }

    /** Options of a process that was started as a worker, or of one that trains alone. */
    public static TrainingOptions defaults() {
        return new TrainingOptions(null, Mode.LOCKED, Settings.fromProperties(), null);
    }

    /** The segment's name, instead of that which the launcher gave. */
    public TrainingOptions withName(final String newName) {
        return new TrainingOptions(newName, mode, settings, worker);
    }

    /**
     * How updates of several workers meet: in {@link Mode#LOCKED} each partition is updated by one worker at a time,
     * and the model computes on a copy; in {@link Mode#HOGWILD} the model's parameters are the shared memory, and
     * updates may overwrite each other.
     *
     * @throws IllegalArgumentException if it is neither of the two
     */
    public TrainingOptions inMode(final Mode newMode) {
        if (newMode != Mode.LOCKED && newMode != Mode.HOGWILD) {
            throw new IllegalArgumentException(
                    "models can't train in this mode: mode=" + newMode + "; use LOCKED or HOGWILD");
        }
        return new TrainingOptions(name, newMode, settings, worker);
    }

    /** Settings instead of those of the system properties. */
    public TrainingOptions withSettings(final Settings newSettings) {
        return new TrainingOptions(name, mode, newSettings, worker);
    }

    /** The worker that trains, instead of {@link Worker#join()}. */
    public TrainingOptions withWorker(final Worker newWorker) {
        return new TrainingOptions(name, mode, settings, newWorker);
    }

    /** The segment's name, or null for that which the launcher gave. */
    String name() {
        return name;
    }

    Mode mode() {
        return mode;
    }

    Settings settings() {
        return settings;
    }

    Worker worker() {
        return worker == null ? Worker.join() : worker;
    }
}
