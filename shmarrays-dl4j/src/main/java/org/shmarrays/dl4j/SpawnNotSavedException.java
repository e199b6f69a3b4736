package org.shmarrays.dl4j;

/**
 * A spawned training has ended well, and the caller's model has what the workers have trained, but its last checkpoint
 * could not be written. Save the model in another way: what came after the newest checkpoint is nowhere else.
 */
public final class SpawnNotSavedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient SpawnResult result;

    SpawnNotSavedException(final String failure, final SpawnResult result) {
        super("the training has ended, and the model is trained, but " + failure);
        this.result = result;
    }

    /** What the training has done; null after deserialization. */
    public SpawnResult result() {
        return result;
    }
}
