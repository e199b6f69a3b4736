package org.shmarrays.spark;

import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Trainings in Spark's metrics: gauges {@code training.*} of the driver and {@code host.*} of each executor, which
 * Spark's sinks show as those of a plugin. {@link HostTraining#prepare} adds it to {@code spark.plugins}. A training
 * needs no plugin.
 */
public final class ShmArraysPlugin implements SparkPlugin {
    /** For Spark. */
    public ShmArraysPlugin() {}

    @Override
    public DriverPlugin driverPlugin() {
        return new DriverPlugin() {
            @Override
            public Map<String, String> init(final SparkContext context, final PluginContext plugin) {
                return Map.of();
            }

            @Override
            public void registerMetrics(final String applicationId, final PluginContext plugin) {
                RoundMeters.OF_DRIVER.registerTraining(plugin.metricRegistry());
            }
        };
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ExecutorPlugin() {
            @Override
            public void init(final PluginContext plugin, final Map<String, String> settings) {
                RoundMeters.OF_EXECUTOR.registerHost(plugin.metricRegistry());
            }
        };
    }
}
