package org.shmarrays.cli.doctor;

import java.util.List;
import java.util.function.Supplier;

/**
 * What a check has found.
 *
 * @param check what was looked at
 * @param found the values
 * @param advice what to do, or nothing
 */
public record Finding(Severity severity, String check, String found, String advice) {
    /** How much it matters. */
    public enum Severity {
        /** As it should be. */
        OK,
        /** It works, but may be slow, or not work for long. */
        WARN,
        /** It does not work. */
        ERROR
    }

    static Finding ok(final String check, final String found) {
        return new Finding(Severity.OK, check, found, "");
    }

    /** In order, with something that may be done all the same. */
    static Finding ok(final String check, final String found, final String advice) {
        return new Finding(Severity.OK, check, found, advice);
    }

    static Finding warn(final String check, final String found, final String advice) {
        return new Finding(Severity.WARN, check, found, advice);
    }

    static Finding error(final String check, final String found, final String advice) {
        return new Finding(Severity.ERROR, check, found, advice);
    }

    /** What some checks find. If they can't look, that is what they have found. */
    public static List<Finding> of(final String check, final Supplier<List<Finding>> checks) {
        try {
            return checks.get();
        } catch (final RuntimeException e) {
            final String why = e.getMessage() == null ? e.toString() : e.getMessage();
            return List.of(
                    error(check, "could not be checked: " + why, "check it by hand, as the owner of the directory"));
        }
    }
}
