package org.shmarrays.examples.mnist;

import java.io.PrintStream;
import java.util.List;
import org.shmarrays.dl4j.SpawnOptions;
import org.shmarrays.examples.Examples;
import org.shmarrays.launch.Launcher;

/**
 * How the worker processes of a training are started, whoever's they are.
 *
 * @param count of the workers
 * @param restarts of each worker that fails
 * @param threads OpenMP and BLAS threads of each worker
 * @param devices CUDA devices, one per worker; none for the CPU
 * @param out what workers print to standard output
 */
record ProcessPlan(int count, int restarts, int threads, List<String> devices, PrintStream out) {
    private static final String HEAP = "1g";
    private static final String COLLECTOR = "-XX:+UseSerialGC";

    /** Starts {@link MnistWorker}s. */
    Launcher launcher(final TrainingPlan plan, final String segmentName) {
        final Launcher launcher = Launcher.ofMainClass(
                        MnistWorker.class.getName(), plan.arguments().toArray(new String[0]))
                .workers(count)
                .restarts(restarts)
                .segmentName(segmentName)
                .output(out, System.err)
                .devices(devices)
                .threadsPerWorker(threads)
                .heap(HEAP)
                .jvmArgument(COLLECTOR);
        final String logLevel = logLevel();
        return logLevel == null ? launcher : launcher.jvmArgument(logLevel);
    }

    /** Starts those of DL4J. */
    SpawnOptions spawnOptions(final TrainingPlan plan, final String segmentName) {
        final SpawnOptions options = SpawnOptions.defaults()
                .withName(segmentName)
                .withRemovalAtEnd()
                .inMode(plan.mode())
                .withWorkers(count)
                .withEpochs(plan.epochs())
                .withRestarts(restarts)
                .withDevices(devices.toArray(new String[0]))
                .withThreadsPerWorker(threads)
                .withHeap(HEAP)
                .withJvmArgument(COLLECTOR)
                .withOutput(out, System.err)
                .withoutProgress();
        final String logLevel = logLevel();
        return logLevel == null ? options : options.withJvmArgument(logLevel);
    }

    /** The argument that gives workers the log level of this JVM, or null. */
    private static String logLevel() {
        final String level = System.getProperty(Examples.LOG_LEVEL_PROPERTY);
        return level == null ? null : "-D" + Examples.LOG_LEVEL_PROPERTY + "=" + level;
    }
}
