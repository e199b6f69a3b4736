package org.shmarrays.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;

/** Has each task of a stage take a whole executor with its GPUs, so that no executor gets two of them. */
final class SpareCores {
    /** Null where each task takes a whole executor anyway. */
    private final ResourceProfile profile;

    SpareCores(final JavaSparkContext context) {
        final SparkConf conf = context.getConf();
        final int cores = SparkSettings.executorCores(conf);
        final int gpus = SparkSettings.executorGpus(conf);
        profile = context.isLocal() || SparkSettings.taskCores(conf) == cores && gpus == 0
                ? null
                : new ResourceProfileBuilder().require(requests(cores, gpus)).build();
    }

    private static TaskResourceRequests requests(final int cores, final int gpus) {
        final TaskResourceRequests requests = new TaskResourceRequests().cpus(cores);
        return gpus == 0 ? requests : requests.resource(Devices.GPU, gpus);
    }

    /** The same, whose tasks take whole executors. */
    <U> JavaRDD<U> taken(final JavaRDD<U> rdd) {
        return profile == null ? rdd : rdd.withResources(profile);
    }
}
