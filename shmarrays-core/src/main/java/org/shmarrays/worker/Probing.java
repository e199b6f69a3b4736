package org.shmarrays.worker;

/** Says in which rounds of a wait the others are looked at whether they live. For one wait. */
final class Probing {
    private static final int ROUNDS = 128;

    private int round;

    boolean isDue() {
        return ++round % ROUNDS == 0;
    }
}
