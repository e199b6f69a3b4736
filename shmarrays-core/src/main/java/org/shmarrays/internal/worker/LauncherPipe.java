package org.shmarrays.internal.worker;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends this worker process when its launcher is gone.
 *
 * <p>The launcher holds the writing end of the worker's standard input and never writes to it. However the launcher
 * ends, also by SIGKILL, the kernel closes that end; a thread that reads here sees the end of the stream and ends the
 * process. A launched worker therefore cannot use its standard input for anything else. Any thread may call
 * {@link #watch()}, which also has a worker that fails say so in a sentence.
 */
public final class LauncherPipe {
    /** As if by SIGTERM (128 + 15), which the launcher would have sent if it could. */
    public static final int EXIT_CODE = 143;

    private static final int SHUTDOWN_HOOKS_GRACE_MS = 2_000;
    private static final AtomicBoolean WATCHING = new AtomicBoolean();
    private static volatile boolean isLauncherGone;

    private LauncherPipe() {}

    /**
     * Begins to watch if the launcher started this process; the first call does, later ones are harmless. Does not
     * block.
     *
     * @return whether the launcher is being watched
     * @throws IllegalArgumentException if an environment variable makes no sense
     */
    public static boolean watch() {
        final WorkerEnvironment environment = WorkerEnvironment.current();
        if (environment.launched() && WATCHING.compareAndSet(false, true)) {
            FailureSentence.install(environment);
            // Ctrl-C goes to the launcher, too, which tells its workers how to end.
            SignalHandler.ignore("INT");
            // Not System.in: user code may have replaced or closed it.
            final InputStream pipe = new FileInputStream(FileDescriptor.in);
            startDaemon("shmarrays-launcher-pipe", () -> {
                awaitEnd(pipe);
                endProcess(environment);
            });
        }
        return environment.launched();
    }

    /** Whether this process ends because its launcher is gone; for shutdown hooks, which have 2 s then. */
    public static boolean isLauncherGone() {
        return isLauncherGone;
    }

    /** Returns at the end of the stream; what comes before is thrown away. */
    static void awaitEnd(final InputStream pipe) {
        final byte[] ignored = new byte[64];
        try {
            while (pipe.read(ignored) >= 0) {
                // Nothing is ever written; if it were, it would mean nothing.
            }
        } catch (final IOException e) {
            // A pipe that can't be read can't show the launcher's end either: better to end than to stay for ever.
        }
    }

    private static void endProcess(final WorkerEnvironment environment) {
        // First of all: the sentence, a shutdown hook or the exit itself may hang, for example where a hook waits for a
        // thread that is stuck in native code. halt() waits for no Java thread and for native ones 0.3 s at most.
        startDaemon("shmarrays-halt", () -> {
            awaitHooksGrace();
            Runtime.getRuntime().halt(EXIT_CODE);
        });
        isLauncherGone = true;
        System.err.println("shmarrays: the launcher is gone, so worker " + environment.rank() + " of "
                + environment.worldSize() + " ends");
        System.exit(EXIT_CODE);
    }

    private static void awaitHooksGrace() {
        try {
            Thread.sleep(SHUTDOWN_HOOKS_GRACE_MS);
        } catch (final InterruptedException e) {
            // This thread is never interrupted; if it were, halting now would be right as well.
        }
    }

    private static void startDaemon(final String name, final Runnable task) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
