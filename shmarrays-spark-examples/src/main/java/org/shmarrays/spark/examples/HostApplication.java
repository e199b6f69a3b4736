package org.shmarrays.spark.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.shmarrays.spark.HostTraining;

/**
 * The Spark application of an example, and the local cluster if it runs on one. Both end when this is closed, and when
 * a signal ends the process.
 */
final class HostApplication {
    private final HostOptions options;
    private final PrintStream out;
    private final Thread endBySignal = new Thread(this::endBySignal, "shmarrays-end-application");
    private LocalCluster cluster;
    private JavaSparkContext context;
    private boolean isEnding;

    private HostApplication(final HostOptions options, final PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** A training of an example. */
    @FunctionalInterface
    interface Job {
        /** Trains; returns the exit code. */
        int run(JavaSparkContext context) throws Exception;
    }

    /**
     * Runs a job in an application of its own.
     *
     * @param name of the example
     */
    static int run(final String name, final HostOptions options, final PrintStream out, final Job job)
            throws Exception {
        final HostApplication application = new HostApplication(options, out);
        Runtime.getRuntime().addShutdownHook(application.endBySignal);
        try {
            return application.run(name, job);
        } finally {
            application.waitWhereASignalEndsIt();
            application.end();
            application.removeHook();
        }
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(endBySignal);
        } catch (final IllegalStateException e) {
            // A signal ends the process after all, and the hook finds nothing left to end.
        }
    }

    private int run(final String name, final Job job) throws Exception {
        try {
            final SparkConf conf = options.conf(name);
            if (options.isLocalCluster()) {
                newCluster().start(options.localHosts(), conf, out);
            } else {
                if (conf.get("spark.master").startsWith(MasterAddress.SCHEME)) {
                    MasterAddress.checkAnswers(conf.get("spark.master"));
                }
                sendJars(conf);
            }
            return job.run(newContext(HostTraining.prepare(conf)));
        } catch (final Exception e) {
            waitWhereASignalEndsIt();
            if (cluster != null) {
                System.err.print(cluster.logTails(options.localHosts()));
            }
            throw e;
        }
    }

    private synchronized LocalCluster newCluster() throws IOException {
        checkNotEnding();
        cluster = new LocalCluster();
        return cluster;
    }

    private JavaSparkContext newContext(final SparkConf conf) {
        final JavaSparkContext made = new JavaSparkContext(conf);
        synchronized (this) {
            checkNotEnding();
            context = made;
        }
        return made;
    }

    private void checkNotEnding() {
        if (isEnding) {
            throw new IllegalStateException("a signal ends the process");
        }
    }

    /** A cluster's executors have Spark, and nothing of the application. */
    private static void sendJars(final SparkConf conf) {
        final String classPath = System.getProperty(HostOptions.CLASS_PATH_PROPERTY);
        if (classPath != null && !conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.jars", classPath.replace(File.pathSeparatorChar, ','));
        }
    }

    /** Spark warns of each executor that ends, and its threads print that nothing takes their tasks any more. */
    private void endBySignal() {
        final PrintStream errors = System.err;
        synchronized (this) {
            isEnding = true;
            System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
            if (context != null) {
                context.setLogLevel("OFF");
            }
        }
        try {
            end();
        } catch (final RuntimeException e) {
            errors.println("shmarrays: " + e.getMessage());
        }
    }

    private synchronized boolean isEnding() {
        return isEnding;
    }

    /** What fails because a signal ends the process has nothing to say: the process is about to end. */
    private void waitWhereASignalEndsIt() {
        while (isEnding()) {
            try {
                new CountDownLatch(1).await();
            } catch (final InterruptedException e) {
                // of Spark, which interrupts the driver's threads
            }
        }
    }

    private synchronized void end() {
        try {
            if (context != null) {
                context.close();
            }
        } finally {
            if (cluster != null) {
                cluster.close();
            }
        }
    }
}
