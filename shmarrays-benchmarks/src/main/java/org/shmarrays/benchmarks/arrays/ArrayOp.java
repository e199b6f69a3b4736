package org.shmarrays.benchmarks.arrays;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.shmarrays.ArrayGroup;
import org.shmarrays.ShmArrays;
import org.shmarrays.benchmarks.loops.AdamConstants;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** What is done with a set: one pass over all its arrays. A new operation is one more entry. */
public enum ArrayOp implements Effect {
    READ("read", 0) {
        @Override
        Runnable pass(final ShmArrays arrays, final Map<String, Object> buffers) {
            final ArrayGroup group = group(arrays, buffers);
            final Object[] destinations = buffers.values().toArray();
            return () -> group.readInto(destinations);
        }

        @Override
        Runnable limitPass(final Limit limit, final LimitLoop loop) {
            return limit::copyOut;
        }

        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return initial;
        }
    },

    WRITE("write", 0) {
        @Override
        Runnable pass(final ShmArrays arrays, final Map<String, Object> buffers) {
            final ArrayGroup group = group(arrays, buffers);
            final Object[] values = buffers.values().toArray();
            return () -> group.write(values);
        }

        @Override
        Runnable limitPass(final Limit limit, final LimitLoop loop) {
            return limit::copyIn;
        }

        /** It writes what it would push. */
        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return gradient;
        }

        @Override
        boolean supports(final Mode mode) {
            return !mode.takesTurns(); // only before the first turn
        }
    },

    EMA("update-ema", 0) {
        private static final double RATE = 0.1;

        @Override
        Runnable pass(final ShmArrays arrays, final Map<String, Object> buffers) {
            return push(arrays, buffers, Updates.ema(RATE));
        }

        @Override
        Runnable limitPass(final Limit limit, final LimitLoop loop) {
            return () -> limit.loops(loop).blend(1 - RATE, RATE);
        }

        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return gradient + (initial - gradient) * Math.pow(1 - RATE, passes);
        }
    },

    SGD("update-sgd", 0) {
        private static final double LEARNING_RATE = 1.0 / 4096;

        @Override
        Runnable pass(final ShmArrays arrays, final Map<String, Object> buffers) {
            return push(arrays, buffers, Updates.sgd(LEARNING_RATE));
        }

        @Override
        Runnable limitPass(final Limit limit, final LimitLoop loop) {
            return () -> limit.loops(loop).blend(1, -LEARNING_RATE);
        }

        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return initial - LEARNING_RATE * passes * gradient;
        }
    },

    MOMENTUM("update-momentum", 1) {
        private static final double LEARNING_RATE = 1.0 / 65536;
        private static final double MU = 0.9;

        @Override
        Runnable pass(final ShmArrays arrays, final Map<String, Object> buffers) {
            return push(arrays, buffers, Updates.momentum(LEARNING_RATE, MU));
        }

        @Override
        Runnable limitPass(final Limit limit, final LimitLoop loop) {
            return () -> limit.loops(loop).momentum(LEARNING_RATE, MU);
        }

        /** The sum of m_i = g (1 - mu^i) / (1 - mu). */
        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            final double sum = (passes - MU * (1 - Math.pow(MU, passes)) / (1 - MU)) / (1 - MU);
            return initial - LEARNING_RATE * gradient * sum;
        }
    },

    ADAM("update-adam", 2) {
        private static final double LEARNING_RATE = 1.0 / 65536;

        @Override
        Runnable pass(final ShmArrays arrays, final Map<String, Object> buffers) {
            return push(arrays, buffers, Updates.adam(LEARNING_RATE));
        }

        @Override
        Runnable limitPass(final Limit limit, final LimitLoop loop) {
            return () -> limit.loops(loop).adam(LEARNING_RATE, limit.nextStep());
        }

        /** With a gradient that stays the same, both moments are unbiased at once: each step is as long as the rate. */
        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return initial - LEARNING_RATE * passes * gradient / (Math.abs(gradient) + AdamConstants.EPSILON);
        }

        /** Lost updates of the moments make the steps longer than the rate. */
        @Override
        public double mostOfARace() {
            return 20;
        }
    };

    private final String label;
    private final int stateCount;

    ArrayOp(final String label, final int stateCount) {
        this.label = label;
        this.stateCount = stateCount;
    }

    @Override
    public String label() {
        return label;
    }

    /** Number of state arrays. */
    public int stateCount() {
        return stateCount;
    }

    /** The bare loops that can do it. */
    List<LimitLoop> limitLoops() {
        return Stream.of(LimitLoop.values()).filter(loop -> loop.does(this)).toList();
    }

    /** Whether what it does depends on what was there. */
    boolean isUpdate() {
        return this != READ && this != WRITE;
    }

    /** A function with state arrays is refused in ATOMIC. */
    boolean supports(final Mode mode) {
        return !mode.comparesAndSets() || stateCount == 0;
    }

    /** One pass through the library, by a prepared group; {@code buffers} are destinations or gradients. */
    abstract Runnable pass(ShmArrays arrays, Map<String, Object> buffers);

    /** One pass of a bare loop. */
    abstract Runnable limitPass(Limit limit, LimitLoop loop);

    private static Runnable push(
            final ShmArrays arrays, final Map<String, Object> gradients, final UpdateFunction function) {
        final ArrayGroup group = group(arrays, gradients);
        final Object[] values = gradients.values().toArray();
        return () -> group.update(values, function);
    }

    private static ArrayGroup group(final ShmArrays arrays, final Map<String, Object> buffers) {
        return arrays.group(buffers.keySet().toArray(String[]::new));
    }
}
