package org.shmarrays.spark;

/** A worker process has died in an interval, which is lost and can be repeated. */
final class LostWorkerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LostWorkerException(final String message) {
        super(message);
    }
}
