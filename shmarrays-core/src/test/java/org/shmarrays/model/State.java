package org.shmarrays.model;

/** A state of the model: small numbers in two longs. */
final class State {
    /** Number of longs that hold a state. */
    private static final int WORDS = 2;

    // Where each field is: its word, its lowest bit there, and its greatest value.
    private static final int[] WORD = new int[64];
    private static final int[] SHIFT = new int[64];
    private static final int[] MASK = new int[64];
    private static int fields;
    private static int bits;

    // What all processes share.
    static final int LOCK = field(3); // 0, or a Token
    static final int VERSION = field(3);
    static final int DATA = fields(2, 3); // of each block: which updates are in it, one bit each
    static final int ARMED = fields(2, 1); // of each slot's undo area, as the next three
    static final int AREA_VERSION = fields(2, 3);
    static final int VALID = fields(2, 2);
    static final int SAVED = fields(4, 3);
    static final int GENERATION = fields(2, 2);
    static final int FILE = fields(2, 2); // who holds a slot's lock file: 0, or 1 + process
    static final int STATE = fields(2, 2); // of each slot
    static final int ABANDONED_FILE = field(2); // who holds the lock file for abandoned slots, as above

    // What each of the three processes A, B, C has for itself.
    static final int ALIVE = fields(3, 1);
    static final int NEXT = fields(3, 6);
    static final int SEEN_VERSION = fields(3, 3);
    static final int SEEN_GENERATION = fields(3, 2);
    static final int FOUND_GENERATION = fields(3, 2);
    static final int ACKNOWLEDGED = fields(3, 1);
    static final int SEEN_ABANDONED = fields(3, 1);
    static final int SLOT_OF_C = field(1);
    static final int C_HAS_CLAIMED = field(1);

    // What the reader has for itself.
    static final int READER = field(3);
    static final int READ_VERSION = field(3);
    static final int READ = fields(2, 3);
    static final int ACKNOWLEDGED_BEFORE = field(3);

    // The states of a slot.
    static final int ACTIVE = 0;
    static final int ABANDONED = 1;
    static final int FREE_OR_DEPARTED = 2;

    private final long[] words = new long[WORDS];

    private static int field(final int width) {
        return fields(1, width);
    }

    private static int fields(final int count, final int width) {
        final int first = fields;
        for (int i = 0; i < count; i++) {
            if (bits % Long.SIZE + width > Long.SIZE) {
                bits = Long.SIZE; // no field is in two words
            }
            WORD[fields] = bits / Long.SIZE;
            SHIFT[fields] = bits % Long.SIZE;
            MASK[fields++] = (1 << width) - 1;
            bits += width;
        }
        return first;
    }

    int get(final int field) {
        return (int) (words[WORD[field]] >>> SHIFT[field]) & MASK[field];
    }

    void set(final int field, final int value) {
        final long mask = (long) MASK[field] << SHIFT[field];
        words[WORD[field]] = words[WORD[field]] & ~mask | (long) value << SHIFT[field];
    }

    /** The step that a process is about to do. */
    Step next(final int process) {
        return Step.ALL[get(NEXT + process)];
    }

    /** Whose updates are acknowledged, one bit each, as in {@link #DATA}. */
    int acknowledged() {
        return get(ACKNOWLEDGED) | get(ACKNOWLEDGED + 1) << 1 | get(ACKNOWLEDGED + 2) << 2;
    }

    void copyFrom(final State other) {
        System.arraycopy(other.words, 0, words, 0, WORDS);
    }

    void pack(final long[] packed, final int at) {
        System.arraycopy(words, 0, packed, at, WORDS);
    }

    void unpack(final long[] packed, final int at) {
        System.arraycopy(packed, at, words, 0, WORDS);
    }
}
