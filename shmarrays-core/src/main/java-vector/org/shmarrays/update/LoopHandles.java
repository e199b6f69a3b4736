package org.shmarrays.update;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Handles of the loops on vectors. They are kept in arrays, so that they are no constants for
 * C2, which then compiles each loop on its own: inlined into its callers, two of them together exceed what C2 is ready to inline,
 * and vectors are boxed.
 */
final class LoopHandles {
    private static final MethodType OPTIMIZER_LOOP =
            MethodType.methodType(void.class, double[].class, Object[].class, int.class, int.class);

    private LoopHandles() {}

    /** By ordinal of the formula: the methods that are called as the formula is, and then {@code suffix}. */
    static MethodHandle[] ofFormulas(final Class<?> loops, final String suffix, final MethodType type) {
        final MethodHandle[] handles = new MethodHandle[Formula.values().length];
        for (final Formula formula : Formula.values()) {
            final String name = switch (formula) {
                case ADD_SCALED -> "addScaled";
                case EMA -> "ema";
                case MOMENTUM -> "momentum";
                case NESTEROV -> "nesterov";
                case ROOT_SCALED -> "rootScaled";
                case ADAM -> "adam";
            };
            handles[formula.ordinal()] = find(loops, name + suffix, type);
        }
        return handles;
    }

    /** By ordinal of the formula. */
    static MethodHandle[] ofOptimizerFormulas(final Class<?> loops) {
        final MethodHandle[] handles = new MethodHandle[OptimizerFormula.values().length];
        for (final OptimizerFormula formula : OptimizerFormula.values()) {
            final String name = switch (formula) {
                case ADD_SCALED -> "addScaled";
                case SCALED -> "scaled";
                case NESTEROVS -> "nesterovs";
                case ROOT_SCALED -> "rootScaled";
                case ADAM -> "adam";
            };
            handles[formula.ordinal()] = find(loops, name, OPTIMIZER_LOOP);
        }
        return handles;
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
