package org.shmarrays.internal.access;

import java.util.Arrays;
import java.util.Objects;
import org.shmarrays.update.ChunkFunction;

/** Which chunks of a push are changed together. Immutable. */
final class ChunkGroups {
    private final Group[] byChunk;

    /**
     * Some chunks, one after the other, that are changed together.
     *
     * @param from the first one
     * @param to the index after the last one (exclusive)
     */
    record Group(int from, int to, ChunkFunction.Group code) {}

    private ChunkGroups(final Group[] byChunk) {
        this.byChunk = byChunk;
    }

    /** Each chunk is changed alone. */
    static ChunkGroups none(final int chunkCount) {
        return new ChunkGroups(new Group[chunkCount]);
    }

    /**
     * These groups and another one.
     *
     * @throws IllegalArgumentException if there are no such chunks, or one of them is in a group already
     */
    ChunkGroups with(final int from, final int to, final ChunkFunction.Group code) {
        if (code == null) {
            throw new IllegalArgumentException("the group is null");
        }
        if (from < 0 || from >= to || to > byChunk.length) {
            throw new IllegalArgumentException(
                    "chunks out of range: from=" + from + ", to=" + to + ", chunks=" + byChunk.length);
        }
        final Group[] more = byChunk.clone();
        for (int chunk = from; chunk < to; chunk++) {
            if (more[chunk] != null) {
                throw new IllegalArgumentException("a chunk is in two groups: chunk=" + chunk + ", from=" + from
                        + ", to=" + to + ", other from=" + more[chunk].from() + ", other to=" + more[chunk].to()
                        + "; merge the two groups");
            }
        }
        Arrays.fill(more, from, to, new Group(from, to, code));
        return new ChunkGroups(more);
    }

    /** Whether there is a group. */
    boolean any() {
        return Arrays.stream(byChunk).anyMatch(Objects::nonNull);
    }

    /** The group of a chunk, or null if it is changed alone. */
    Group of(final int chunk) {
        return byChunk[chunk];
    }
}
