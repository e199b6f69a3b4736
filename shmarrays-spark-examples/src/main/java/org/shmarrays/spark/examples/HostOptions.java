package org.shmarrays.spark.examples;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.shmarrays.Settings;
import org.shmarrays.spark.Combine;
import org.shmarrays.spark.HostTraining;
import org.shmarrays.spark.Interval;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of a training on many hosts: where it runs, and how the hosts work together. */
final class HostOptions {
    /** The cluster that the command starts itself. */
    static final String LOCAL_CLUSTER = "local-cluster";

    /** The class path without Spark, which a cluster does not have; bin/shmarrays sets it. */
    static final String CLASS_PATH_PROPERTY = "org.shmarrays.application.class.path";

    private static final String MASTER = "spark.master";
    private static final String LOCAL = "local";
    private static final Pattern STANDALONE = Pattern.compile("spark://[^:/,]+:\\d{1,5}(,[^:/,]+:\\d{1,5})*");
    private static final int DEFAULT_HOSTS = 2;
    private static final int MOST_HOSTS = 200;
    private static final int MOST_STEPS = 1_000_000;
    private static final int MOST_ROUNDS = 1_000_000;
    private static final String LATEST = "latest";
    private static final String DEFAULT_DIRECTORY = "checkpoints";
    private static final int DEFAULT_ROUNDS = 10;
    private static final Duration HOSTS_TIMEOUT = Duration.ofMinutes(2);

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--spark",
            paramLabel = "MASTER_URL",
            description = "Spark's master, such as spark://HOST:7077; or local-cluster: a Master and Workers on this"
                    + " machine, which the command starts and ends. By spark-submit, that one's (no default"
                    + " otherwise).")
    private String master;

    @Option(
            names = "--hosts",
            paramLabel = "N",
            description = "Number of hosts, which are Spark's executors. The training begins when all are there"
                    + " (default: 2 of local-cluster, else as many as there are).")
    private Integer hosts;

    @Option(
            names = "--workers",
            paramLabel = "W",
            description = "Workers of each host, and cores of its executor (default: the cores of this machine, divided"
                    + " among the hosts, of local-cluster; else 1, or spark.executor.cores).")
    private Integer workers;

    @Option(
            names = "--combine",
            paramLabel = "HOW",
            converter = CombineConverter.class,
            description = "How the hosts' parameters are combined: average, or delta:RATE,MOMENTUM, an outer step with"
                    + " momentum.")
    private Combine combine = Combine.average();

    @Option(
            names = "--every",
            paramLabel = "STEPS",
            description = "Steps of each worker between two exchanges of the hosts' parameters.")
    private int every = 64;

    @Option(
            names = "--report",
            paramLabel = "PATH",
            description = "Write a report for a browser: curves of the rounds, lost intervals, what each host counted."
                    + " A path of a Hadoop file system, such as hdfs://HOST/report.html or report.html.")
    private String report;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "ROUNDS",
            description = "Save the training after every so many rounds (default with --checkpoint-dir or --resume"
                    + " latest: 10). It is also saved before the first round and at the end.")
    private Integer checkpointEvery;

    @Option(
            names = "--checkpoint-dir",
            paramLabel = "PATH",
            description = "Directory of the checkpoints, in a Hadoop file system that all hosts share, such as"
                    + " hdfs://HOST/train (default with --checkpoint-every or --resume latest: checkpoints).")
    private String checkpointDirectory;

    @Option(
            names = "--resume",
            paramLabel = "PATH|latest",
            description = "Continue the training of this checkpoint, or of the newest intact one of --checkpoint-dir."
                    + " You can choose other numbers of hosts and workers.")
    private String resumed;

    @Option(
            names = "--conf",
            paramLabel = "KEY=VALUE",
            showDefaultValue = Visibility.NEVER,
            description = "A setting of Spark, such as spark.executor.memory=4g. Can be given several times.")
    private Map<String, String> settings = new LinkedHashMap<>();

    /**
     * Throws unless the options can be used.
     *
     * @throws ParameterException naming the option
     */
    void check() {
        final String url = master();
        check(hosts == null || hosts >= 1 && hosts <= MOST_HOSTS, "--hosts must be 1 to " + MOST_HOSTS + ": " + hosts);
        check(
                workers == null || workers >= 1 && workers < Settings.MAX_SLOTS,
                "--workers must be 1 to " + (Settings.MAX_SLOTS - 1) + ": " + workers);
        check(every >= 1 && every <= MOST_STEPS, "--every must be 1 to " + MOST_STEPS + ": " + every);
        check(
                checkpointEvery == null || checkpointEvery >= 1 && checkpointEvery <= MOST_ROUNDS,
                "--checkpoint-every must be 1 to " + MOST_ROUNDS + " rounds: " + checkpointEvery);
        check(
                !isLocal(url) || hosts == null || hosts == 1,
                "--spark " + url + " has one host, the driver itself: --hosts " + hosts + "; for several hosts on one"
                        + " machine use --spark " + LOCAL_CLUSTER);
        settings.keySet()
                .forEach(key -> check(key.startsWith("spark."), "--conf must be a setting of Spark, spark.…: " + key));
    }

    /** The master's URL, or {@link #LOCAL_CLUSTER}. */
    private String master() {
        if (master == null) {
            final String submitted = System.getProperty(MASTER);
            check(submitted != null, "--spark must be given: the URL of Spark's master, or " + LOCAL_CLUSTER);
            return submitted;
        }
        check(
                master.equals(LOCAL_CLUSTER) || isLocal(master) || isStandalone(master),
                "--spark must be " + LOCAL_CLUSTER + ", spark://HOST:PORT or local[N]: " + master
                        + (master.equals("yarn") || master.startsWith("k8s")
                                ? "; submit the example by spark-submit there, see docs/guide/many-hosts.md"
                                : ""));
        return master;
    }

    private static boolean isLocal(final String url) {
        return url.equals(LOCAL) || url.matches("local\\[.*]");
    }

    private static boolean isStandalone(final String url) {
        return STANDALONE.matcher(url).matches();
    }

    private void check(final boolean holds, final String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** Whether the command starts the cluster. */
    boolean isLocalCluster() {
        return master().equals(LOCAL_CLUSTER);
    }

    /** Hosts of a local cluster. */
    int localHosts() {
        return hosts == null ? DEFAULT_HOSTS : hosts;
    }

    /** Workers of each host. */
    int workers(final SparkConf conf) {
        if (workers != null) {
            return workers;
        }
        return isLocalCluster()
                ? Math.max(1, Runtime.getRuntime().availableProcessors() / localHosts())
                : conf.getInt("spark.executor.cores", 1);
    }

    /** The configuration of the application, but for what depends on a local cluster. */
    SparkConf conf(final String name) {
        final SparkConf conf = new SparkConf().setIfMissing("spark.app.name", "shmarrays " + name);
        settings.forEach(conf::set);
        if (!isLocalCluster()) {
            conf.set(MASTER, master());
        }
        conf.setIfMissing("spark.executor.cores", Integer.toString(workers(conf)));
        if (isLocalCluster() || hosts != null && isStandalone(master())) {
            final int cores = expectedHosts() * conf.getInt("spark.executor.cores", 1);
            conf.setIfMissing("spark.cores.max", Integer.toString(cores));
            // The application begins when all are there.
            conf.setIfMissing("spark.scheduler.minRegisteredResourcesRatio", "1.0");
            conf.setIfMissing("spark.scheduler.maxRegisteredResourcesWaitingTime", HOSTS_TIMEOUT.toSeconds() + "s");
        }
        return conf;
    }

    /** The training begins with so many. */
    private int expectedHosts() {
        return isLocalCluster() ? localHosts() : hosts == null ? 1 : hosts;
    }

    /** Tells a training how its hosts work together. */
    <T> HostTraining<T> applyTo(final HostTraining<T> training, final SparkConf conf) {
        if (report != null) {
            training.reportTo(report);
        }
        final String directory = checkpointDirectory();
        if (directory != null) {
            training.checkpointTo(directory, checkpointEvery == null ? DEFAULT_ROUNDS : checkpointEvery);
        }
        if (resumed != null) {
            training.resumeFrom(resumed.equals(LATEST) ? directory : resumed);
        }
        return training.workersPerHost(workers(conf))
                .every(Interval.steps(every))
                .combine(combine)
                .minHosts(expectedHosts(), HOSTS_TIMEOUT);
    }

    /** Where checkpoints are, or null for none. */
    private String checkpointDirectory() {
        return checkpointDirectory != null || checkpointEvery == null && !LATEST.equals(resumed)
                ? checkpointDirectory
                : DEFAULT_DIRECTORY;
    }

    /** As a line for people shows them. */
    String summary(final SparkConf conf) {
        final Integer known = isLocalCluster() ? Integer.valueOf(localHosts()) : hosts;
        final String count = known == null ? "hosts" : known + (known == 1 ? " host" : " hosts");
        return count + " of " + workers(conf) + (workers(conf) == 1 ? " worker" : " workers") + ", " + combine
                + " every " + every + " steps";
    }
}
