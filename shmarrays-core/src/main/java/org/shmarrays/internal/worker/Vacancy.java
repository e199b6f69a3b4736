package org.shmarrays.internal.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shmarrays.internal.segment.Segment;

/**
 * All slots of an unused segment, held at once: while this is open no worker can claim one, so that the segment is
 * not taken away under the feet of a worker that comes in this moment. Steps: {@code docs/format/lifecycle.md},
 * "Cleaning". For one thread.
 */
public final class Vacancy implements AutoCloseable {
    private final List<SlotFile> held;

    private Vacancy(final List<SlotFile> held) {
        this.held = held;
    }

    /**
     * Takes the lock files of all slots, without waiting.
     *
     * @return nothing if an owner lives, or any process holds a slot's lock file for whatever reason
     */
    public static Optional<Vacancy> tryHold(final Segment segment) {
        if (hasOwnerInSight(segment)) {
            return Optional.empty();
        }
        final Vacancy vacancy = new Vacancy(new ArrayList<>());
        boolean done = false;
        try {
            for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
                final SlotFile file = SlotFile.tryHold(segment, slotId);
                if (file == null) {
                    return Optional.empty();
                }
                vacancy.held.add(file);
            }
            // A file that foreign code has opened and closed is free though its owner lives.
            done = !hasOwnerInSight(segment);
            return done ? Optional.of(vacancy) : Optional.empty();
        } finally {
            if (!done) {
                vacancy.close();
            }
        }
    }

    /** True if the process of some slot's owner runs; this very process's files must not be opened. */
    private static boolean hasOwnerInSight(final Segment segment) {
        final int claimed = segment.claimedSlots();
        for (int slotId = 0; slotId < claimed; slotId++) {
            if (Liveness.isSeenAlive(segment, slotId)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        held.forEach(SlotFile::close);
        held.clear();
    }
}
