package org.shmarrays.randomkill;

import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT64;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Arrays that are pushed together, in which the pushes of each rank can be counted. Element i belongs to rank i modulo
 * {@link #RANKS}: that rank pushes 1 there and 0 elsewhere, so the elements of a rank hold the number of its pushes.
 * All numbers are whole and exact.
 */
enum Account {
    /** Four partitions of 256 KiB without state arrays, to which the pushes are added. */
    SUM(Updates.add(), ArraySpec.of("sum", INT64, 131_072)),
    /**
     * Two partitions of 256 KiB with five state arrays and a step count, updated by a function of all of them, as
     * Adam is: one state array counts the pushes of each rank, the others are the step t, and the values are 1 + 2 +
     * … + t. Many state arrays make a long repair.
     */
    MOMENTS(new Moments(), ArraySpec.of("moments", FLOAT64, 65_536).withState(Account.STATE_ARRAYS)),
    /**
     * Two arrays that share a partition, updated with momentum: with a momentum of 1 the velocity counts the pushes.
     */
    PAIR(
            Updates.momentum(1, 1),
            ArraySpec.of("first", FLOAT64, 4_000).withState(1),
            ArraySpec.of("second", FLOAT64, 6_000).withState(1));

    /** Number of ranks; a divisor of the number of elements that every partition begins at a multiple of. */
    static final int RANKS = 8;

    private static final int STATE_ARRAYS = 5;

    private final UpdateFunction function;
    private final List<ArraySpec> specs;

    Account(final UpdateFunction function, final ArraySpec... specs) {
        this.function = function;
        this.specs = List.of(specs);
    }

    /** The arrays of all accounts. */
    static List<ArraySpec> allSpecs() {
        final List<ArraySpec> all = new ArrayList<>();
        for (final Account account : values()) {
            all.addAll(account.specs);
        }
        return all;
    }

    /** The account that an array belongs to. */
    static Account of(final ArraySpec spec) {
        for (final Account account : values()) {
            if (account.specs.stream().anyMatch(own -> own.name().equals(spec.name()))) {
                return account;
            }
        }
        throw new IllegalArgumentException("array of no account: " + spec);
    }

    List<ArraySpec> specs() {
        return specs;
    }

    UpdateFunction function() {
        return function;
    }

    /** What a rank pushes. */
    Map<String, Object> gradients(final int rank) {
        final Map<String, Object> gradients = new LinkedHashMap<>();
        specs.forEach(spec -> gradients.put(spec.name(), gradient(spec, rank)));
        return gradients;
    }

    private static Object gradient(final ArraySpec spec, final int rank) {
        final int count = spec.elementCount();
        if (spec.elementType() == INT64) {
            final long[] ones = new long[count];
            for (int i = rank; i < count; i += RANKS) {
                ones[i] = 1;
            }
            return ones;
        }
        final double[] ones = new double[count];
        for (int i = rank; i < count; i += RANKS) {
            ones[i] = 1;
        }
        return ones;
    }

    /** {@code s0 = s0 + g; s1, s2, … = t; w = w + t}, t being the number of the step. */
    private static final class Moments extends UpdateFunction {
        Moments() {
            super("moments", STATE_ARRAYS);
        }

        @Override
        public boolean supports(final ElementType type) {
            return type == FLOAT64;
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            for (int i = 0; i < n; i++) {
                state[0][wOffset + i] += g[gOffset + i];
                w[wOffset + i] += step;
            }
            for (int k = 1; k < STATE_ARRAYS; k++) {
                Arrays.fill(state[k], wOffset, wOffset + n, step);
            }
        }
    }
}
