package org.shmarrays.launch;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.InheritedArguments;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.launch.NestedClass;
import org.shmarrays.internal.launch.WorkerClassPath;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.JvmAccess;
import org.shmarrays.layout.Names;

// Over 300 lines: a builder, one short method and its contract for each setting.
/**
 * Starts N worker JVMs of one program on this host, each with its rank, its share of the cores and its device.
 *
 * <pre>{@code
 * try (WorkerGroup group = Launcher.ofMainClass("com.acme.Train", "--epochs", "3").workers(4).launch()) {
 *     group.await(Duration.ofHours(1)).orElseThrow().exitCode();
 * }
 * }</pre>
 *
 * <p>The launcher sets what must be set before a JVM starts: the number of OpenMP and BLAS threads,
 * CUDA_VISIBLE_DEVICES, the kernels of OpenBLAS ({@link #missingVariables}), {@link #jvmFlags()}. Each setter throws
 * IllegalArgumentException if its argument is invalid. For one thread.
 */
public final class Launcher {
    private static final String SIZE_PATTERN = "[1-9][0-9]*[kKmMgGtT]?";
    private static final int UNSET = 0;
    private static final int MOST_THREADS = 4_096;

    private final String mainClass;
    private final Path jar;
    private final List<String> arguments;
    private final List<String> jvmArguments = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private int workers = UNSET;
    private int threadsPerWorker = UNSET;
    private String classPath = System.getProperty("java.class.path");
    private String segmentName = String.format(
            Locale.ROOT,
            "run-%d-%08x",
            ProcessHandle.current().pid(),
            ThreadLocalRandom.current().nextInt());
    private final long runId = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    private List<String> devices = List.of();
    private String heap;
    private PrintStream out = System.out;
    private PrintStream err = System.err;
    private boolean isQuiet;
    private Path logParent;
    private boolean isRedirected;
    private Duration grace = Duration.ofSeconds(5);
    private Duration leaveGrace = Duration.ofSeconds(30);
    private int restarts;
    private Duration restartWindow;
    private Duration firstPause = Duration.ofMillis(500);
    private Duration longestPause = Duration.ofSeconds(30);
    private Settings.OnTimeout onTimeout;

    private Launcher(final String mainClass, final Path jar, final List<String> arguments) {
        this.mainClass = mainClass;
        this.jar = jar;
        this.arguments = arguments;
    }

    /** Workers that run a class of the {@link #classPath(String) class path}. */
    public static Launcher ofMainClass(final String mainClass, final String... arguments) {
        check(!mainClass.isBlank() && !mainClass.startsWith("-"), "not the name of a main class: name=" + mainClass);
        return new Launcher(mainClass, null, List.of(arguments));
    }

    /** Workers that run an executable jar. Its manifest names the main class and the rest of the class path. */
    public static Launcher ofJar(final Path jar, final String... arguments) {
        check(Files.isRegularFile(jar), "jar not found: path=" + jar);
        return new Launcher(null, jar, List.of(arguments));
    }

    /** The flags that a JVM like this one needs for shmarrays and its vector kernels: {@code --name=value}. */
    public static List<String> jvmFlags() {
        return JvmFlags.ofThisJvm();
    }

    /** Those of this JVM's arguments on which code may depend, such as system properties, which may hold secrets. */
    public static List<String> inheritedJvmArguments() {
        return InheritedArguments.of(ManagementFactory.getRuntimeMXBean().getInputArguments());
    }

    /**
     * The variables that a JVM with ND4J lacks: {@code OPENBLAS_CORETYPE} where OpenBLAS 0.3.19 takes this processor
     * for an old one, and would multiply matrices about four times as slowly as it can.
     */
    public static Map<String, String> missingVariables(final Map<String, String> environment) {
        return LaunchedVariables.kernels(environment);
    }

    /** The number of workers; by default one per device, or one per core if there are no devices. */
    public Launcher workers(final int count) {
        check(
                count >= 1 && count <= SegmentLayout.MAX_SLOT_COUNT,
                "workers must be 1 to " + SegmentLayout.MAX_SLOT_COUNT + ", the most slots of a segment: workers="
                        + count);
        this.workers = count;
        return this;
    }

    /** The class path of the workers; by default that of this JVM. An executable jar has its own. */
    public Launcher classPath(final String path) {
        check(!path.isBlank(), "class path is blank");
        this.classPath = path;
        return this;
    }

    /**
     * Has workers find the classes of this program: on its class path, by the class loaders of these classes and of
     * this thread, and where these classes stand.
     *
     * @throws IllegalArgumentException if no other process can load one of them; the message says what to do
     */
    public Launcher ownClasses(final Collection<Class<?>> needed) {
        return classPath(WorkerClassPath.of(needed).argument());
    }

    /** The name of the workers' segment; by default a name that no other run has. */
    public Launcher segmentName(final String name) {
        this.segmentName = Names.checkSegmentName(name);
        return this;
    }

    /**
     * The number of OpenMP and BLAS threads of each worker. By default it is cores / workers, but at least 1, unless
     * the environment sets it. Otherwise N workers would start N times as many threads as there are cores.
     */
    public Launcher threadsPerWorker(final int count) {
        check(
                count >= 1 && count <= MOST_THREADS,
                "threads per worker must be 1 to " + MOST_THREADS + ": threadsPerWorker=" + count);
        this.threadsPerWorker = count;
        return this;
    }

    /**
     * The CUDA devices, by index or UUID. Worker i sees only the i-th device. If there are fewer devices than workers,
     * they are assigned in turn.
     */
    public Launcher devices(final List<String> ids) {
        check(ids.stream().noneMatch(String::isBlank), "a device is blank: devices=" + ids);
        this.devices = List.copyOf(ids);
        return this;
    }

    /** The largest heap of each worker, written as for {@code -Xmx}: {@code 512m}, {@code 4g}. */
    public Launcher heap(final String size) {
        check(size.matches(SIZE_PATTERN), "not a size: heap=" + size + "; write it like 512m or 4g");
        this.heap = size;
        return this;
    }

    /** One more argument for the JVM of each worker. It comes after the launcher's own, and so overrides them. */
    public Launcher jvmArgument(final String argument) {
        check(argument.startsWith("-") || argument.startsWith("@"), "not an argument of java: argument=" + argument);
        this.jvmArguments.add(argument);
        return this;
    }

    /** One more environment variable of each worker. It overrides an inherited one, and what the launcher sets. */
    public Launcher environment(final String name, final String value) {
        check(!name.isBlank() && name.indexOf('=') < 0, "not the name of an environment variable: name=" + name);
        this.environment.put(name, value);
        return this;
    }

    /**
     * More environment variables of each worker, from a file of lines {@code NAME=VALUE} in UTF-8. Blank lines and
     * lines that begin with {@code #} are skipped. A pair of quotes around a value is removed. Nothing is expanded.
     * Each variable has the effect of {@link #environment}.
     *
     * @throws IllegalArgumentException if a line is invalid, or a name occurs twice or is one that the launcher sets
     *     for each worker. The message has the number of the line
     */
    public Launcher environmentFile(final Path file) {
        this.environment.putAll(EnvironmentFile.read(file));
        return this;
    }

    /**
     * Also writes all output to log files. Each run makes a directory of its own in this one, {@code SEGMENT-TIME}; see
     * {@link WorkerGroup#logDirectory}. In it, {@code rank-R.attempt-A.log} is the output of process A of rank R, both
     * counted from 0, and {@code events.jsonl} has the launcher's events, one JSON object per line.
     */
    public Launcher logTo(final Path directory) {
        RunLog.check(directory);
        this.logParent = directory;
        return this;
    }

    /** Writes the workers' output to log files as {@link #logTo} does, and nowhere else. */
    public Launcher redirectTo(final Path directory) {
        logTo(directory);
        this.isRedirected = true;
        return this;
    }

    /** Turns off the launcher's own messages about workers that are restarted, are added or leave. */
    public Launcher quiet() {
        this.isQuiet = true;
        return this;
    }

    /** Where the workers' lines go, each with the prefix {@code [rank] }; by default System.out and System.err. */
    public Launcher output(final PrintStream outStream, final PrintStream errStream) {
        this.out = outStream;
        this.err = errStream;
        return this;
    }

    /** The time between SIGTERM and SIGKILL when a worker is stopped; by default 5 s. */
    public Launcher grace(final Duration duration) {
        check(!duration.isNegative(), "grace is negative: grace=" + duration);
        this.grace = duration;
        return this;
    }

    /**
     * How often each worker that fails is restarted, with its rank and segment, while the others continue. By default
     * 0: the first failure ends the run. {@link org.shmarrays.worker.Worker#restart()} returns the number of the
     * restart. A worker that ends with exit code 0 is done, and is not restarted.
     */
    public Launcher restarts(final int count) {
        check(count >= 0, "restarts are negative: restarts=" + count);
        this.restarts = count;
        this.restartWindow = null;
        return this;
    }

    /**
     * Like {@link #restarts(int)}, but only restarts within the last {@code window} count. So a worker may be restarted
     * any number of times, if it does not fail too often in too short a time.
     */
    public Launcher restarts(final int count, final Duration window) {
        check(!window.isNegative() && !window.isZero(), "the window of restarts must be positive: window=" + window);
        restarts(count);
        this.restartWindow = window;
        return this;
    }

    /**
     * The pause before a worker's first restart, and the longest pause; by default 0.5 s and 30 s. The pause doubles
     * each time. It begins again with the first one after a worker has run for a minute.
     */
    public Launcher restartPause(final Duration first, final Duration longest) {
        check(!first.isNegative(), "pause is negative: first=" + first);
        check(first.compareTo(longest) <= 0, "the first pause is longer than the longest: " + first + ", " + longest);
        this.firstPause = first;
        this.longestPause = longest;
        return this;
    }

    /** The time that a worker has to end by itself when another number of workers is requested; by default 30 s. */
    public Launcher leaveGrace(final Duration duration) {
        check(!duration.isNegative(), "grace is negative: leaveGrace=" + duration);
        this.leaveGrace = duration;
        return this;
    }

    /**
     * What a worker does when a wait for a lock, or for other workers, exceeds its timeout. By default it warns and
     * keeps waiting, unless the environment sets it. {@code -Dshmarrays.on-timeout} overrides both.
     */
    public Launcher onTimeout(final Settings.OnTimeout choice) {
        this.onTimeout = choice;
        return this;
    }

    /** The name of the workers' segment. */
    public String segmentName() {
        return segmentName;
    }

    /**
     * Settings that find the workers' segment: those of this JVM's properties, with the directory and the foreign owner
     * that a {@link #jvmArgument} sets. Use them for {@link RemovalAtEnd}.
     */
    public Settings settings() {
        return LaunchedJvm.settings(jvmArguments);
    }

    /** The command line of each worker. */
    public List<String> command() {
        final List<String> command = new ArrayList<>(LaunchedJvm.command(jar == null, heap, jvmArguments));
        command.addAll(jar != null ? List.of("-jar", jar.toString()) : List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        return List.copyOf(command);
    }

    /**
     * Starts the workers, and does not wait for them. Each has its own standard input, which stays empty.
     *
     * @throws java.io.UncheckedIOException if a process can't be started (those started before are stopped), or if the
     *     log can't be created (no process is started)
     * @throws IllegalArgumentException if the main class is nested in a jar of the class path, as in a Spring Boot jar,
     *     because a JVM would not find it there
     * @throws IllegalStateException if this JVM is ending, or lacks the flag that Agrona needs. The launcher needs it
     *     because it reads the segment
     */
    public WorkerGroup launch() {
        JvmAccess.check();
        if (jar == null) {
            NestedClass.refuse(mainClass, classPath);
        }
        final WorkerPlan plan = plan(System.getenv());
        final RunLog log = logParent == null ? null : RunLog.create(logParent, segmentName, err);
        final WorkerOutput output = new WorkerOutput(out, err, isQuiet, log, isRedirected);
        if (!devices.isEmpty() && devices.size() != plan.worldSize()) {
            output.say(plan.worldSize() + " workers and " + devices.size() + " devices: "
                    + (devices.size() < plan.worldSize()
                            ? "the devices are assigned in turn"
                            : "the last devices stay unused"));
        }
        return WorkerGroup.start(
                plan, output, new Supervision(restarts, restartWindow, firstPause, longestPause, leaveGrace, grace));
    }

    /**
     * What {@link #launch} would start: for each rank a command line for a shell, with the environment variables that
     * the launcher sets, one variable per line. A worker that a shell starts this way does not depend on a launcher.
     */
    public List<String> shellCommands() {
        return plan(System.getenv()).shellCommands();
    }

    WorkerPlan plan(final Map<String, String> inherited) {
        return new WorkerPlan(
                Doors.ROOT.of(settings()),
                segmentName,
                runId,
                command(),
                worldSize(),
                rank -> variables(rank, inherited));
    }

    private Map<String, String> variables(final int rank, final Map<String, String> inherited) {
        final LaunchedVariables variables = new LaunchedVariables(inherited, Math.max(1, cores() / worldSize()));
        if (threadsPerWorker != UNSET) {
            variables.threads(threadsPerWorker);
        }
        if (onTimeout != null) {
            variables.onTimeout(onTimeout);
        }
        if (!devices.isEmpty()) {
            variables.device(devices.get(rank % devices.size()));
        }
        return variables.with(environment);
    }

    private int worldSize() {
        if (workers != UNSET) {
            return workers;
        }
        return devices.isEmpty() ? cores() : devices.size();
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static void check(final boolean condition, final String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
