package org.shmarrays.internal.kernel;

import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.Segment;

/**
 * The random bits by which one handle rounds stochastically: a hash of a key and an index, so that they cost no state
 * and do not depend on how a change is cut into blocks. For one thread.
 *
 * <p>Under a lock the key is made of the array's seed and the version of the partition, which is another one in each
 * change and the same in each repetition of a run in mode ORDERED. Without a lock it is made of the seed, the owner of
 * the slot and the number of the block among those that the handle has rounded. No key comes twice in a segment. See
 * {@code docs/guide/rounding.md}.
 */
public final class RoundingBits {
    /** The increment of SplitMix64: 2^64 divided by the golden ratio, made odd. */
    private static final long INCREMENT = 0x9E37_79B9_7F4A_7C15L;

    private final Segment segment;
    private final long owner;
    private long blocks;

    /**
     * Random bits of a handle.
     *
     * @param owner token of the handle's slot, which no other owner of a slot of the segment has or had
     */
    public RoundingBits(final Segment segment, final long owner) {
        this.segment = segment;
        this.owner = owner;
    }

    /**
     * The key of a block of an array that is about to be rounded.
     *
     * @param element of the array; the block lies in its partition
     * @param isLocked whether the partition's lock is held, and a change of it is under way
     */
    long key(final ArrayLayout array, final int element, final boolean isLocked) {
        final long earlier = segment.runControl().earlierSteps();
        final long run = next(next(array.spec().rounding().seed(), array.index()), earlier);
        return isLocked ? next(next(run, 0), version(array, element)) : next(next(run, owner), blocks++);
    }

    private long version(final ArrayLayout array, final int element) {
        final int partition = segment.layout().partitionOf(array, element);
        return segment.partitions().versionPlain(partition);
    }

    /** 64 random bits for an element of a block, by its index. */
    static long bits(final long key, final int index) {
        return next(key, index);
    }

    /**
     * The state of a generator after {@code index + 1} steps, mixed: SplitMix64 (Steele, Lea and Flood, "Fast
     * Splittable Pseudorandom Number Generators", OOPSLA 2014) with the constants of its reference implementation.
     */
    private static long next(final long key, final long index) {
        long bits = key + (index + 1) * INCREMENT;
        bits = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D0_49BB_1331_11EBL;
        return bits ^ bits >>> 31;
    }
}
