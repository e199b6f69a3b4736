package org.shmarrays.spark;

import java.io.IOException;

/** A file that was read, and is not a checkpoint, or is truncated or changed. */
final class DamagedCheckpointException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * A damaged file.
     *
     * @param message what is wrong with it
     */
    DamagedCheckpointException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
