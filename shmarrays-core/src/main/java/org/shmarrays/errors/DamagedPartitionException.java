package org.shmarrays.errors;

/**
 * A partition was left half changed, and the old bytes that would repair it are missing. Its values can't be trusted.
 * Restore the segment from a checkpoint, or create it again.
 */
public final class DamagedPartitionException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public DamagedPartitionException(final String message) {
        super(message);
    }
}
