package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.ShardedData;
import org.shmarrays.dl4j.SharedModel;
import org.shmarrays.dl4j.SpawnNotSavedException;
import org.shmarrays.dl4j.SpawnOptions;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/**
 * Workers that {@code SharedTraining.spawn} starts, in a thread of its own. What goes on in them is seen from beside,
 * by the name of their segment alone, as any other process could see it.
 */
final class SpawnedWorkers implements Workers, AutoCloseable {
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(20);
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);

    private final Dl4jModel model;
    private final Dl4jNetwork network;
    private final String name;
    private final int workers;
    private final FutureTask<Void> spawning;
    private final Thread thread;
    private ShmArrays arrays;
    private SharedModel attached;
    private RunControl control;
    private SegmentStatus status;
    private volatile boolean isUnsaved;

    /** The values that were last read from the segment, or null. */
    private Map<String, float[]> copied;

    /**
     * Starts the workers.
     *
     * @param network of the model
     * @param name of the segment, which is in the options, too
     * @param workers at the beginning, as in the options
     */
    SpawnedWorkers(
            final Dl4jModel model,
            final Dl4jNetwork network,
            final ShardedData data,
            final String name,
            final int workers,
            final SpawnOptions options) {
        this.model = model;
        this.network = network;
        this.name = name;
        this.workers = workers;
        this.spawning = new FutureTask<>(() -> spawn(data, options), null);
        this.thread = new Thread(spawning, "mnist-spawn");
        thread.setDaemon(true);
        thread.start();
    }

    /** The model is trained also if the training's last checkpoint could not be written. */
    private void spawn(final ShardedData data, final SpawnOptions options) {
        try {
            network.spawn(data, options);
        } catch (final SpawnNotSavedException e) {
            isUnsaved = true;
            System.err.println("shmarrays: " + e.getMessage());
        }
    }

    /** Whether they have ended, and the last checkpoint could not be written, which was said. */
    boolean isUnsaved() {
        return isUnsaved;
    }

    @Override
    public Map<String, float[]> initialValues() {
        return network.values(); // it gets those that were trained when the workers have ended
    }

    @Override
    public void awaitSegment(final Settings settings) throws InterruptedException {
        while (arrays == null) {
            try {
                arrays = ShmArrays.attachReadOnly(name, settings.withAttachTimeout(LOOK_INTERVAL));
            } catch (final SegmentNotFoundException e) {
                if (haveEnded()) {
                    failIfAnyFailed();
                    throw e;
                }
            }
        }
        // Without a slot, but not read-only: it may ask the workers to stop.
        control = RunControl.open(name, settings);
        status = arrays.status();
        attached = SharedModel.attach(name, settings);
    }

    @Override
    public int streams() {
        return 1;
    }

    /** Its convolutions compute by oneDNN, as those of the workers. */
    @Override
    public Classifier classifier() {
        return model.attached(attached);
    }

    @Override
    public SegmentStatus status() {
        return status;
    }

    @Override
    public RunControl control() {
        return control;
    }

    /** If the workers have failed, the last copy before that, because their segment is removed when they have ended. */
    @Override
    public Map<String, float[]> values() {
        if (!hasTrained()) {
            try {
                copied = network.values(arrays);
                return copied;
            } catch (final SegmentRemovedException e) {
                awaitResult(e);
            }
        }
        return hasTrained() ? network.values() : copied;
    }

    /** The segment is removed some time before the result is there. */
    private void awaitResult(final SegmentRemovedException removed) {
        try {
            if (!awaitEnd(END_TIMEOUT) || !hasTrained() && copied == null) {
                throw removed;
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw removed;
        }
    }

    /** Whether they have ended, and none has failed. */
    private boolean hasTrained() {
        try {
            failIfAnyFailed();
            return spawning.isDone();
        } catch (final RuntimeException e) {
            return false; // the model is as it was before
        }
    }

    /** Workers meet before their first pass; a single one has no one to meet. */
    @Override
    public boolean isReady(final WorkerStatus worker) {
        return worker.worldSize() == 1 || worker.barriers() > 0;
    }

    @Override
    public int wanted() {
        return workers;
    }

    @Override
    public boolean haveEnded() throws InterruptedException {
        return spawning.isDone();
    }

    @Override
    public boolean awaitEnd(final Duration timeout) throws InterruptedException {
        try {
            spawning.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (final TimeoutException e) {
            return false;
        } catch (final ExecutionException e) {
            return true; // failIfAnyFailed throws it
        }
        return true;
    }

    @Override
    public void failIfAnyFailed() {
        if (!spawning.isDone()) {
            return;
        }
        try {
            spawning.get();
        } catch (final ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (final InterruptedException e) {
            throw new IllegalStateException("not interrupted: the result is there", e);
        }
    }

    /** Ends workers that still train, where their coordinator has failed. */
    @Override
    public void close() {
        try {
            if (control != null && !spawning.isDone()) {
                control.stop();
                awaitEnd(END_TIMEOUT);
            }
            if (!spawning.isDone()) {
                thread.interrupt();
                thread.join(END_TIMEOUT.toMillis());
            }
        } catch (final InterruptedException e) {
            thread.interrupt(); // the workers must not go on
            Thread.currentThread().interrupt();
        }
        if (attached != null) {
            attached.close();
        }
        if (arrays != null) {
            arrays.close();
        }
    }
}
