package org.shmarrays.internal.access;

/** One partition, or a part of it, as the only span of a {@link Pull}. */
abstract class PartitionSpan implements PullSpans {
    private static final int[] NO_ARRAYS = {};

    private final String name;
    private final int partition;
    private boolean copied;

    /**
     * A span.
     *
     * @param name of the array, for messages
     */
    PartitionSpan(final String name, final int partition) {
        this.name = name;
        this.partition = partition;
    }

    @Override
    public final void begin() {
        copied = false;
    }

    @Override
    public final int next(final int[] partitions) {
        if (copied) {
            return NONE;
        }
        copied = true;
        partitions[0] = partition;
        return 1;
    }

    @Override
    public final void copy(final int i) {
        copy();
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final int[] lockFreeArrays() {
        return NO_ARRAYS;
    }

    @Override
    public final long lengthBytes() {
        return 0; // counts for the arrays of the lock-free family alone
    }
}
