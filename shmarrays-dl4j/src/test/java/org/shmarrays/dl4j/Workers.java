package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Workers that are threads of the test. */
final class Workers {
    private Workers() {}

    /** What each of them does, given its training, which all have joined before one begins. */
    interface Program<R> {
        R run(int rank, SharedTraining training) throws Exception;
    }

    /** Runs the program in a thread for each training, and closes the training there; what each came to, by rank. */
    static <R> List<R> run(final List<SharedTraining> trainings, final Program<R> program)
            throws ExecutionException, InterruptedException {
        final ExecutorService threads = Executors.newFixedThreadPool(trainings.size());
        final List<Future<R>> running = new ArrayList<>();
        for (int i = 0; i < trainings.size(); i++) {
            final int rank = i;
            running.add(threads.submit((Callable<R>) () -> {
                try (SharedTraining training = trainings.get(rank)) {
                    return program.run(rank, training);
                }
            }));
        }
        threads.shutdown();
        final List<R> results = new ArrayList<>();
        for (final Future<R> each : running) {
            results.add(each.get());
        }
        return results;
    }
}
