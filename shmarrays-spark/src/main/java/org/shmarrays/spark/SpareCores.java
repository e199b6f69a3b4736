package org.shmarrays.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;

/** Has each task of a stage take a whole executor, so that no executor gets two of them. */
final class SpareCores {
    /** Null where each task takes a whole executor anyway. */
    private final ResourceProfile profile;

    SpareCores(final JavaSparkContext context) {
        final SparkConf conf = context.getConf();
        final int cores = SparkSettings.executorCores(conf);
        profile = context.isLocal() || SparkSettings.taskCores(conf) == cores
                ? null
                : new ResourceProfileBuilder()
                        .require(new TaskResourceRequests().cpus(cores))
                        .build();
    }

    /** The same, whose tasks take whole executors. */
    <U> JavaRDD<U> taken(final JavaRDD<U> rdd) {
        return profile == null ? rdd : rdd.withResources(profile);
    }
}
