package org.shmarrays.internal.layout;

/**
 * Something that happened to a segment or to its workers.
 *
 * @param number counted from 0 since the segment's creation, over all writers
 * @param timeMs when it was written, ms since 1970
 * @param subject which worker it is about
 * @param value what the kind says; 0 where it says nothing
 * @param secondValue likewise
 * @param text what the kind says; in the ring it is cut to {@link EventDescriptor#TEXT_CAPACITY} bytes
 */
public record Event(
        long number, long timeMs, EventKind kind, Subject subject, long value, long secondValue, String text) {

    /**
     * Whom an event is about.
     *
     * @param slotId -1 for no slot, or where the writer does not know it
     * @param rank -1 for no worker of a run
     * @param runId 0 for no run
     * @param processId in its own namespace
     */
    public record Subject(int slotId, int rank, long runId, long processId) {
        /** A process that is no worker. */
        public static Subject ofProcess(final long processId) {
            return new Subject(-1, -1, 0, processId);
        }
    }

    /** The value, where it is a number with a fraction. */
    public double doubleValue() {
        return Double.longBitsToDouble(value);
    }
}
