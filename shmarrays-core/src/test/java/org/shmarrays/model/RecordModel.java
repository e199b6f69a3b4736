package org.shmarrays.model;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The record of one slot, as claimants write it and rank 0 of a run reads it, which waits for rank 1 in a barrier: S3
 * to S7 and J4 of {@code docs/format/lifecycle.md}. Claimants come one after the other, and each may be killed before
 * any step. A step is one store, or one load, of shared memory. All states are looked at.
 */
final class RecordModel {
    /** A claimant of the slot. */
    enum Claimant {
        /** Rank 1 of the run again. */
        SAME_RANK(RUN, 1),
        /** No worker. */
        COORDINATOR(0, -1),
        /** Rank 2 of the run; it takes the slot only where the record is not needed. */
        OTHER_RANK(RUN, 2);

        private final int run;
        private final int rank;

        Claimant(final int run, final int rank) {
            this.run = run;
            this.rank = rank;
        }
    }

    /** Mistakes that can be built in. */
    enum Mistake {
        /** The claimant makes the slot free, whoever it is. */
        ALWAYS_FREE,
        /** A coordinator does not keep the record. */
        NOTHING_KEPT,
        /** It keeps it when the slot is free already. */
        KEPT_TOO_LATE,
        /** The reader takes what it has read without a second look at state and generation. */
        READ_ONCE,
        /** The reader does not look at the kept rank a second time. */
        KEPT_READ_ONCE
    }

    /** What the reader must never conclude. */
    enum Wrong {
        /** Rank 1 was never seen, though it was there: the barrier waits for ever. */
        LOST,
        /**
         * Rank 1 is gone or has come, though it never was there, or is there and has not come: the barrier lets rank 0
         * pass.
         */
        PASSED
    }

    private static final int RUN = 1;
    private static final int EARLIER_RUN = 2;
    private static final int FREE = 0;
    private static final int ACTIVE = 1;
    private static final int DEPARTED = 2;
    private static final int DEAD = -1;

    // The shared memory.
    private static final int STATE = 0;
    private static final int GENERATION = 1;
    private static final int OF_RUN = 2;
    private static final int RANK = 3;
    private static final int BARRIERS = 4;
    private static final int KEPT_RUN = 5;
    private static final int KEPT_RANK = 6;
    private static final int OWNER = 7; // the claimant that lives and has published itself, or DEAD

    // The claimant: how many came before it, and its next step.
    private static final int COME = 8;
    private static final int NEXT = 9;
    private static final int OWN = 10;

    // The reader: its next step, and what it has read.
    private static final int READS = 11;
    private static final int R_GENERATION = 12;
    private static final int R_STATE = 13;
    private static final int R_RUN = 14;
    private static final int R_RANK = 15;
    private static final int R_KEPT_RUN = 16;
    private static final int R_KEPT_RANK = 17;
    private static final int WAS_BEHIND = 18; // rank 1 was there when the read began, and had not come
    private static final int FIELDS = 19;

    private final List<Claimant> claimants;
    private final Set<Mistake> mistakes;
    private final boolean wasThere;
    private final Set<List<Integer>> seen = new HashSet<>();
    private final Deque<int[]> open = new ArrayDeque<>();
    private Wrong wrong;

    /** @param wasThere whether the slot has the record of the dead rank 1 of this run, or one of an earlier run */
    RecordModel(final List<Claimant> claimants, final boolean wasThere, final Set<Mistake> mistakes) {
        this.claimants = claimants;
        this.wasThere = wasThere;
        this.mistakes = mistakes;
    }

    int states() {
        return seen.size();
    }

    /** What is concluded wrongly in some state, or null. */
    Wrong explore() {
        final int[] first = new int[FIELDS];
        first[STATE] = ACTIVE;
        first[GENERATION] = 1;
        first[OF_RUN] = wasThere ? RUN : EARLIER_RUN;
        first[RANK] = 1;
        first[KEPT_RANK] = -1;
        first[OWNER] = DEAD;
        add(first);
        while (wrong == null && !open.isEmpty()) {
            final int[] state = open.remove();
            if (state[COME] < claimants.size()) {
                add(claim(state.clone()));
                add(kill(state.clone()));
            }
            add(read(state.clone()));
        }
        return wrong;
    }

    private void add(final int[] state) {
        if (seen.add(Arrays.stream(state).boxed().toList())) {
            open.add(state);
        }
    }

    private static int[] kill(final int[] s) {
        s[COME]++;
        s[NEXT] = 0;
        s[OWN] = 0;
        s[OWNER] = DEAD;
        return s;
    }

    /** The next step of the claimant that holds the slot's file. */
    private int[] claim(final int[] s) {
        final Claimant claimant = claimants.get(s[COME]);
        final boolean keeps = claimant == Claimant.COORDINATOR && !mistakes.contains(Mistake.NOTHING_KEPT);
        final boolean late = mistakes.contains(Mistake.KEPT_TOO_LATE);
        final int step = s[NEXT]++;
        final boolean isWorkers = s[STATE] != FREE && s[RANK] >= 0;
        switch (step) {
            case 0 -> {
                s[OWN] = isWorkers && s[OF_RUN] == claimant.run && s[RANK] == claimant.rank ? 1 : 0;
                if (!keeps || !isWorkers || late) {
                    s[NEXT] = 3;
                }
            }
            case 1 -> s[KEPT_RANK] = -1;
            case 2 -> {
                s[KEPT_RUN] = s[OF_RUN];
                s[KEPT_RANK] = s[RANK]; // the last of two stores: before it there is no kept record
            }
            case 3 -> s[STATE] = s[OWN] == 1 && !mistakes.contains(Mistake.ALWAYS_FREE) ? DEPARTED : FREE;
            case 4 -> {
                if (keeps && late && s[RANK] >= 0) {
                    s[KEPT_RUN] = s[OF_RUN];
                    s[KEPT_RANK] = s[RANK];
                }
            }
            case 5 -> s[GENERATION]++;
            case 6 -> s[OF_RUN] = claimant.run;
            case 7 -> s[RANK] = claimant.rank;
            case 8 -> s[BARRIERS] = 0;
            case 9 -> {
                s[STATE] = ACTIVE;
                s[OWNER] = s[COME];
            }
            case 10 -> s[KEPT_RANK] = claimant.rank >= 0 ? -1 : s[KEPT_RANK];
            case 11 -> s[BARRIERS] = claimant.rank >= 0 ? 1 : s[BARRIERS];
            default -> {
                s[STATE] = DEPARTED;
                kill(s); // it has gone, and its file is free
            }
        }
        return s;
    }

    private boolean isBehind(final int[] s) {
        return s[STATE] == ACTIVE && s[OWNER] != DEAD && s[OF_RUN] == RUN && s[RANK] == 1 && s[BARRIERS] == 0;
    }

    /** The next step of the reader, which begins again when it has concluded something. */
    private int[] read(final int[] s) {
        switch (s[READS]++) {
            case 0 -> {
                s[R_GENERATION] = s[GENERATION];
                s[WAS_BEHIND] = isBehind(s) ? 1 : 0;
            }
            case 1 -> s[R_STATE] = s[STATE];
            case 2 -> s[R_RANK] = s[RANK];
            case 3 -> s[R_RUN] = s[OF_RUN];
            case 4 -> s[R_KEPT_RANK] = s[KEPT_RANK];
            case 5 -> s[R_KEPT_RUN] = s[KEPT_RUN];
            case 6 -> {
                if (s[STATE] != s[R_STATE] && !mistakes.contains(Mistake.READ_ONCE)) {
                    forget(s);
                }
            }
            case 7 -> {
                if (s[KEPT_RANK] != s[R_KEPT_RANK] && !mistakes.contains(Mistake.KEPT_READ_ONCE)) {
                    forget(s);
                }
            }
            default -> {
                if (s[GENERATION] == s[R_GENERATION] || mistakes.contains(Mistake.READ_ONCE)) {
                    conclude(s);
                }
                forget(s);
            }
        }
        return s;
    }

    private static void forget(final int[] s) {
        Arrays.fill(s, READS, FIELDS, 0);
    }

    private void conclude(final int[] s) {
        final boolean isOwners = s[R_STATE] != FREE && s[R_RANK] >= 0;
        final boolean isRankOne =
                isOwners ? s[R_RUN] == RUN && s[R_RANK] == 1 : s[R_KEPT_RANK] == 1 && s[R_KEPT_RUN] == RUN;
        final boolean isBehind = isRankOne && isOwners && s[BARRIERS] == 0 && s[STATE] == ACTIVE && s[OWNER] != DEAD;
        if (!isRankOne && wasThere) {
            wrong = Wrong.LOST;
        }
        if (isRankOne && !isBehind && (!wasThere || s[WAS_BEHIND] == 1 && isBehind(s))) {
            wrong = Wrong.PASSED;
        }
    }
}
