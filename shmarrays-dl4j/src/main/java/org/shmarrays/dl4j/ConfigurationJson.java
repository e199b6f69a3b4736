package org.shmarrays.dl4j;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.nd4j.serde.json.JsonMappers;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.shmarrays.layout.Names;

/**
 * Configurations as JSON, which DL4J writes into the files of models and can't always read back. DL4J 1.0.0-M2.1 has a
 * class of its own of that kind, {@link RampSchedule}, of which it writes the name alone, and knows no constructor;
 * {@link #keepRamps} mends that.
 */
final class ConfigurationJson {
    private static final System.Logger LOGGER = System.getLogger(ConfigurationJson.class.getName());
    private static final AtomicBoolean WAS_GIVEN = new AtomicBoolean();
    private static boolean keepsRamps;

    private ConfigurationJson() {}

    /** What Jackson is to know of the class; never instantiated. */
    private abstract static class Ramp {
        @JsonProperty
        private ISchedule baseSchedule;

        @JsonProperty
        private int numIter;

        @JsonCreator
        Ramp(
                @JsonProperty("baseSchedule") final ISchedule baseSchedule,
                @JsonProperty("numIter") final int iterations) {}
    }

    /** From now on DL4J writes and reads the schedule whole in this JVM. Any thread, as often as it likes. */
    static synchronized void keepRamps() {
        if (!keepsRamps) {
            NeuralNetConfiguration.mapper().addMixIn(RampSchedule.class, Ramp.class);
            JsonMappers.getMapper().addMixIn(RampSchedule.class, Ramp.class);
            keepsRamps = true;
        }
    }

    /**
     * Reads a configuration.
     *
     * @param json as DL4J wrote it
     * @throws IllegalArgumentException if DL4J can't read it
     */
    static <T> T read(final String json, final Function<String, T> reader) {
        keepRamps();
        try {
            return reader.apply(json);
        } catch (final RuntimeException e) {
            throw new IllegalArgumentException(
                    "DL4J can't read the model's configuration back: " + reason(e)
                            + "; join the training, or take training.snapshot in one of its workers",
                    e);
        }
    }

    /** Warns, once for each JVM, of a model whose files DL4J could not read. */
    static void warnOnce(final Object model) {
        final String reason = unreadable(model);
        if (reason != null && WAS_GIVEN.compareAndSet(false, true)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "DL4J can't read the model's configuration back from JSON, so that no program can load files of the"
                            + " model, or attach to it by SharedModel: " + reason
                            + "; give the class a constructor for Jackson, or keep the parameters by other means");
        }
    }

    /** Why DL4J can't read the model's configuration back, or null if it can. */
    static String unreadable(final Object model) {
        keepRamps();
        try {
            if (model instanceof MultiLayerNetwork network) {
                MultiLayerConfiguration.fromJson(
                        network.getLayerWiseConfigurations().toJson());
            } else if (model instanceof ComputationGraph graph) {
                ComputationGraphConfiguration.fromJson(graph.getConfiguration().toJson());
            } else {
                TrainingConfig.fromJson(((SameDiff) model).getTrainingConfig().toJson());
            }
            return null;
        } catch (final RuntimeException e) {
            return reason(e);
        }
    }

    /** The first line, since Jackson's next ones are the JSON. */
    private static String reason(final RuntimeException failure) {
        return Names.printable(failure.toString().lines().findFirst().orElseThrow());
    }
}
