package org.shmarrays.benchmarks.harness;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The main class of a worker process: makes its workload, then does what the coordinator orders until it is told to end.
 * Ends also when the coordinator is gone, which it learns from its standard input.
 */
public final class WorkerMain {
    private static final int OWN_ARGUMENTS = 4;

    private WorkerMain() {}

    /** Arguments: the rendezvous file, the rank, the number of workers, the workload's class, its arguments. */
    public static void main(final String... arguments) throws Exception {
        endWithCoordinator();
        final Rendezvous rendezvous =
                Rendezvous.open(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        try (Workload workload = Class.forName(arguments[3])
                .asSubclass(Workload.class)
                .getConstructor(Rendezvous.class, String[].class)
                .newInstance(rendezvous, Arrays.copyOfRange(arguments, OWN_ARGUMENTS, arguments.length))) {
            rendezvous.done(1, Outcome.ofCheck(0), 0);
            obey(rendezvous, workload);
        }
        System.exit(0);
    }

    private static void obey(final Rendezvous rendezvous, final Workload workload) {
        final CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
        for (long round = 2; ; round++) {
            final Order order = rendezvous.await(round);
            if (order.kind() == Order.Kind.END) {
                return;
            }
            final Candidate candidate = workload.candidate(order.candidate());
            final Outcome outcome = order.kind() == Order.Kind.RUN
                    ? candidate.run(new Window(order.startNs(), order.endNs()))
                    : Outcome.ofCheck(rendezvous.rank() == 0 ? candidate.check(order.argument()) : 0);
            rendezvous.done(round, outcome, compilers.getTotalCompilationTime());
        }
    }

    private static void endWithCoordinator() {
        final Thread watch = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            continue;
                        }
                    } catch (final IOException e) {
                        // The pipe is broken: its other end is gone.
                    }
                    Runtime.getRuntime().halt(1);
                },
                "bench-coordinator-watch");
        watch.setDaemon(true);
        watch.start();
    }
}
