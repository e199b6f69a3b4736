package org.shmarrays.dl4j;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmarrays.Settings.OnTimeout;
import org.shmarrays.errors.WaitTimeoutException;

/** What a {@link Dealer} needs of a training. For the thread that trains. */
final class DealerSteps implements Dealer.Steps {
    private static final System.Logger LOGGER = System.getLogger(DealerSteps.class.getName());
    private static final long PAUSE_NS = 1_000_000;

    private final TrainingSegment segment;
    private final StepProtocol protocol;
    private final BooleanSupplier isToStop;
    private long lastStep;
    private long lastStepNs;

    /**
     * Steps of a training.
     *
     * @param isToStop whether to end the present fit
     */
    DealerSteps(final TrainingSegment segment, final StepProtocol protocol, final BooleanSupplier isToStop) {
        this.segment = segment;
        this.protocol = protocol;
        this.isToStop = isToStop;
    }

    @Override
    public boolean shouldStop() {
        return isToStop.getAsBoolean();
    }

    @Override
    public void takeTurn() {
        protocol.takeTurn();
    }

    @Override
    public void giveTurnBack() {
        protocol.abandon();
    }

    @Override
    public void announceBatch(final Runnable whenPushed) {
        protocol.announceBatch(whenPushed);
    }

    @Override
    public void warn(final String what, final String values, final String advice) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                what + ": segment=" + segment.arrays().name() + ", rank="
                        + segment.worker().rank() + ", " + values + "; " + advice);
    }

    @Override
    public void pause() {
        LockSupport.parkNanos(PAUSE_NS);
        final long step = segment.control().globalStep();
        final long nowNs = System.nanoTime();
        if (step != lastStep || lastStepNs == 0) {
            lastStep = step;
            lastStepNs = nowNs;
        } else if (nowNs - lastStepNs > segment.settings().workerTimeout().toNanos()) {
            final String message =
                    "this worker waits for what other workers have in hand, and they make no step: segment="
                            + segment.arrays().name() + ", rank="
                            + segment.worker().rank() + ", iteration="
                            + segment.iteration()
                            + ", waited=" + segment.settings().workerTimeout();
            if (segment.settings().onTimeout() == OnTimeout.FAIL) {
                throw new WaitTimeoutException(message);
            }
            LOGGER.log(System.Logger.Level.WARNING, message);
            lastStepNs = nowNs;
        }
    }
}
