package org.shmarrays.spark.examples;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.shmarrays.launch.Launcher;

/**
 * A standalone cluster of Spark on this machine, from the jars of this JVM's class path: a Master, and Workers that
 * stand for hosts, each with a segment directory of its own. All of them listen on the loopback interface, and talk
 * only with processes that know a secret of this cluster.
 *
 * <p>Closing it ends its processes and deletes its files. If this JVM is killed, the processes end as well. One thread.
 */
final class LocalCluster implements AutoCloseable {
    private static final Pattern MASTER_URL = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern REGISTERED = Pattern.compile("(Successfully registered with master)");
    private static final String ADDRESS = "127.0.0.1";
    private static final String HOST_NETWORK = "127.0.0.";
    private static final int FIRST_HOST = 11;
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "shmarrays-cluster-";
    private static final String SCALA_VERSION = "2.13";

    /** Spark's variable of the secret, which no other user can read, unlike arguments. */
    private static final String SECRET_VARIABLE = "_SPARK_AUTH_SECRET";

    private static final int SECRET_BYTES = 32;

    /** Master and Workers only wait. */
    private static final List<String> SMALL_JVM =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData");

    /**
     * Ctrl-C in a terminal goes to all processes of a command. Here only this JVM acts on it, and ends the others in
     * order.
     */
    private static final List<String> WITHOUT_CTRL_C = List.of("sh", "-c", "trap '' INT; exec \"$0\" \"$@\"");

    /** Spark kills an executor by SIGKILL when it has not ended 10 seconds after a SIGTERM. */
    private static final long END_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(15);

    private static final int DELETE_ATTEMPTS = 10;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String secret = HexFormat.of().formatHex(new SecureRandom().generateSeed(SECRET_BYTES));
    private final List<Path> directories = new ArrayList<>();
    private final List<ClusterProcess> processes = new ArrayList<>();
    private final Path directory;
    private final Path segments;
    private final boolean hasOwnAddresses = canBind(HOST_NETWORK + FIRST_HOST);
    private String masterUrl;
    private boolean isClosed;

    /** A cluster that has not been started; {@link #close} it also if {@link #start} throws. */
    LocalCluster() throws IOException {
        directory = Files.createTempDirectory(PREFIX);
        directories.add(directory);
        segments = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, PREFIX)
                : Files.createDirectory(directory.resolve("segments"));
        directories.add(segments);
    }

    /** On Linux the whole network 127.0.0.0/8 is this machine; elsewhere the hosts share one address. */
    private static boolean canBind(final String address) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.isBound();
        } catch (final IOException e) {
            return false;
        }
    }

    /**
     * Starts the Master and the Workers, and waits until these are registered.
     *
     * @param conf of the application, which gets what it needs to run on this cluster
     * @param out says what is started
     */
    void start(final int hosts, final SparkConf conf, final PrintStream out) throws IOException {
        Files.createDirectories(home().resolve("jars")); // Spark looks for it; the class path is in the configuration
        final ClusterProcess master =
                start("master", ADDRESS, List.of("--host", ADDRESS, "--port", "0", "--webui-port", "0"), Map.of());
        masterUrl = master.awaitInLog(MASTER_URL);
        out.println("started: Master " + masterUrl + ", process " + master.pid());
        final List<ClusterProcess> workers = new ArrayList<>();
        for (int host = 0; host < hosts; host++) {
            workers.add(startWorker(host, conf));
        }
        for (int host = 0; host < hosts; host++) {
            workers.get(host).awaitInLog(REGISTERED);
            out.println("started: host " + host + ", Worker at " + address(host) + ", process "
                    + workers.get(host).pid() + ", segments in " + segmentDirectory(host));
        }
        conf.setMaster(masterUrl)
                .set("spark.driver.host", ADDRESS)
                .set("spark.driver.bindAddress", ADDRESS)
                .set("spark.authenticate", "true")
                .set("spark.authenticate.secret", secret)
                .set("spark.executor.extraClassPath", classPath())
                .setIfMissing("spark.ui.enabled", "false");
    }

    private ClusterProcess startWorker(final int host, final SparkConf conf) throws IOException {
        final Path local = Files.createDirectories(hostDirectory(host).resolve("local"));
        return start(
                "worker",
                address(host),
                List.of(
                        "--host",
                        address(host),
                        "--port",
                        "0",
                        "--webui-port",
                        "0",
                        "--cores",
                        conf.get("spark.executor.cores"),
                        "--memory",
                        conf.get("spark.executor.memory", "1g"),
                        "--work-dir",
                        workDirectory(host).toString(),
                        masterUrl),
                Map.of(
                        "SPARK_LOCAL_DIRS",
                        local.toString(),
                        // Executors inherit it.
                        "JAVA_TOOL_OPTIONS",
                        "-Dshmarrays.directory='" + segmentDirectory(host) + "' -Djava.io.tmpdir='" + local
                                + "' -XX:-UsePerfData"));
    }

    private synchronized ClusterProcess start(
            final String kind, final String address, final List<String> arguments, final Map<String, String> variables)
            throws IOException {
        if (isClosed) {
            throw new IllegalStateException("the cluster has been closed");
        }
        final List<String> command = new ArrayList<>(WITHOUT_CTRL_C);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(SMALL_JVM);
        command.addAll(List.of(
                "-D" + SparkExamples.LOG_LEVEL_PROPERTY + "=info", // awaitInLog reads these lines
                "-Dspark.authenticate=true",
                "-Dspark.master.rest.enabled=false",
                "-Dspark.ui.killEnabled=false",
                "-cp",
                classPath(),
                ClusterMember.class.getName(),
                kind));
        command.addAll(arguments);
        final ProcessBuilder builder = new ProcessBuilder(command);
        final Map<String, String> environment = builder.environment();
        // Settings of another Spark that this machine may have.
        environment.keySet().removeIf(name -> name.startsWith("SPARK_"));
        environment.keySet().removeAll(List.of("HADOOP_CONF_DIR", "YARN_CONF_DIR"));
        environment.putAll(Launcher.missingVariables(environment));
        environment.putAll(Map.of(
                SECRET_VARIABLE,
                secret,
                "SPARK_HOME",
                home().toString(),
                "SPARK_CONF_DIR",
                home().toString(),
                "SPARK_SCALA_VERSION",
                SCALA_VERSION,
                "SPARK_LOCAL_IP",
                address,
                "JAVA_HOME",
                System.getProperty("java.home")));
        environment.putAll(variables);
        final ClusterProcess process =
                ClusterProcess.start(builder, directory.resolve(kind + "-" + processes.size() + ".log"));
        processes.add(process);
        return process;
    }

    /** The class path of this JVM, as absolute paths. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private Path home() {
        return directory.resolve("home");
    }

    private String address(final int host) {
        return hasOwnAddresses ? HOST_NETWORK + (FIRST_HOST + host) : ADDRESS;
    }

    private Path segmentDirectory(final int host) {
        return segments.resolve("host-" + host);
    }

    private Path hostDirectory(final int host) {
        return directory.resolve("host-" + host);
    }

    private Path workDirectory(final int host) {
        return hostDirectory(host).resolve("work");
    }

    /** The last lines that the executors wrote. */
    String logTails(final int hosts) {
        return IntStream.range(0, hosts)
                .mapToObj(this::workDirectory)
                .filter(Files::isDirectory)
                .flatMap(LocalCluster::errorLogs)
                .map(log -> "the last lines of " + directory.relativize(log) + ":\n" + tail(log) + "\n")
                .collect(Collectors.joining());
    }

    private static Stream<Path> errorLogs(final Path workDirectory) {
        try (Stream<Path> files = Files.walk(workDirectory)) {
            return files.filter(file -> file.endsWith("stderr")).sorted().toList().stream();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String tail(final Path log) {
        try {
            return ClusterProcess.tail(log);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Ends all processes, by SIGKILL those that take too long, and deletes all files. Any thread; twice is harmless.
     */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        processes.forEach(ClusterProcess::terminate);
        if (!awaitEnd()) {
            processes.forEach(ClusterProcess::kill);
            awaitEnd();
        }
        directories.forEach(LocalCluster::delete);
    }

    private boolean awaitEnd() {
        final long startNs = System.nanoTime();
        while (processes.stream().anyMatch(ClusterProcess::isRunning)) {
            if (System.nanoTime() - startNs > END_TIMEOUT_NS) {
                return false;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        return true;
    }

    /** Something may still be written by a process whose end could not be seen. */
    private static void delete(final Path tree) {
        for (int attempt = 1; Files.exists(tree); attempt++) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (final Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                    Files.deleteIfExists(file);
                }
            } catch (final IOException | UncheckedIOException e) {
                if (attempt == DELETE_ATTEMPTS) {
                    throw new IllegalStateException("cannot delete the cluster's files: " + tree, e);
                }
            }
        }
    }
}
