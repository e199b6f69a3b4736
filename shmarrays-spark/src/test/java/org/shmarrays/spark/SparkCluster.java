package org.shmarrays.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Assumptions;
import org.shmarrays.internal.launch.JvmFlags;

/**
 * A standalone cluster of Spark for a test: a Master and Workers, each a process of its own that runs from the jars of
 * the test's class path. A Worker stands for a host, with its own segment directory, work directory and scratch
 * directory. The test's JVM is the driver.
 *
 * <pre>{@code
 * try (SparkCluster cluster = SparkCluster.ofProcesses(2).start()) {
 *     cluster.run(cluster.conf("count"), context -> context.parallelize(List.of(1, 2), 2).count());
 * }
 * }</pre>
 *
 * <p>Closing kills the cluster's processes and deletes its files, also if the JVM ends before. Stop each context first.
 * Hosts have numbers from 0. Any thread may kill, cut and look while another one runs a job; start and close a cluster
 * and its hosts in one thread.
 */
public final class SparkCluster implements AutoCloseable {
    private static final Pattern MASTER_URL = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern MASTER_LEADS = Pattern.compile("New state: ALIVE");
    private static final Pattern REGISTERED = Pattern.compile("Successfully registered with master");

    /** Without the second compiler a JVM starts in half the time when several start at once on two processors. */
    private static final String FIRST_COMPILER_ALONE = "-XX:TieredStopAtLevel=1";

    private static final List<String> SMALL_JVM = List.of("-XX:+UseSerialGC", "-XX:-UsePerfData");

    /** How long a Worker that is cut off counts as present: as long as an executor does, by {@link #conf}. */
    private static final int WORKER_TIMEOUT_S = 20;

    /** The directory of a host in which its Worker keeps the output of executors. */
    private static final String WORK = "work";

    private final Builder settings;
    private final Path directory;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final Thread closeAtExit = new Thread(this::release, "close-spark-cluster");
    private final Map<Integer, SparkProcess> workers = new ConcurrentHashMap<>();
    private ClusterHosts hosts;
    private SparkHome home;
    private String masterUrl;
    private int starts;

    private SparkCluster(final Builder settings) throws IOException {
        this.settings = settings;
        this.directory = Files.createTempDirectory("shmarrays-spark-");
    }

    /** A job of a test. */
    @FunctionalInterface
    public interface Job<T> {
        T run(JavaSparkContext context) throws Exception;
    }

    @FunctionalInterface
    private interface HostsFactory {
        ClusterHosts create() throws IOException;
    }

    /** What a cluster is to be. */
    public static final class Builder {
        private final HostsFactory factory;
        private final Map<String, String> workerProperties = new LinkedHashMap<>();
        private int cores = 1;
        private int memoryMb = 700;
        private boolean secondCompiler;

        private Builder(final HostsFactory factory) {
            this.factory = factory;
        }

        /** Cores of each host, all of which its executor has; by default 1. */
        public Builder cores(final int count) {
            cores = count;
            return this;
        }

        /** Heap of each executor; by default 700 MB. Spark wants at least 450. */
        public Builder memoryMb(final int megabytes) {
            memoryMb = megabytes;
            return this;
        }

        /** Executors use both compilers: for tests that compute for long. Vector kernels need the second one. */
        public Builder secondCompiler() {
            secondCompiler = true;
            return this;
        }

        /** Sets a property of each Worker, such as {@code spark.worker.resource.gpu.amount}. */
        public Builder workerProperty(final String name, final String value) {
            workerProperties.put(name, value);
            return this;
        }

        /** Starts the Master and a Worker on each host, and waits until the Workers are registered. */
        public SparkCluster start() throws IOException {
            final SparkCluster cluster = new SparkCluster(this);
            try {
                cluster.startAll();
                return cluster;
            } catch (final IOException | RuntimeException | Error e) {
                try {
                    cluster.close();
                } catch (final AssertionError failure) {
                    e.addSuppressed(failure);
                }
                throw e;
            }
        }
    }

    /** A cluster whose hosts are addresses of the loopback interface. It runs everywhere. */
    public static Builder ofProcesses(final int hosts) {
        return new Builder(() -> new LoopbackHosts(hosts));
    }

    /**
     * A cluster whose hosts have their own network, host name and {@code /dev/shm}, in namespaces of Linux. Where they
     * can't be created, as by users other than root, the test is skipped, and the output says why.
     */
    public static Builder ofNamespaces(final int hosts) {
        NamespaceHosts.obstacle().ifPresent(obstacle -> {
            final String message = "no hosts in namespaces on this machine: " + obstacle;
            System.out.println(message);
            Assumptions.abort(message);
        });
        return new Builder(() -> new NamespaceHosts(hosts));
    }

    private void startAll() throws IOException {
        Runtime.getRuntime().addShutdownHook(closeAtExit);
        resources.push(() -> FileTree.delete(directory));
        hosts = settings.factory.create();
        resources.push(hosts);
        Files.createDirectory(logDirectory());
        home = SparkHome.create(directory.resolve("home"));
        startMaster();
        for (int host = 0; host < hosts.count(); host++) {
            startWorker(host);
        }
        workers.forEach((host, worker) -> worker.awaitInLog(REGISTERED));
    }

    private void startMaster() throws IOException {
        final String address = hosts.masterAddress();
        final List<String> command = daemon(
                "org.apache.spark.deploy.master.Master",
                Map.of("spark.master.rest.enabled", "false"),
                List.of("--host", address, "--port", "0", "--webui-port", "0"));
        final SparkProcess master =
                start(new ProcessBuilder(hosts.onMaster(command)), Map.of("SPARK_LOCAL_IP", address), "master");
        masterUrl = master.awaitInLog(MASTER_URL);
        master.awaitInLog(MASTER_LEADS);
    }

    private void startWorker(final int host) throws IOException {
        final String address = hosts.address(host);
        final List<String> command = daemon(
                "org.apache.spark.deploy.worker.Worker",
                settings.workerProperties,
                List.of(
                        "--host",
                        address,
                        "--port",
                        "0",
                        "--webui-port",
                        "0",
                        "--cores",
                        Integer.toString(settings.cores),
                        "--memory",
                        settings.memoryMb + "m",
                        "--work-dir",
                        hostDirectory(host).resolve(WORK).toString(),
                        masterUrl));
        final Map<String, String> variables = new LinkedHashMap<>(hosts.environment(host));
        variables.put("SPARK_LOCAL_IP", address);
        variables.put(
                "SPARK_LOCAL_DIRS",
                Files.createDirectories(hostDirectory(host).resolve("local")).toString());
        variables.put("OMP_NUM_THREADS", Integer.toString(settings.cores));
        variables.put("OPENBLAS_NUM_THREADS", Integer.toString(settings.cores));
        workers.put(host, start(new ProcessBuilder(hosts.onHost(host, command)), variables, "worker-" + host));
    }

    private List<String> daemon(
            final String mainClass, final Map<String, String> properties, final List<String> arguments) {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(SMALL_JVM);
        command.addAll(List.of("-Xmx256m", FIRST_COMPILER_ALONE));
        command.add("-Dspark.worker.timeout=" + WORKER_TIMEOUT_S);
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-cp", home.classPath(), mainClass));
        command.addAll(arguments);
        return command;
    }

    private SparkProcess start(final ProcessBuilder builder, final Map<String, String> variables, final String name)
            throws IOException {
        home.putInto(builder.environment());
        builder.environment().putAll(variables);
        final Path log = logDirectory().resolve(name + "-" + starts++ + ".log");
        final SparkProcess process = SparkProcess.start(builder, log);
        resources.push(process::killTree);
        return process;
    }

    private Path logDirectory() {
        return directory.resolve("logs");
    }

    private Path hostDirectory(final int host) {
        return directory.resolve("host-" + host);
    }

    /** Number of hosts, those that were killed included. */
    public int hosts() {
        return hosts.count();
    }

    public String masterUrl() {
        return masterUrl;
    }

    /** Where the cluster keeps its files. */
    Path directory() {
        return directory;
    }

    /**
     * The configuration of an application with one executor on each host, whose class path is the test's. It has short
     * network timeouts: a host that is cut off counts as lost after 20 to 25 seconds. The driver's scratch files are
     * where Spark has them by default, because Spark keeps the directory of a JVM's first context for all later ones.
     */
    public SparkConf conf(final String applicationName) {
        return new SparkConf(false)
                .setMaster(masterUrl)
                .setAppName(applicationName)
                .set("spark.driver.host", hosts.driverAddress())
                .set("spark.driver.bindAddress", hosts.driverAddress())
                .set("spark.ui.enabled", "false")
                .set("spark.executor.cores", Integer.toString(settings.cores))
                .set("spark.executor.memory", settings.memoryMb + "m")
                .set(
                        "spark.executor.extraClassPath",
                        SparkHome.testClassPath().stream().map(Path::toString).collect(Collectors.joining(":")))
                .set("spark.executor.extraJavaOptions", String.join(" ", executorFlags()))
                .set("spark.locality.wait", "0")
                .set("spark.network.timeout", "20s")
                .set("spark.network.timeoutInterval", "5s")
                .set("spark.executor.heartbeatInterval", "3s");
    }

    private List<String> executorFlags() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.addAll(SMALL_JVM);
        flags.add("-Dtest.log.level=info");
        if (!settings.secondCompiler) {
            flags.add(FIRST_COMPILER_ALONE);
        }
        return flags;
    }

    /**
     * Runs a job in a context of its own, when an executor of each host is registered, and stops the context. If it
     * fails, the ends of all logs are attached to the failure.
     */
    public <T> T run(final SparkConf conf, final Job<T> job) throws Exception {
        try (JavaSparkContext context = new JavaSparkContext(conf)) {
            awaitExecutors(context, hosts());
            return job.run(context);
        } catch (final Exception | Error e) {
            e.addSuppressed(new LogTails(logTails()));
            throw e;
        }
    }

    /**
     * Waits until this many executors are registered with a context and take tasks. It runs small jobs to find out,
     * because Spark announces executors a little earlier.
     */
    public void awaitExecutors(final JavaSparkContext context, final int count) {
        Await.until(
                count + " executors",
                // The driver is one of those that Spark counts.
                () -> context.sc().statusTracker().getExecutorInfos().length - 1 == count,
                this::logTails);
        Await.until(
                "tasks on " + count + " executors", () -> executorsOfOneJob(context, count) == count, this::logTails);
    }

    private static long executorsOfOneJob(final JavaSparkContext context, final int tasks) {
        return context
                .parallelize(IntStream.range(0, tasks).boxed().toList(), tasks)
                .map(task -> SparkEnv.get().executorId())
                .collect()
                .stream()
                .distinct()
                .count();
    }

    /** The running executors of a host. */
    public List<ProcessHandle> executors(final int host) {
        return workers.get(host).children().stream()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .toList();
    }

    /** The process of a host's Worker. */
    ProcessHandle worker(final int host) {
        return workers.get(host).handle();
    }

    /** Kills the executor of a host by SIGKILL, and waits for its end. The Worker starts another one. */
    public void killExecutor(final int host) {
        final List<ProcessHandle> killed = executors(host);
        if (killed.isEmpty()) {
            throw new AssertionError("no executor to kill: host=" + host + "\n" + logTails());
        }
        killed.forEach(SparkProcess::kill);
        Await.until("end of executors " + killed, () -> killed.stream().noneMatch(Await::isRunning), this::logTails);
    }

    /** Kills the Worker of a host and its executors by SIGKILL, and waits for their end. The host's files remain. */
    public void killHost(final int host) {
        workers.get(host).killTree();
    }

    /** Starts a Worker on a host whose Worker was killed, and waits until it is registered. */
    public void startHost(final int host) throws IOException {
        if (Await.isRunning(worker(host))) {
            throw new IllegalStateException("the Worker of this host runs: host=" + host + "; kill the host first");
        }
        startWorker(host);
        workers.get(host).awaitInLog(REGISTERED);
    }

    /** The names in the segment directory of a host, sorted. */
    public List<String> segmentsLeft(final int host) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(hosts.segmentDirectory(host))) {
            final List<String> names = new ArrayList<>();
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
            return names.stream().sorted().toList();
        } catch (final NoSuchFileException e) {
            return List.of();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Cuts a host off from all others, without a reset of its connections.
     *
     * @throws UnsupportedOperationException unless the hosts are namespaces
     */
    public void cutLink(final int host) {
        hosts.cutLink(host);
    }

    /**
     * Connects a host again after {@link #cutLink}.
     *
     * @throws UnsupportedOperationException unless the hosts are namespaces
     */
    public void restoreLink(final int host) {
        hosts.restoreLink(host);
    }

    /**
     * The bytes on a host's link since it was created.
     *
     * @throws UnsupportedOperationException unless the hosts are namespaces
     */
    public LinkBytes bytes(final int host) {
        return hosts.bytes(host);
    }

    /**
     * The bytes on the driver's link. The Master has a link of its own.
     *
     * @throws UnsupportedOperationException unless the hosts are namespaces
     */
    public LinkBytes driverBytes() {
        return hosts.driverBytes();
    }

    /** The ends of the logs of Master, Workers and executors. */
    public String logTails() {
        // Not of the whole directory: executors delete scratch files at any time.
        final Stream<Path> directories = Stream.concat(
                Stream.of(logDirectory()),
                IntStream.range(0, hosts()).mapToObj(host -> hostDirectory(host).resolve(WORK)));
        return directories
                .filter(Files::isDirectory)
                .map(SparkCluster::logTails)
                .collect(Collectors.joining());
    }

    private static String logTails(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(SparkCluster::isLog)
                    .sorted()
                    .map(SparkProcess::tail)
                    .collect(Collectors.joining());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isLog(final Path file) {
        final String name = file.getFileName().toString();
        return name.endsWith(".log") || name.equals("stderr") || name.equals("stdout");
    }

    @Override
    public void close() {
        release();
        try {
            Runtime.getRuntime().removeShutdownHook(closeAtExit);
        } catch (final IllegalStateException e) {
            // The JVM is ending, and its hook finds nothing left to do.
            return;
        }
    }

    /** Closes in reverse order of creation. Each is closed, also if another one fails or the thread is interrupted. */
    private synchronized void release() {
        final boolean interrupted = Thread.interrupted();
        final AssertionError failure = new AssertionError("the cluster did not close");
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (final Exception | Error e) {
                failure.addSuppressed(e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    /** The ends of the logs, as an attachment of a failure. */
    private static final class LogTails extends Exception {
        private static final long serialVersionUID = 1;

        LogTails(final String tails) {
            super(tails, null, false, false);
        }
    }
}
