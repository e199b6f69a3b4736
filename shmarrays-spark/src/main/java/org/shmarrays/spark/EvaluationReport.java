package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import org.apache.spark.SparkEnv;

/**
 * The outcome of an evaluation.
 *
 * @param executor Spark's id of it
 * @param value the figure
 * @param failure stack trace of what the evaluation threw, or null
 */
@DefaultSerializer(JavaSerializer.class)
record EvaluationReport(String executor, double value, String failure) implements Serializable {
    /** Evaluates. What the evaluation throws goes into the report, because Spark would repeat the task. */
    static EvaluationReport of(final HostEvaluation<Object> evaluation, final Object model) {
        final String executor = SparkEnv.get().executorId();
        try {
            return new EvaluationReport(executor, evaluation.evaluate(model), null);
        } catch (final Exception | LinkageError e) {
            return new EvaluationReport(executor, Double.NaN, StackTraces.of(e));
        }
    }
}
