package org.shmarrays.dl4j;

import java.util.concurrent.atomic.AtomicLong;
import org.deeplearning4j.optimize.api.InvocationType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.listeners.Checkpoint;
import org.deeplearning4j.optimize.listeners.CheckpointListener;
import org.deeplearning4j.optimize.listeners.EvaluativeListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.impl.UIListener;

/**
 * Which listeners are called once for a training, and in which calls they may look at the model's values. DL4J's own
 * are asked for their settings, so that values are copied only for a call in which they are saved or evaluated.
 */
final class OnceRules {
    /** How long before it is due a listener by time is taken to be due: its own look at the clock comes later. */
    private static final long EARLY_MS = 1000;

    private static final ClassValue<Boolean> IS_OF_UI = new ClassValue<>() {
        @Override
        protected Boolean computeValue(final Class<?> type) {
            return isOfUi(type);
        }
    };

    private OnceRules() {}

    /** Whether a network's listener is called once for the training though it is not marked. */
    static boolean isOnce(final TrainingListener listener) {
        return listener instanceof CheckpointListener
                || listener instanceof EvaluativeListener
                || IS_OF_UI.get(listener.getClass());
    }

    /** Whether a SameDiff graph's listener is called once for the training though it is not marked. */
    static boolean isOnce(final Listener listener) {
        return listener instanceof org.nd4j.autodiff.listeners.checkpoint.CheckpointListener
                || listener instanceof UIListener;
    }

    /** DL4J's StatsListener and its like; their module may be absent. */
    private static boolean isOfUi(final Class<?> type) {
        if (type == null) {
            return false;
        }
        if (type.getName().startsWith("org.deeplearning4j.")
                && type.getSimpleName().equals("RoutingIterationListener")) {
            return true;
        }
        for (final Class<?> implemented : type.getInterfaces()) {
            if (isOfUi(implemented)) {
                return true;
            }
        }
        return isOfUi(type.getSuperclass());
    }

    /**
     * Whether a listener may look at values in a call.
     *
     * @param number of the iteration or the epoch
     */
    static boolean readsModel(final Object listener, final InvocationType call, final int number) {
        if (listener instanceof CheckpointListener
                || listener instanceof org.nd4j.autodiff.listeners.checkpoint.CheckpointListener) {
            return new CheckpointSettings(listener).isDue(call, number);
        }
        if (listener instanceof EvaluativeListener evaluative) {
            return evaluative.getInvocationType() == call && isDue(evaluative);
        }
        return !IS_OF_UI.get(listener.getClass()) && !(listener instanceof UIListener);
    }

    /** Whether a network's listener reads what a step has left in the network it is shown. */
    static boolean readsStep(final TrainingListener listener) {
        return IS_OF_UI.get(listener.getClass());
    }

    private static boolean isDue(final EvaluativeListener listener) {
        final ThreadLocal<?> counts = Internals.value(EvaluativeListener.class, "iterationCount", listener);
        final int frequency = Internals.<Integer>value(EvaluativeListener.class, "frequency", listener);
        return !(counts.get() instanceof AtomicLong count) || count.get() % frequency == 0;
    }

    /** The settings of a listener that saves checkpoints; both of DL4J's have fields of the same names. */
    private record CheckpointSettings(Object listener) {
        private <T> T value(final String field) {
            return Internals.value(listener.getClass(), field, listener);
        }

        boolean isDue(final InvocationType call, final int number) {
            return switch (call) {
                case EPOCH_START -> false;
                case EPOCH_END -> value("saveEveryNEpochs") != null; // the listener asks the model which epoch it is
                case ITERATION_END -> isDueAfter(number);
            };
        }

        private static boolean isEvery(final Integer frequency, final int number) {
            return frequency != null && number % frequency == 0;
        }

        private boolean isDueAfter(final int iteration) {
            final long started = this.<Long>value("startTime");
            if (started < 0) {
                return false; // the first call only notes when it was
            }
            final Object last = value("lastCheckpoint");
            final Integer frequency = value("saveEveryNIterations");
            if (frequency != null
                    && (this.<Boolean>value("saveEveryNIterSinceLast")
                            ? iteration - (last == null ? this.<Integer>value("startIter") : iteration(last))
                                    >= frequency
                            : isEvery(frequency, iteration) || isEvery(frequency, iteration + 1))) {
                return true;
            }
            final Long everyMs = value("saveEveryMs");
            if (everyMs == null) {
                return false;
            }
            final Long lastMs = this.<Boolean>value("saveEverySinceLast")
                    ? last == null ? null : Long.valueOf(timestamp(last))
                    : value("lastSaveEveryMsNoSinceLast");
            return System.currentTimeMillis() - (lastMs == null ? started : lastMs) >= everyMs - EARLY_MS;
        }

        private static int iteration(final Object checkpoint) {
            return checkpoint instanceof Checkpoint ofNetwork
                    ? ofNetwork.getIteration()
                    : ((org.nd4j.autodiff.listeners.checkpoint.Checkpoint) checkpoint).getIteration();
        }

        private static long timestamp(final Object checkpoint) {
            return checkpoint instanceof Checkpoint ofNetwork
                    ? ofNetwork.getTimestamp()
                    : ((org.nd4j.autodiff.listeners.checkpoint.Checkpoint) checkpoint).getTimestamp();
        }
    }
}
