package org.shmarrays.spark;

import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** The GPUs that Spark has assigned to a task. */
final class Devices {
    /** Spark's name of this kind of resource. */
    static final String GPU = "gpu";

    private Devices() {}

    /** Their addresses: indexes or UUIDs. */
    static List<String> ofThisTask() {
        final ResourceInformation gpus = TaskContext.get().resourcesJMap().get(GPU);
        return gpus == null ? List.of() : List.of(gpus.addresses());
    }
}
