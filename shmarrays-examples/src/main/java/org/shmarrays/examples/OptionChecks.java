package org.shmarrays.examples;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.shmarrays.output.DurableFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks of a command's options. Each throws {@link ParameterException}, so that the command shows its usage. */
public final class OptionChecks {
    private OptionChecks() {}

    /** Throws with a message unless a condition holds. */
    public static void check(final CommandSpec spec, final boolean holds, final String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** Runs a check whose IllegalArgumentException is about an option. */
    public static void check(final CommandSpec spec, final Runnable action) {
        checked(spec, "", () -> {
            action.run();
            return null;
        });
    }

    /** What an action returns, whose IllegalArgumentException is about an option, and begins with {@code prefix}. */
    public static <T> T checked(final CommandSpec spec, final String prefix, final Supplier<T> action) {
        try {
            return action.get();
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), prefix + e.getMessage(), e);
        }
    }

    /** Throws unless a number is from 1 to {@code most}. */
    public static void checkCount(final CommandSpec spec, final String option, final int count, final int most) {
        check(spec, count >= 1 && count <= most, option + " must be 1 to " + most + ": " + count);
    }

    /** Throws unless a file can be written; null is none. */
    public static void checkWritable(final CommandSpec spec, final String option, final Path file) {
        if (file != null) {
            DurableFile.obstacle(file)
                    .ifPresent(obstacle -> check(
                            spec, false, option + " must be a file that can be written: " + file + ": " + obstacle));
        }
    }
}
