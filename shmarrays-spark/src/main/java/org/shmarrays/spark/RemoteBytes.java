package org.shmarrays.spark;

import org.apache.spark.TaskContext;

/** Bytes that a task has received from other hosts. */
final class RemoteBytes {
    private RemoteBytes() {}

    static long ofThisTask() {
        return TaskContext.get().taskMetrics().shuffleReadMetrics().remoteBytesRead();
    }
}
