package org.shmarrays.examples;

import java.time.Duration;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.tensorboard.LogTarget;
import org.shmarrays.tensorboard.SegmentLog;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option of a training that is logged while it goes on. */
public final class LogOptions {
    @Option(
            names = "--log-to",
            paramLabel = "TARGET",
            converter = TargetConverter.class,
            description = "Log the training for TensorBoard. TARGET is tensorboard:DIR, where DIR is the directory of"
                    + " this run.")
    private LogTarget target;

    @Option(
            names = "--log-interval",
            paramLabel = "S",
            defaultValue = "1",
            converter = IntervalConverter.class,
            description = "With --log-to: seconds between two records.")
    private Duration interval;

    /** Reads a target; picocli makes an instance. */
    static final class TargetConverter implements ITypeConverter<LogTarget> {
        @Override
        public LogTarget convert(final String value) {
            try {
                return LogTarget.parse(value);
            } catch (final IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads the seconds between two records; picocli makes an instance. */
    static final class IntervalConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(final String value) {
            try {
                return LogTarget.interval(Double.parseDouble(value));
            } catch (final IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /**
     * Begins to log.
     *
     * @param name of the segment, which may not be there yet
     * @param messages takes the sentence that the log is incomplete
     * @return null if no log is wanted
     */
    public SegmentLog start(final String name, final Settings settings, final Consumer<String> messages) {
        return target == null ? null : target.follow(settings, name, interval, messages);
    }
}
