package org.shmarrays.spark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.shmarrays.launch.Launcher;

/** Spark's settings that a training on many hosts needs: set before the application begins, and checked. */
final class SparkSettings {
    private static final String JAVA_OPTIONS = "spark.executor.extraJavaOptions";
    private static final String MEMORY_LIMIT = "org.bytedeco.javacpp.maxphysicalbytes";
    private static final String PLUGINS = "spark.plugins";
    private static final String LOCALITY_WAIT = "spark.locality.wait";
    private static final String SERIALIZER = "spark.serializer";
    private static final String REGISTRATOR = "spark.kryo.registrator";
    private static final String NETWORK_TIMEOUT = "spark.network.timeout";
    private static final String HEARTBEAT = "spark.executor.heartbeatInterval";

    /** By older names as well. */
    private static final List<String> EXCLUSION = List.of(
            "spark.excludeOnFailure.enabled",
            "spark.excludeOnFailure.application.enabled",
            "spark.excludeOnFailure.taskAndStage.enabled",
            "spark.blacklist.enabled");

    private SparkSettings() {}

    /** Adds what is missing, and changes nothing else. Executors are taken to have the driver's Java. */
    static SparkConf prepared(final SparkConf conf) {
        final Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put(LOCALITY_WAIT, "0s");
        wanted.put("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
        wanted.put("spark.executorEnv.OMP_NUM_THREADS", "1");
        wanted.put("spark.executorEnv.OPENBLAS_NUM_THREADS", "1");
        if (!conf.contains(NETWORK_TIMEOUT) && !conf.contains(HEARTBEAT)) { // one must be longer than the other
            wanted.put(NETWORK_TIMEOUT, "60s");
            wanted.put("spark.network.timeoutInterval", "10s");
            wanted.put(HEARTBEAT, "5s");
        }
        wanted.forEach(conf::setIfMissing);
        String options = conf.get(JAVA_OPTIONS, "");
        for (final String flag : Launcher.jvmFlags()) {
            if (!options.contains(flag)) {
                options = (options + " " + flag).strip();
            }
        }
        if (!options.contains(MEMORY_LIMIT)) {
            options += " -D" + MEMORY_LIMIT + "=0"; // JavaCPP counts shared pages as the process's own
        }
        if (usesKryo(conf) && !hasRegistrator(conf)) {
            final String registrators = conf.get(REGISTRATOR, "");
            final String own = KryoClasses.class.getName();
            conf.set(REGISTRATOR, registrators.isBlank() ? own : registrators + "," + own);
        }
        addPlugin(conf);
        return conf.set(JAVA_OPTIONS, options);
    }

    private static boolean usesKryo(final SparkConf conf) {
        return conf.get(SERIALIZER, "").endsWith(".KryoSerializer");
    }

    private static boolean hasRegistrator(final SparkConf conf) {
        return List.of(conf.get(REGISTRATOR, "").strip().split("\\s*,\\s*")).contains(KryoClasses.class.getName());
    }

    /** Executors without the class of a plugin don't start. */
    private static void addPlugin(final SparkConf conf) {
        final String plugin = ShmArraysPlugin.class.getName();
        final String plugins = conf.get(PLUGINS, "");
        if (!List.of(plugins.strip().split("\\s*,\\s*")).contains(plugin)
                && ClassPathSearch.executorsHave(conf, ShmArraysPlugin.class)) {
            conf.set(PLUGINS, plugins.isBlank() ? plugin : plugins + "," + plugin);
        }
    }

    /**
     * Throws if a setting breaks a training.
     *
     * @throws IllegalStateException naming the setting, and what to set
     */
    static void check(final SparkConf conf) {
        checkSerializer(conf);
        if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
            throw new IllegalStateException(
                    "a training needs its hosts at the same time, which Spark refuses with dynamic"
                            + " allocation: set spark.dynamicAllocation.enabled=false");
        }
        if (conf.getTimeAsMs(LOCALITY_WAIT, "3s") > 0) {
            throw new IllegalStateException("each round would wait for tasks to come to where their data is: set "
                    + LOCALITY_WAIT + "=0s, or make the SparkConf with HostTraining.prepare(conf)");
        }
        for (final String exclusion : EXCLUSION) {
            if (conf.getBoolean(exclusion, false)) {
                throw new IllegalStateException("Spark would leave executors out that failed, and a round waits for all"
                        + " of them: set " + exclusion + "=false");
            }
        }
        if (!conf.contains("spark.executor.cores")) {
            throw new IllegalStateException("it is unknown how many cores an executor has, of which a round takes all:"
                    + " set spark.executor.cores");
        }
    }

    /**
     * Throws if Kryo refuses a training's records, also in local mode.
     *
     * @throws IllegalStateException naming the setting, and what to set
     */
    static void checkSerializer(final SparkConf conf) {
        if (usesKryo(conf) && conf.getBoolean("spark.kryo.registrationRequired", false) && !hasRegistrator(conf)) {
            throw new IllegalStateException("Kryo refuses the records of a training, which are not registered: set "
                    + REGISTRATOR + "=" + KryoClasses.class.getName()
                    + ", or make the SparkConf with HostTraining.prepare(conf)");
        }
    }

    /** Cores of an executor, all of which a host's task takes. */
    static int executorCores(final SparkConf conf) {
        return conf.getInt("spark.executor.cores", 1);
    }

    /** Cores that a task takes without a request. */
    static int taskCores(final SparkConf conf) {
        return conf.getInt("spark.task.cpus", 1);
    }

    /** GPUs of an executor. */
    static int executorGpus(final SparkConf conf) {
        return conf.getInt("spark.executor.resource." + Devices.GPU + ".amount", 0);
    }
}
