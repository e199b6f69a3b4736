package org.shmarrays.benchmarks.arrays;

import java.util.Random;

/**
 * The random rows of calls: always the same batches, which each worker goes through again and again, from a place of its
 * own. All rows are as likely, and a batch may name one twice; a row stands at places of one class only, so that its
 * gradient is the same in each call, and is another one than its neighbours'.
 */
final class Draws {
    /** Rows of a call. */
    static final int ROWS_PER_CALL = 1024;

    private static final int BATCHES = 512;
    private static final int CLASSES = 16;
    private static final long SEED = 42;

    private final int[][] batches = new int[BATCHES][ROWS_PER_CALL];
    private final int rowCount;
    private final int rowLength;

    Draws(final int rowCount, final int rowLength) {
        this.rowCount = rowCount;
        this.rowLength = rowLength;
        final Random random = new Random(SEED);
        for (final int[] batch : batches) {
            for (int i = 0; i < ROWS_PER_CALL; i++) {
                batch[i] = random.nextInt(rowCount / CLASSES) * CLASSES + i % CLASSES;
            }
        }
    }

    int rowCount() {
        return rowCount;
    }

    int rowLength() {
        return rowLength;
    }

    /** What each call pushes. */
    float[] gradients() {
        final float[] gradients = new float[ROWS_PER_CALL * rowLength];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = (float) gradient(i / rowLength, i % rowLength);
        }
        return gradients;
    }

    /** What is pushed to an element of a row. */
    double gradient(final int row, final int column) {
        return Values.gradient(row % CLASSES * (long) rowLength + column);
    }

    /** The rows of a worker's calls, one call after the other. For one thread. */
    Turn turn(final int rank, final int workers) {
        return new Turn(firstBatch(rank, workers));
    }

    private static int firstBatch(final int rank, final int workers) {
        return rank * BATCHES / workers;
    }

    final class Turn {
        private int next;

        private Turn(final int first) {
            next = first;
        }

        int[] rows() {
            final int[] rows = batches[next];
            next = (next + 1) % BATCHES;
            return rows;
        }

        /** Those of the last call. */
        int[] lastRows() {
            return batches[(next + BATCHES - 1) % BATCHES];
        }
    }

    /** How often each row was named in calls. */
    int[] uses(final long... callsOfWorkers) {
        final int[] uses = new int[rowCount];
        for (int rank = 0; rank < callsOfWorkers.length; rank++) {
            final int first = firstBatch(rank, callsOfWorkers.length);
            for (int b = 0; b < BATCHES; b++) {
                final long calls = (callsOfWorkers[rank] + BATCHES - 1 - b) / BATCHES;
                for (final int row : batches[(first + b) % BATCHES]) {
                    uses[row] += (int) calls;
                }
            }
        }
        return uses;
    }

    /** Whether a row is named twice in one call. */
    boolean[] repeated() {
        final boolean[] repeated = new boolean[rowCount];
        final int[] lastCall = new int[rowCount];
        for (int b = 0; b < BATCHES; b++) {
            for (final int row : batches[b]) {
                repeated[row] |= lastCall[row] == b + 1;
                lastCall[row] = b + 1;
            }
        }
        return repeated;
    }
}
