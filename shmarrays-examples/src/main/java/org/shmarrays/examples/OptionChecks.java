package org.shmarrays.examples;

import java.nio.file.Path;
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
