package org.shmarrays.model;

/** What stands in a lock word: a slot and the generation of its owner, both small. */
final class Token {
    private Token() {}

    static int of(final int slot, final int generation) {
        return 1 + slot + 2 * (generation - 1);
    }

    static int slot(final int token) {
        return token - 1 & 1;
    }

    static int generation(final int token) {
        return (token - 1 >> 1) + 1;
    }
}
