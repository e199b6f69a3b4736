package org.shmarrays.cli;

import java.time.Duration;
import org.shmarrays.tensorboard.LogTarget;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the seconds between two records of a log; picocli makes an instance. */
final class LogIntervalConverter implements ITypeConverter<Duration> {
    LogIntervalConverter() {}

    @Override
    public Duration convert(final String value) {
        try {
            return LogTarget.interval(Double.parseDouble(value));
        } catch (final IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
