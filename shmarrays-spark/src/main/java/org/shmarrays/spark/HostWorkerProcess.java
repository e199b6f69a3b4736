package org.shmarrays.spark;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.Socket;
import org.shmarrays.internal.worker.LauncherPipe;
import org.shmarrays.worker.Worker;

/**
 * The program of a worker process: connects to its executor, gets the plan, and trains on the batches that follow until
 * the connection is closed. It replies to the plan and to each batch.
 */
final class HostWorkerProcess {
    private HostWorkerProcess() {}

    /** The reply to a batch that was trained. */
    record Done() implements Serializable {}

    /** The reply to a plan or a batch that has failed. The process ends. */
    record Failed(String stackTrace) implements Serializable {}

    public static void main(final String... arguments) throws IOException {
        LauncherPipe.watch();
        final Worker worker = Worker.join();
        try (Frames frames = new Frames(new Socket(
                InetAddress.getLoopbackAddress(), Integer.parseInt(System.getenv(WorkerProcesses.PORT_VARIABLE))))) {
            frames.sendGreeting(System.getenv(WorkerProcesses.TOKEN_VARIABLE), worker.rank());
            try {
                train(frames, worker);
            } catch (final Exception | Error e) {
                frames.send(new Failed(StackTraces.of(e)));
            }
        } catch (final EOFException e) {
            // The executor has ended, or closed the connection before it sent the plan.
        }
        System.exit(0); // threads that the steps have started would keep the process
    }

    @SuppressWarnings("unchecked") // a training has batches of one type
    private static void train(final Frames frames, final Worker worker) throws Exception {
        final HostPlan<Object> plan = (HostPlan<Object>) frames.receive();
        final String segment = worker.segmentName();
        try (HostModel.Trainer<Object> trainer = plan.model().open(segment, worker, plan.settings())) {
            frames.send(new Done());
            for (Object batch = next(frames); batch != null; batch = next(frames)) {
                trainer.step(batch);
                frames.send(new Done());
            }
        }
    }

    /** The next batch; null if the executor has closed the connection. */
    private static Object next(final Frames frames) throws IOException, ClassNotFoundException {
        try {
            return frames.receive();
        } catch (final EOFException e) {
            return null;
        }
    }
}
