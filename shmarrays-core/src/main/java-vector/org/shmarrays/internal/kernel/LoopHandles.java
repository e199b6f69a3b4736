package org.shmarrays.internal.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Locale;

/**
 * Handles of the loops on vectors. They are kept in arrays, so that they are no constants for C2, which then compiles
 * each loop on its own: inlined into its callers, two of them together exceed what C2 is ready to inline, and vectors
 * are boxed.
 */
final class LoopHandles {
    private LoopHandles() {}

    /**
     * By ordinal of the formula: the methods that are called as the formula is, in camel case, and then {@code
     * suffix}.
     */
    static MethodHandle[] of(
            final Enum<?>[] formulas, final Class<?> loops, final String suffix, final MethodType type) {
        final MethodHandle[] handles = new MethodHandle[formulas.length];
        for (final Enum<?> formula : formulas) {
            handles[formula.ordinal()] = find(loops, camelCase(formula.name()) + suffix, type);
        }
        return handles;
    }

    private static String camelCase(final String name) {
        final StringBuilder method = new StringBuilder();
        for (final String word : name.toLowerCase(Locale.ROOT).split("_")) {
            method.append(method.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return method.toString();
    }

    /** The one method of this name. */
    static MethodHandle[] of(final Class<?> loops, final String name, final MethodType type) {
        return new MethodHandle[] {find(loops, name, type)};
    }

    private static MethodHandle find(final Class<?> loops, final String name, final MethodType type) {
        try {
            return MethodHandles.lookup().findStatic(loops, name, type);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Throws what a loop has thrown; they declare no checked exceptions, but a handle's call does. */
    static AssertionError thrown(final Throwable e) {
        if (e instanceof RuntimeException unchecked) {
            throw unchecked;
        } else if (e instanceof Error error) {
            throw error;
        }
        return new AssertionError(e);
    }
}
