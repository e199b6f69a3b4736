package org.shmarrays.spark;

import org.apache.spark.SparkConf;

/** Spark in the test's JVM: one host, the driver itself, on the loopback interface and without pages. */
final class LocalSpark {
    private LocalSpark() {}

    /** The configuration, with one thread for tasks. */
    static SparkConf conf(final String applicationName) {
        return new SparkConf(false)
                .setMaster("local[1]")
                .setAppName(applicationName)
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1");
    }
}
