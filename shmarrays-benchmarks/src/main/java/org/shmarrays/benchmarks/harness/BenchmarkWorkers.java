package org.shmarrays.benchmarks.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AtomicBuffer;

/**
 * Worker processes that do one thing after the other, all at the same time, on the coordinator's order. Closing ends
 * them, by force if need be.
 */
public final class BenchmarkWorkers implements AutoCloseable {
    private static final Duration START_DEADLINE = Duration.ofMinutes(3);
    private static final Duration GRACE = Duration.ofMinutes(2);
    private static final long POLL_NS = 500_000;

    /** A window is announced so many times the interval at which workers look before it begins. */
    private static final int LEAD = 5;

    private final List<Process> processes = new ArrayList<>();
    private final List<Path> outputs = new ArrayList<>();
    private final AtomicBuffer buffer;
    private final int workers;
    private long round = 1;

    private BenchmarkWorkers(final AtomicBuffer buffer, final int workers) {
        this.buffer = buffer;
        this.workers = workers;
    }

    /** Starts the processes; returns when all are ready. */
    public static BenchmarkWorkers start(
            final BenchDirectory directory,
            final int workers,
            final WorkerJvm jvm,
            final Class<? extends Workload> workload,
            final String... arguments) {
        final Path rendezvous = directory.newFile("rendezvous");
        final BenchmarkWorkers group = new BenchmarkWorkers(Rendezvous.map(rendezvous, workers), workers);
        boolean ready = false;
        directory.register(group);
        try {
            for (int rank = 0; rank < workers; rank++) {
                group.startProcess(directory, rendezvous, rank, jvm, workload, arguments);
            }
            group.awaitDone(START_DEADLINE);
            ready = true;
            return group;
        } finally {
            if (!ready) {
                group.close();
            }
        }
    }

    private void startProcess(
            final BenchDirectory directory,
            final Path rendezvous,
            final int rank,
            final WorkerJvm jvm,
            final Class<? extends Workload> workload,
            final String... arguments) {
        final List<String> all = new ArrayList<>(
                List.of(rendezvous.toString(), Integer.toString(rank), Integer.toString(workers), workload.getName()));
        all.addAll(List.of(arguments));
        final Path output = directory.newFile("output");
        final ProcessBuilder builder = new ProcessBuilder(jvm.command(directory.segments(), all))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(jvm.variables());
        synchronized (processes) {
            try {
                processes.add(builder.start());
                outputs.add(output);
            } catch (final IOException e) {
                throw new UncheckedIOException("a worker can't be started: " + builder.command(), e);
            }
        }
    }

    public int workers() {
        return workers;
    }

    /** Lets all workers run a candidate for a time; gives each worker's outcome. */
    public List<Outcome> run(final int candidate, final long durationNs) {
        final long startNs = System.nanoTime() + LEAD * Rendezvous.pollNs(workers);
        return obey(new Order(Order.Kind.RUN, candidate, startNs, startNs + durationNs, 0), durationNs);
    }

    /**
     * Lets rank 0 look whether a candidate's work was done.
     *
     * @throws IllegalStateException if it was not
     */
    public void check(final int candidate, final String name, final long passes) {
        final long wrong = obey(new Order(Order.Kind.CHECK, candidate, 0, 0, passes), 0)
                .get(0)
                .passes();
        if (wrong != 0) {
            throw new IllegalStateException("the results are wrong: candidate=" + name + ", workers=" + workers
                    + ", passes=" + passes + ", wrong values=" + wrong + lastLines(0));
        }
    }

    private List<Outcome> obey(final Order order, final long durationNs) {
        round++;
        RendezvousDescriptor.orderRelease(buffer, round, order);
        awaitDone(GRACE.plusNanos(durationNs));
        final List<Outcome> outcomes = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            outcomes.add(RendezvousDescriptor.outcome(buffer, rank));
        }
        return outcomes;
    }

    private void awaitDone(final Duration timeout) {
        final long deadline = System.nanoTime() + timeout.toNanos();
        for (int rank = 0; rank < workers; rank++) {
            while (RendezvousDescriptor.doneAcquire(buffer, rank) < round) {
                final Process process = processes.get(rank);
                if (!process.isAlive() && RendezvousDescriptor.doneAcquire(buffer, rank) < round) {
                    throw new IllegalStateException("a worker failed: rank=" + rank + " of " + workers + ", exit code="
                            + process.exitValue() + lastLines(rank));
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("a worker is not done in time: rank=" + rank + " of " + workers
                            + ", waited=" + timeout.toSeconds() + " s" + lastLines(rank));
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    /** How long the compilers of all workers have worked since their start. */
    public long compilationMs() {
        long sum = 0;
        for (int rank = 0; rank < workers; rank++) {
            sum += RendezvousDescriptor.compilationMs(buffer, rank);
        }
        return sum;
    }

    /** Resident memory of a worker that is not shared with others, in bytes; 0 where the system does not tell. */
    public long privateBytes(final int rank) {
        return BenchmarkMachine.privateBytes(processes.get(rank).pid());
    }

    private String lastLines(final int rank) {
        try {
            final List<String> lines = Files.readAllLines(outputs.get(rank));
            final List<String> last = lines.subList(Math.max(0, lines.size() - 12), lines.size());
            return last.isEmpty() ? "" : "; its last lines:\n  " + String.join("\n  ", last);
        } catch (final IOException e) {
            return "; its output can't be read: " + e;
        }
    }

    /** Ends the workers; twice is harmless. */
    @Override
    public void close() {
        synchronized (processes) {
            round++;
            RendezvousDescriptor.orderRelease(buffer, round, new Order(Order.Kind.END, 0, 0, 0, 0));
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
            for (final Process process : processes) {
                try {
                    if (!process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                        process.destroyForcibly();
                        process.waitFor();
                    }
                } catch (final InterruptedException e) {
                    process.destroyForcibly();
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Kills the workers at once. */
    void kill() {
        synchronized (processes) {
            processes.forEach(Process::destroyForcibly);
            for (final Process process : processes) {
                process.onExit().join();
            }
        }
    }
}
