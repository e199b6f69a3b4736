package org.shmarrays.dl4j;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.worker.WorkerEnvironment;
import org.shmarrays.launch.Launcher;

/**
 * One call of {@code SharedTraining.spawn}, in the program that spawns: writes model, data and options to a private
 * directory, starts the process that launches the workers, waits for its end and takes the trained model. It maps no
 * memory and needs no flags. For one thread.
 */
final class Spawn implements AutoCloseable {
    /** More than the launcher needs to end its workers: their grace, and then SIGKILL. */
    private static final long END_TIMEOUT_S = 60;

    /** Of the kernels, for which a JVM warns when it starts; the launcher needs none. */
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private final Thread shutdownHook = new Thread(this::endWithProgram, "shmarrays-end-spawn");
    private volatile boolean isProgramEnding;
    private volatile Process launcher;
    private SpawnDirectory directory;

    /**
     * A spawn without a directory, made before there is anything to remove when the program ends.
     *
     * @throws IllegalStateException if the program ends already
     */
    Spawn() {
        Runtime.getRuntime().addShutdownHook(shutdownHook);
    }

    /** Creates the directory, unless the program is ending: its shutdown hook may have looked for it already. */
    private synchronized SpawnDirectory createDirectory() throws IOException {
        if (isProgramEnding) {
            throw new IllegalStateException("the program is ending, so that no workers are started");
        }
        directory = SpawnDirectory.create();
        return directory;
    }

    private synchronized SpawnDirectory directory() {
        return directory;
    }

    /** {@link SharedTraining#spawn(MultiLayerNetwork, ShardedData, SpawnOptions)} of a model of any class. */
    static SpawnResult run(final Object model, final ShardedData data, final SpawnOptions options) {
        Objects.requireNonNull(data, "data");
        return run(model, new SpawnTask.Shards(data, options.sharing(), options.epochs()), options);
    }

    /**
     * {@link SharedTraining#spawnWorkers(MultiLayerNetwork, WorkerProgram, SpawnOptions)} of a model of any class.
     *
     * @throws IllegalArgumentException if the options are for data that the program has not
     */
    static SpawnResult runProgram(final Object model, final WorkerProgram program, final SpawnOptions options) {
        Objects.requireNonNull(program, "program");
        options.checkNoData();
        return run(model, new SpawnTask.Program(program), options);
    }

    private static SpawnResult run(final Object model, final SpawnTask.Work work, final SpawnOptions options) {
        final long startNs = System.nanoTime();
        checkNoWorker();
        ModelFile.check(model, options.mode());
        if (model instanceof SameDiff && options.hasListeners()) {
            throw new IllegalArgumentException("a SameDiff graph has no TrainingListeners; leave withListeners out");
        }
        final SpawnLauncher.Start start = SpawnLauncher.Start.of(options);
        final long before = ModelFile.iteration(model);
        try (Spawn spawn = new Spawn()) {
            final SpawnDirectory directory = spawn.createDirectory();
            checkUnused(start.launcher(directory));
            final Set<Class<?>> classes = write(directory, start, SpawnTask.of(model, work, options));
            ModelFile.write(model, directory.model(), classes::add);
            directory.checkSpace(Files.size(directory.model()));
            final String unsaved = spawn.await(directory, classes, options).unsaved();
            final SpawnDirectory.End end = end(directory);
            ModelFile.copy(directory.trained(end.rank()), model);
            final SpawnResult result =
                    new SpawnResult(end.samples(), end.iteration() - before, (System.nanoTime() - startNs) * 1e-9);
            if (!unsaved.isEmpty()) {
                throw new SpawnNotSavedException(unsaved, result);
            }
            return result;
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the model can't be handed to workers, or taken from them: " + e
                            + "; if there is too little space, start the program with -Djava.io.tmpdir=DIRECTORY",
                    e);
        }
    }

    /**
     * How far the training was when it ended.
     *
     * @throws SpawnFailedException if no worker has left a model, though none has failed
     */
    static SpawnDirectory.End end(final SpawnDirectory directory) throws IOException {
        return directory
                .lastEnd()
                .orElseThrow(() -> new SpawnFailedException(
                        "worker 0 ended with exit code 0 before it had trained to the end, and left no model; see"
                                + " whether the data or a listener calls System.exit",
                        0,
                        0,
                        List.of()));
    }

    private static void checkNoWorker() {
        final WorkerEnvironment environment = WorkerEnvironment.current();
        if (environment.launched() || environment.worldSize() > 1) {
            throw new IllegalStateException("a worker can't spawn workers: rank=" + environment.rank() + " of "
                    + environment.worldSize() + "; call SharedTraining.join here, or start the program without"
                    + " `shmarrays run`");
        }
    }

    private static void checkUnused(final Launcher launcher) {
        if (ShmArrays.exists(launcher.segmentName(), launcher.settings())) {
            throw new IllegalStateException("there is a segment of this name: name=" + launcher.segmentName()
                    + "; remove it by `shmarrays rm " + launcher.segmentName() + "`, or give another name");
        }
    }

    /** Writes all but the model; returns the classes of all that is in the task, and those that start it. */
    static Set<Class<?>> write(final SpawnDirectory directory, final SpawnLauncher.Start start, final SpawnTask task)
            throws IOException {
        directory.writeArguments(Launcher.inheritedJvmArguments());
        SpawnDirectory.write(directory.launch(), start);
        final Set<Class<?>> classes = new LinkedHashSet<>(List.of(
                task.work().given().getClass(),
                Spawn.class,
                Launcher.class,
                Nd4j.getBackend().getClass()));
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(directory.task()));
                ObjectOutputStream out = new ClassNotingStream(file, classes::add)) {
            out.writeObject(task);
        } catch (final NotSerializableException | InvalidClassException e) {
            throw new IllegalArgumentException(
                    "the data, the program or the listeners hold an object that can't travel to another"
                            + " process: class=" + e.getMessage()
                            + "; make it Serializable, or have the lambda make"
                            + " the object of what is, such as a path or a number",
                    e);
        }
        return classes;
    }

    /**
     * Starts the launcher and waits for the end of its workers.
     *
     * @throws SpawnFailedException if a worker has failed
     */
    private SpawnLauncher.Outcome await(
            final SpawnDirectory directory, final Set<Class<?>> classes, final SpawnOptions options)
            throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command(classes, directory));
        builder.environment().keySet().removeAll(WorkerEnvironment.VARIABLES);
        launcher = builder.start();
        final Thread out = copier(launcher.getInputStream(), options.out());
        final Thread err = copier(launcher.getErrorStream(), options.err());
        final int exitCode;
        try {
            exitCode = launcher.waitFor();
            out.join();
            err.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while workers train; they are stopped", e);
        }
        if (!Files.exists(directory.outcome())) {
            while (isProgramEnding) {
                LockSupport.park(); // until the end: a signal, and not a failure, has ended the launcher
            }
            throw new SpawnFailedException(
                    "the process that launches the workers was ended before them, with exit code " + exitCode
                            + "; `bin/shmarrays clean` removes a segment that it has left",
                    SpawnFailedException.NO_RANK,
                    exitCode,
                    List.of());
        }
        final SpawnLauncher.Outcome outcome = SpawnDirectory.read(directory.outcome(), SpawnLauncher.Outcome.class);
        if (!outcome.isSuccess()) {
            throw new SpawnFailedException(outcome.failure(), outcome.rank(), outcome.exitCode(), outcome.lastLines());
        }
        return outcome;
    }

    /** The launcher's command line: a worker's, but for the kernels, which warn when a JVM starts. */
    static List<String> command(final Set<Class<?>> classes, final SpawnDirectory directory) {
        final List<String> command =
                new ArrayList<>(Launcher.ofMainClass(SpawnLauncher.class.getName(), directory.toString())
                        .ownClasses(classes)
                        .heap("64m")
                        .jvmArgument("-XX:+UseSerialGC")
                        .jvmArgument("-XX:TieredStopAtLevel=1")
                        .command());
        command.removeAll(Launcher.jvmFlags().stream()
                .filter(flag -> flag.contains(VECTOR_MODULE))
                .toList());
        return command;
    }

    /** Copies until the end of the output. A stream that throws gets no more, but the workers never wait for it. */
    static Thread copier(final InputStream from, final PrintStream to) {
        final Thread thread = new Thread(
                () -> {
                    final byte[] bytes = new byte[8 * 1024];
                    try {
                        try {
                            for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
                                to.write(bytes, 0, count);
                                to.flush();
                            }
                        } finally {
                            from.transferTo(OutputStream.nullOutputStream());
                        }
                    } catch (final IOException e) {
                        // The process was ended and its pipe closed: the end of the stream in other words.
                    }
                },
                "shmarrays-spawn-output");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void endWithProgram() {
        isProgramEnding = true;
        abandon();
    }

    /** Twice is harmless. */
    @Override
    public void close() {
        abandon();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (final IllegalStateException e) {
            // This JVM is ending and the hook runs already.
        }
    }

    /** Ends what still runs, and removes the directory; harmless if there is nothing to do. */
    private void abandon() {
        final Process running = launcher;
        if (running != null) {
            endAndAwait(running);
        }
        final SpawnDirectory created = directory();
        if (created != null) {
            created.remove();
        }
    }

    /** The launcher sees the end of its standard input, stops its workers and removes their segment. */
    private static void endAndAwait(final Process running) {
        boolean isInterrupted = false;
        try {
            running.getOutputStream().close();
        } catch (final IOException e) {
            // It has ended.
        }
        final long startNs = System.nanoTime();
        long leftNs = TimeUnit.SECONDS.toNanos(END_TIMEOUT_S);
        while (leftNs > 0 && running.isAlive()) {
            try {
                running.waitFor(leftNs, TimeUnit.NANOSECONDS);
            } catch (final InterruptedException e) {
                isInterrupted = true; // the workers must not go on
            }
            leftNs = TimeUnit.SECONDS.toNanos(END_TIMEOUT_S) - (System.nanoTime() - startNs);
        }
        running.destroyForcibly();
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
