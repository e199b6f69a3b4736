package org.shmarrays.dl4j;

/**
 * Thrown by the {@code fit} of a joined model before its next step, because the training was asked to stop, or to go on
 * without this worker. {@link SharedTraining#fit} does not throw it but returns.
 */
public final class TrainingStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TrainingStoppedException(final String message) {
        super(message);
    }
}
