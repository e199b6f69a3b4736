package org.shmarrays.benchmarks.harness;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The file over which the coordinator and the workers of a group meet. Native byte order; each line of 128 bytes has one
 * writer at a time.
 *
 * <pre>
 *   0                   128                256          384               512 + 256 * rank
 *   +-------------------+------------------+------------+-----------------+----------------------------+
 *   | round, order,     | stop after step  | lock word  | guarded counter | done round, outcome        |
 *   | candidate, window |                  |            |                 | (one record a worker)      |
 *   +-------------------+------------------+------------+-----------------+----------------------------+
 * </pre>
 *
 * The coordinator writes an order, then releases the number of the round; a worker writes its outcome, then releases that
 * number as done. Stop step, lock word and counter are the workers' own, for candidates that share something.
 */
final class RendezvousDescriptor {
    private static final int ROUND_OFFSET = 0;
    private static final int ORDER_OFFSET = ROUND_OFFSET + Long.BYTES;
    private static final int CANDIDATE_OFFSET = ORDER_OFFSET + Long.BYTES;
    private static final int START_OFFSET = CANDIDATE_OFFSET + Long.BYTES;
    private static final int END_OFFSET = START_OFFSET + Long.BYTES;
    private static final int ARGUMENT_OFFSET = END_OFFSET + Long.BYTES;

    static final int STOP_STEP_OFFSET = 128;
    static final int LOCK_WORD_OFFSET = 256;
    static final int COUNTER_OFFSET = 384;

    private static final int RECORDS_OFFSET = 512;
    private static final int RECORD_LENGTH = 256;
    private static final int DONE_OFFSET = 0;
    private static final int COMPILATION_OFFSET = DONE_OFFSET + Long.BYTES;
    private static final int OUTCOME_OFFSET = COMPILATION_OFFSET + Long.BYTES;

    private RendezvousDescriptor() {}

    static int length(final int workers) {
        return RECORDS_OFFSET + workers * RECORD_LENGTH;
    }

    static long roundAcquire(final AtomicBuffer buffer) {
        return buffer.getLongVolatile(ROUND_OFFSET);
    }

    static void orderRelease(final AtomicBuffer buffer, final long round, final Order order) {
        buffer.putLong(ORDER_OFFSET, order.kind().ordinal());
        buffer.putLong(CANDIDATE_OFFSET, order.candidate());
        buffer.putLong(START_OFFSET, order.startNs());
        buffer.putLong(END_OFFSET, order.endNs());
        buffer.putLong(ARGUMENT_OFFSET, order.argument());
        buffer.putLongRelease(ROUND_OFFSET, round);
    }

    static Order order(final AtomicBuffer buffer) {
        return new Order(
                Order.Kind.values()[(int) buffer.getLong(ORDER_OFFSET)],
                (int) buffer.getLong(CANDIDATE_OFFSET),
                buffer.getLong(START_OFFSET),
                buffer.getLong(END_OFFSET),
                buffer.getLong(ARGUMENT_OFFSET));
    }

    static long doneAcquire(final AtomicBuffer buffer, final int rank) {
        return buffer.getLongVolatile(record(rank) + DONE_OFFSET);
    }

    static void doneRelease(
            final AtomicBuffer buffer,
            final int rank,
            final long round,
            final Outcome outcome,
            final long compilationMs) {
        buffer.putLong(record(rank) + COMPILATION_OFFSET, compilationMs);
        for (int i = 0; i < Outcome.FIELDS; i++) {
            buffer.putLong(record(rank) + OUTCOME_OFFSET + i * Long.BYTES, outcome.field(i));
        }
        buffer.putLongRelease(record(rank) + DONE_OFFSET, round);
    }

    /** How long the worker's compilers have worked since its start. */
    static long compilationMs(final AtomicBuffer buffer, final int rank) {
        return buffer.getLong(record(rank) + COMPILATION_OFFSET);
    }

    static Outcome outcome(final AtomicBuffer buffer, final int rank) {
        final long[] fields = new long[Outcome.FIELDS];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = buffer.getLong(record(rank) + OUTCOME_OFFSET + i * Long.BYTES);
        }
        return Outcome.ofFields(fields);
    }

    private static int record(final int rank) {
        return RECORDS_OFFSET + rank * RECORD_LENGTH;
    }
}
