package org.shmarrays.errors;

/**
 * A partition was left half changed, and what would put it right is missing: its values can't be trusted. Restore the
 * segment from a checkpoint, or create it again.
 */
public final class DamagedPartitionException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public DamagedPartitionException(final String message) {
        super(message);
    }
}
