package org.shmarrays.cli.doctor;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.launch.OpenBlasKernels;

/** Looks at the processes of live workers, as far as they are of this pid namespace. */
public final class WorkerChecks {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** Java 17 alone wants it exported. */
    private static final String VECTOR_PACKAGE = "jdk.internal.vm.vector";

    private static final int VERSION_WITH_PACKAGE = 17;

    /** Without this compiler there are no kernels. */
    private static final List<String> WITHOUT_C2 = List.of("-XX:TieredStopAtLevel=1", "-Xint");

    /** In the path of JavaCPP's OpenBLAS. */
    private static final Pattern OPENBLAS_VERSION = Pattern.compile("openblas-0\\.3\\.(\\d+)");

    /** From this one on, 0.3.25, OpenBLAS mistakes no processor for an old one. */
    private static final int VERSION_WITH_FALLBACK = 25;

    private static final String THREADS_VARIABLE = "OMP_NUM_THREADS";
    private static final double MANY_MAPPINGS = 0.8;
    private static final int MOST_NAMED = 2;

    /** A coordinator pushes values once, or each time it restores some. */
    private static final int MOST_OF_COORDINATORS = 100;

    private final CheckedHost host;
    private final List<Worker> workers;

    /**
     * A worker whose process lives.
     *
     * @param rank -1 for a coordinator, or a program that was not launched
     * @param updates that the owners of its slot have pushed
     */
    public record Worker(String segment, int rank, long pid, long updates) {
        /** False for who only sets the first values, looks on and waits. */
        boolean isTraining() {
            return rank >= 0 || updates > MOST_OF_COORDINATORS;
        }

        @Override
        public String toString() {
            return segment + (rank < 0 ? " pid " : " rank " + rank + " pid ") + pid;
        }
    }

    /** Of these workers. */
    public WorkerChecks(final CheckedHost host, final List<Worker> workers) {
        this.host = host;
        this.workers = workers;
    }

    /** All of them; nothing without workers. */
    public List<Finding> run() {
        if (workers.isEmpty()) {
            return List.of(Finding.ok("workers", "no live worker can be seen from here; cores=" + host.cores()));
        }
        final List<Finding> findings = new ArrayList<>();
        findings.add(oversubscription());
        findings.add(vectorKernels());
        findings.add(matrixProducts());
        findings.add(stopped());
        mappings().ifPresent(findings::add);
        return findings;
    }

    /**
     * Whether processes can be looked at.
     *
     * @param isTrusted whether {@code /proc} is of this process's pid namespace
     */
    public static Finding processes(final boolean isTrusted) {
        return isTrusted
                ? Finding.ok("process ids", "/proc belongs to this pid namespace")
                : Finding.warn(
                        "process ids",
                        "/proc belongs to another pid namespace, so workers can't be checked; lock files show which are"
                                + " alive",
                        "mount the /proc of this namespace: unshare --mount-proc, or mount -t proc proc /proc");
    }

    private Finding oversubscription() {
        final List<Worker> training = training(worker -> true);
        final long threads = training.stream().mapToLong(this::threads).sum();
        final String found =
                "workers=" + training.size() + ", their OpenMP threads=" + threads + ", cores=" + host.cores();
        if (threads <= host.cores()) {
            return Finding.ok("oversubscription", found);
        }
        return Finding.warn(
                "oversubscription",
                found,
                training.size() > host.cores()
                        ? "use no more workers than cores: `shmarrays scale NAME N`; the others wait for the locks of"
                                + " a worker that has no core"
                        : "start workers with " + THREADS_VARIABLE + "=" + Math.max(1, host.cores() / training.size())
                                + " (also OPENBLAS_NUM_THREADS, MKL_NUM_THREADS); `shmarrays run` sets them");
    }

    /** What the environment says; else as many as cores where a library of ND4J is loaded, and one where none is. */
    private long threads(final Worker worker) {
        final Optional<String> variable = environment(worker.pid()).stream()
                .filter(entry -> entry.matches(THREADS_VARIABLE + "=\\d{1,6}"))
                .findFirst();
        if (variable.isPresent()) {
            return Long.parseLong(variable.get().substring(THREADS_VARIABLE.length() + 1));
        }
        final String maps = host.read("/proc/" + worker.pid() + "/maps").orElse("");
        return maps.contains("libnd4j") || maps.contains("libopenblas") ? host.cores() : 1;
    }

    private Finding vectorKernels() {
        final List<Worker> without = training(worker -> !hasVectorFlags(worker.pid()));
        if (!without.isEmpty()) {
            return Finding.warn(
                    "vector kernels",
                    "workers without the JVM flags: " + few(without),
                    "updates are slower: give their JVMs " + vectorFlags() + " (`shmarrays jvm-flags` prints all)");
        }
        final List<Worker> uncompiled = training(worker -> isWithoutC2(worker.pid()));
        return uncompiled.isEmpty()
                ? Finding.ok("vector kernels", "all workers run with " + VECTOR_MODULE)
                : Finding.warn(
                        "vector kernels",
                        "workers whose JVM has no C2 compiler: " + few(uncompiled),
                        "updates are slower: start their JVMs without " + String.join(" and ", WITHOUT_C2));
    }

    private List<Worker> training(final Predicate<Worker> condition) {
        return workers.stream().filter(Worker::isTraining).filter(condition).toList();
    }

    private static String vectorFlags() {
        return JvmFlags.of(JvmFlags.OLDEST_FEATURE_VERSION).stream()
                .filter(flag -> flag.contains(VECTOR_MODULE) || flag.contains(VECTOR_PACKAGE))
                .sorted(Comparator.reverseOrder()) // the module first
                .collect(Collectors.joining(", on Java 17 also "));
    }

    /** In its arguments, in a file of arguments, or in the variables from which a JVM takes arguments. */
    private boolean hasVectorFlags(final long pid) {
        final List<String> arguments = words("/proc/" + pid + "/cmdline");
        if (arguments.isEmpty()) {
            return true; // it can't be read: another user's, or just ended
        }
        return names(pid, arguments, VECTOR_MODULE)
                && (host.javaVersion(pid).orElse(0) != VERSION_WITH_PACKAGE || names(pid, arguments, VECTOR_PACKAGE));
    }

    private boolean isWithoutC2(final long pid) {
        final List<String> arguments = words("/proc/" + pid + "/cmdline");
        return WITHOUT_C2.stream().anyMatch(flag -> names(pid, arguments, flag));
    }

    private boolean names(final long pid, final List<String> arguments, final String flag) {
        return arguments.stream().anyMatch(argument -> names(argument, flag))
                || environment(pid).stream()
                        .filter(entry ->
                                entry.startsWith("JAVA_TOOL_OPTIONS=") || entry.startsWith("JDK_JAVA_OPTIONS="))
                        .anyMatch(entry -> entry.contains(flag));
    }

    private boolean names(final String argument, final String flag) {
        return argument.contains(flag)
                || argument.startsWith("@/")
                        && host.read(argument.substring(1)).orElse("").contains(flag);
    }

    /** Without a word an older OpenBLAS takes its slowest kernels on some newer processors. */
    private Finding matrixProducts() {
        final Optional<String> kernels =
                OpenBlasKernels.of(host.read("/proc/cpuinfo").orElse("").lines().toList());
        final List<Worker> slow = training(worker -> kernels.isPresent() && choosesKernels(worker.pid()));
        return slow.isEmpty()
                ? Finding.ok("matrix products", "OpenBLAS has kernels that fit this processor, or isn't used")
                : Finding.warn(
                        "matrix products",
                        "OpenBLAS takes this processor for an old one, and multiplies matrices without AVX: "
                                + few(slow),
                        "start workers with " + OpenBlasKernels.VARIABLE + "=" + kernels.get()
                                + "; `shmarrays run` sets it");
    }

    private boolean choosesKernels(final long pid) {
        final String maps = host.read("/proc/" + pid + "/maps").orElse("");
        final Matcher version = OPENBLAS_VERSION.matcher(maps);
        return maps.contains("libopenblas")
                && !(version.find() && Integer.parseInt(version.group(1)) >= VERSION_WITH_FALLBACK)
                && environment(pid).stream().noneMatch(entry -> entry.startsWith(OpenBlasKernels.VARIABLE + "="));
    }

    private Finding stopped() {
        final List<Worker> stopped =
                workers.stream().filter(worker -> isStopped(worker.pid())).toList();
        return stopped.isEmpty()
                ? Finding.ok("stopped workers", "none of " + workers.size() + " processes")
                : Finding.warn(
                        "stopped workers",
                        few(stopped),
                        "other workers wait for their locks; continue them: kill -CONT "
                                + stopped.stream()
                                        .map(worker -> Long.toString(worker.pid()))
                                        .collect(Collectors.joining(" ")));
    }

    private boolean isStopped(final long pid) {
        final String stat = host.read("/proc/" + pid + "/stat").orElse("");
        final int state = stat.lastIndexOf(") ") + 2;
        return state > 1 && state < stat.length() && "Tt".indexOf(stat.charAt(state)) >= 0;
    }

    private Optional<Finding> mappings() {
        final OptionalLong most = host.readNumber("/proc/sys/vm/max_map_count");
        if (most.isEmpty()) {
            return Optional.empty();
        }
        long greatest = 0;
        for (final Worker worker : workers) {
            greatest = Math.max(
                    greatest,
                    host.read("/proc/" + worker.pid() + "/maps")
                            .map(maps -> maps.lines().count())
                            .orElse(0L));
        }
        final String found = "vm.max_map_count=" + most.getAsLong() + ", most mappings of a worker=" + greatest;
        return Optional.of(
                greatest > MANY_MAPPINGS * most.getAsLong()
                        ? Finding.warn("mappings", found, "sysctl -w vm.max_map_count=" + 4 * most.getAsLong())
                        : Finding.ok("mappings", found));
    }

    private List<String> environment(final long pid) {
        return words("/proc/" + pid + "/environ");
    }

    /** Words that end in zeros. */
    private List<String> words(final String absolute) {
        return host.bytes(absolute)
                .map(bytes -> List.of(new String(bytes, StandardCharsets.ISO_8859_1).split("\0")))
                .orElse(List.of());
    }

    private static String few(final List<Worker> some) {
        return some.stream().limit(MOST_NAMED).map(Worker::toString).collect(Collectors.joining(", "))
                + (some.size() > MOST_NAMED ? " and " + (some.size() - MOST_NAMED) + " more" : "");
    }
}
