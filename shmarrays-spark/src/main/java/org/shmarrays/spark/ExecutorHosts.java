package org.shmarrays.spark;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkEnv;
import org.shmarrays.Settings;
import org.shmarrays.launch.Leftover;

/**
 * The hosts of this executor, one of each training. The segment of an executor that was killed is taken over by the
 * next executor of the same machine, with its optimizer state. For any thread.
 */
final class ExecutorHosts {
    private static final System.Logger LOG = System.getLogger(ExecutorHosts.class.getName());

    /** What Agrona needs to be open. */
    private static final String INTERNALS = "jdk.internal.misc";

    /** What the kernels of core need. */
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private static final Map<String, Host<?>> OPEN = new HashMap<>();

    /** Trainings of this executor that have ended: a task that was cancelled must not open a host again. */
    private static final Set<String> ENDED = new HashSet<>();

    private ExecutorHosts() {}

    /** The host of this executor, which is opened if it isn't open. */
    @SuppressWarnings("unchecked") // a training has batches of one type
    static <T> Host<T> of(final HostPlan<T> plan) {
        synchronized (OPEN) {
            Host<?> host = OPEN.get(plan.training());
            if (host == null) {
                if (ENDED.contains(plan.training())) {
                    throw new IllegalStateException("the training has ended: " + plan.training());
                }
                host = open(plan);
                OPEN.put(plan.training(), host);
            }
            return (Host<T>) host;
        }
    }

    /**
     * Closes the host of this executor if it is open; it can't be opened again. Segments of executors that were killed,
     * and not replaced in a round, are removed.
     *
     * @return what it has counted
     */
    static Optional<HostSummary> close(final String training) {
        final Host<?> host;
        synchronized (OPEN) {
            ENDED.add(training);
            host = OPEN.remove(training);
        }
        HostSummary summary = null;
        if (host != null) {
            summary = host.summary();
            host.close();
        }
        Leftover.removeAll(name -> isOf(training, name), Settings.fromProperties());
        return Optional.ofNullable(summary);
    }

    private static <T> Host<T> open(final HostPlan<T> plan) {
        checkJvm();
        final Optional<String> leftover = Leftover.names(Settings.fromProperties()).stream()
                .filter(name -> isOf(plan.training(), name))
                .findFirst();
        if (leftover.isPresent()) {
            try {
                return new Host<>(plan, leftover.get(), true);
            } catch (final RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the segment of an executor that was lost can't be taken over, perhaps because another executor"
                                + " of this machine has done so: name=" + leftover.get(),
                        e);
            }
        }
        return new Host<>(plan, plan.training() + "-" + SparkEnv.get().executorId(), false);
    }

    private static void checkJvm() {
        if (!Object.class.getModule().isOpen(INTERNALS, Host.class.getModule())) {
            throw new IllegalStateException("this executor's JVM does not open java.base/" + INTERNALS
                    + ": add --add-opens=java.base/" + INTERNALS + "=ALL-UNNAMED to spark.executor.extraJavaOptions, or"
                    + " make the SparkConf with HostTraining.prepare(conf)");
        }
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "this executor updates without vector kernels, which are faster: add --add-modules=" + VECTOR_MODULE
                            + " to spark.executor.extraJavaOptions");
        }
    }

    /** Whether a segment is of an executor of a training. Names of trainings are unique. */
    private static boolean isOf(final String training, final String segment) {
        return segment.startsWith(training + "-");
    }
}
