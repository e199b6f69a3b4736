package org.shmarrays.internal.worker;

/** Decides in which rounds of a wait the worker checks whether the others are alive. For one wait. */
final class ProbeSchedule {
    private static final int ROUNDS = 128;

    private int round;

    boolean isDue() {
        return ++round % ROUNDS == 0;
    }
}
