package org.shmarrays.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.WorkerGroup;

/**
 * The worker processes of a host, which the executor starts by a {@link Launcher}: they have its class path and end
 * with it. Each connects to the executor over the loopback interface, and gets the plan and then batches. One that dies
 * is started again, up to {@link #RESTARTS} times.
 */
final class WorkerProcesses implements AutoCloseable {
    static final String PORT_VARIABLE = "HOST_WORKER_PORT";
    static final String TOKEN_VARIABLE = "HOST_WORKER_TOKEN";

    private static final int RESTARTS = 3;
    private static final int TOKEN_BITS = 128;
    private static final int GREETING_TIMEOUT_MS = 10_000;
    private static final Duration CONNECT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);
    private static final long LOOK_INTERVAL_MS = 100;

    private final HostPlan<?> plan;
    private final String token = new BigInteger(TOKEN_BITS, new SecureRandom()).toString(Character.MAX_RADIX);
    private final ServerSocket server;
    private final List<BlockingQueue<Frames>> connections = new ArrayList<>();
    private final WorkerGroup group;

    /**
     * Starts them.
     *
     * @param devices of this executor, dealt to the workers in turn; empty if it has none
     * @param removal of the segment, which waits for their end
     */
    WorkerProcesses(
            final HostPlan<?> plan,
            final WorkerKind.Processes kind,
            final String segment,
            final List<String> devices,
            final RemovalAtEnd removal) {
        this.plan = plan.withoutSpark();
        for (int rank = 0; rank < plan.workers(); rank++) {
            connections.add(new LinkedBlockingQueue<>());
        }
        try {
            server = new ServerSocket(0, plan.workers(), InetAddress.getLoopbackAddress());
        } catch (final IOException e) {
            throw new UncheckedIOException("can't listen for worker processes on the loopback interface: " + e, e);
        }
        final Thread acceptor = new Thread(this::accept, "shmarrays-" + segment + "-accept");
        acceptor.setDaemon(true);
        acceptor.start();
        try {
            group = launcher(kind, segment, devices).launch();
        } catch (final Throwable e) {
            closeServer();
            throw e;
        }
        removal.after(group);
    }

    private Launcher launcher(final WorkerKind.Processes kind, final String segment, final List<String> devices) {
        final Launcher launcher = Launcher.ofMainClass(HostWorkerProcess.class.getName())
                .ownClasses(List.of(WorkerProcesses.class))
                .workers(plan.workers())
                .segmentName(segment)
                .devices(devices)
                .heap(kind.heap())
                .restarts(RESTARTS)
                .environment(PORT_VARIABLE, Integer.toString(server.getLocalPort()))
                .environment(TOKEN_VARIABLE, token);
        Launcher.inheritedJvmArguments().forEach(launcher::jvmArgument);
        return launcher;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                greet(new Frames(server.accept()));
            } catch (final IOException e) {
                // The server is closed, or a process has ended in between: the group knows of that.
            }
        }
    }

    /** Sends the plan to a process, and keeps its connection. Others are turned away. */
    private void greet(final Frames frames) throws IOException {
        boolean isKept = false;
        try {
            frames.timeout(GREETING_TIMEOUT_MS);
            final int rank = frames.receiveGreeting(token, plan.workers());
            if (rank >= 0) {
                frames.send(plan);
                frames.timeout(Math.toIntExact(CONNECT_TIMEOUT.toMillis())); // until it has opened the segment
                connections.get(rank).add(frames);
                isKept = true;
            }
        } finally {
            if (!isKept) {
                frames.close();
            }
        }
    }

    /**
     * Waits until a process has connected.
     *
     * @throws IllegalStateException if it has failed, with its last lines, or does not connect in time
     */
    Frames connection(final int rank) throws InterruptedException {
        final long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < CONNECT_TIMEOUT.toNanos()) {
            final Frames frames = connections.get(rank).poll(LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
            if (frames != null) {
                return frames;
            }
            final Optional<GroupResult> result = group.await(Duration.ZERO);
            if (result.isPresent()) {
                throw new IllegalStateException(result.get().failure() + "; its last lines:\n"
                        + String.join("\n", result.get().lastLinesOfFailed()));
            }
        }
        throw new IllegalStateException(
                "a worker process has not connected: rank=" + rank + ", waited=" + CONNECT_TIMEOUT.toSeconds() + " s");
    }

    /** The process ids, by rank. */
    List<Long> pids() {
        return group.pids();
    }

    /** Ends the processes, whose connections must be closed. */
    @Override
    public void close() {
        closeServer();
        try {
            if (group.await(END_TIMEOUT).isEmpty()) {
                group.stop();
            }
        } catch (final InterruptedException e) {
            group.stop();
            Thread.currentThread().interrupt();
        } finally {
            group.close();
        }
    }

    private void closeServer() {
        try {
            server.close();
        } catch (final IOException e) {
            // It accepts nothing more.
        }
    }
}
