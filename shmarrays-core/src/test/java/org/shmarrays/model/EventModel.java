package org.shmarrays.model;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One record of the ring of events, which three writers of three rounds want, and a reader of each of their events:
 * E1 to E5 and Q1 to Q5 of {@code docs/format/events.md}. Writer n writes event n; it begins when it has its number,
 * and may stay where it is for ever at any step, or for as long as the others like. A step is one access to shared
 * memory; the content is two words and a checksum, each of which is told by its writer's number. All states are
 * looked at.
 */
final class EventModel {
    /** Mistakes that can be built in. */
    enum Mistake {
        /** A writer takes the record without a look at who has it: E2 is a store. */
        BEGUN_BY_STORE,
        /** A writer publishes without a look at who has the record: E4 is a store. */
        PUBLISHED_BY_STORE,
        /** The reader accepts what lies between two equal sequences. */
        NO_CHECKSUM,
        /** The checksum covers the content and not the number. */
        CHECKSUM_WITHOUT_NUMBER
    }

    /** What must never be. */
    enum Wrong {
        /** The reader of an event has accepted a word of another one. */
        MIXED,
        /** A published event that no one has written over, and no later writer has begun to, can't be read. */
        LOST
    }

    private static final int WRITERS = 3;
    private static final int NEVER = -1;

    // The shared memory.
    private static final int SEQUENCE = 0;
    private static final int CONTENT = 1; // two words and the checksum
    private static final int CONTENT_END = CONTENT + 3;

    // Of each writer: its next step, the sequence that it has read, and whether it has begun and published.
    private static final int NEXT = CONTENT_END;
    private static final int READ = NEXT + WRITERS;
    private static final int BEGUN = READ + WRITERS;
    private static final int PUBLISHED = BEGUN + WRITERS;

    // The reader: whose event it reads, its next step, and its copy.
    private static final int WANTED = PUBLISHED + WRITERS;
    private static final int READS = WANTED + 1;
    private static final int COPY = READS + 1;
    private static final int FIELDS = COPY + 3;

    private static final int END = 100;

    private final Set<Mistake> mistakes;
    private final Set<List<Integer>> seen = new HashSet<>();
    private final Deque<int[]> open = new ArrayDeque<>();
    private Wrong wrong;

    EventModel(final Set<Mistake> mistakes) {
        this.mistakes = mistakes;
    }

    int states() {
        return seen.size();
    }

    /** What is wrong in some state, or null. */
    Wrong explore() {
        final int[] first = new int[FIELDS];
        Arrays.fill(first, CONTENT, CONTENT_END, NEVER);
        add(first);
        while (wrong == null && !open.isEmpty()) {
            final int[] state = open.remove();
            for (int writer = 0; writer < WRITERS; writer++) {
                if (state[NEXT + writer] != END) {
                    add(write(state.clone(), writer));
                }
            }
            for (int wanted = 0; wanted < WRITERS; wanted++) {
                if (state[READS] == 0 || state[WANTED] == wanted) {
                    add(read(state.clone(), wanted));
                }
            }
        }
        return wrong;
    }

    private void add(final int[] state) {
        if (seen.add(Arrays.stream(state).boxed().toList())) {
            open.add(state);
            checkPublished(state);
        }
    }

    private int[] write(final int[] s, final int n) {
        final int step = s[NEXT + n]++;
        switch (step) {
            case 0 -> {
                s[READ + n] = s[SEQUENCE];
                if (Math.abs(s[SEQUENCE]) > n && !mistakes.contains(Mistake.BEGUN_BY_STORE)) {
                    s[NEXT + n] = END;
                }
            }
            case 1 -> {
                if (s[SEQUENCE] == s[READ + n] || mistakes.contains(Mistake.BEGUN_BY_STORE)) {
                    s[SEQUENCE] = -(n + 1);
                    s[BEGUN + n] = 1;
                } else {
                    s[NEXT + n] = 0;
                }
            }
            case 2, 3, 4 -> s[CONTENT + step - 2] = n;
            default -> {
                if (s[SEQUENCE] == -(n + 1) || mistakes.contains(Mistake.PUBLISHED_BY_STORE)) {
                    s[SEQUENCE] = n + 1;
                    s[PUBLISHED + n] = 1;
                }
                s[NEXT + n] = END;
            }
        }
        return s;
    }

    private int[] read(final int[] s, final int wanted) {
        s[WANTED] = wanted;
        final int step = s[READS]++;
        switch (step) {
            case 0 -> {
                if (s[SEQUENCE] != wanted + 1) {
                    forget(s);
                }
            }
            case 1, 2, 3 -> s[COPY + step - 1] = s[CONTENT + step - 1];
            default -> {
                if (s[SEQUENCE] == wanted + 1 && isAccepted(s)) {
                    checkCopy(s);
                }
                forget(s);
            }
        }
        return s;
    }

    private static void forget(final int[] s) {
        Arrays.fill(s, WANTED, FIELDS, 0);
    }

    private boolean isAccepted(final int[] s) {
        final boolean isWhole = s[COPY] == s[COPY + 1] && s[COPY] == s[COPY + 2];
        return mistakes.contains(Mistake.NO_CHECKSUM)
                || isWhole && (s[COPY] == s[WANTED] || mistakes.contains(Mistake.CHECKSUM_WITHOUT_NUMBER));
    }

    private void checkCopy(final int[] s) {
        for (int i = COPY; i < COPY + 3; i++) {
            if (s[i] != s[WANTED]) {
                wrong = Wrong.MIXED;
            }
        }
    }

    private void checkPublished(final int[] s) {
        for (int n = 0; n < WRITERS; n++) {
            boolean isLast = s[PUBLISHED + n] == 1;
            for (int later = n + 1; later < WRITERS; later++) {
                isLast &= s[BEGUN + later] == 0;
            }
            for (int i = CONTENT; i < CONTENT_END; i++) {
                isLast &= s[i] == n;
            }
            if (isLast && s[SEQUENCE] != n + 1) {
                wrong = Wrong.LOST;
            }
        }
    }
}
