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
import org.shmarrays.dl4j.SpawnOptions;
import org.shmarrays.errors.SegmentNotFoundException;
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
        this.spawning = new FutureTask<>(() -> network.spawn(data, options), null);
        this.thread = new Thread(spawning, "mnist-spawn");
        thread.setDaemon(true);
        thread.start();
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

    /** The workers keep the segment until they have ended, and what is mapped stays readable after that. */
    @Override
    public Map<String, float[]> values() {
        return spawning.isDone() ? network.values() : network.values(arrays);
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
