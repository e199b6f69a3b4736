package org.shmarrays.cli;

import org.shmarrays.tensorboard.LogTarget;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the target of a log; picocli makes an instance. */
final class LogTargetConverter implements ITypeConverter<LogTarget> {
    LogTargetConverter() {}

    @Override
    public LogTarget convert(final String value) {
        try {
            return LogTarget.parse(value);
        } catch (final IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
