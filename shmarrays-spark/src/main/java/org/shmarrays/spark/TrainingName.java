package org.shmarrays.spark;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;

/** Names for trainings, unique among those of all applications of a cluster. */
final class TrainingName {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private TrainingName() {}

    /** The next one of an application: the start of a segment's name. */
    static String of(final JavaSparkContext context) {
        final String application = context.sc().applicationId().replaceAll("[^A-Za-z0-9-]", "-");
        final String end = "-" + COUNT.incrementAndGet();
        return "spark-" + application.substring(Math.max(0, application.length() - 60)) + end;
    }
}
