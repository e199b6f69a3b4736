package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;

/**
 * The place of a batch among those of its host, and which host that is: the same whenever it is computed again.
 *
 * @param order pseudo-random
 * @param index of all batches, which makes the order total
 */
@DefaultSerializer(JavaSerializer.class)
record DataKey(long order, long index) implements Serializable, Comparable<DataKey> {
    /** The key of a batch in the order of a seed. */
    static DataKey of(final long index, final long seed) {
        // SplitMix64's finalizer.
        long mixed = seed + index * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return new DataKey(mixed ^ mixed >>> 31, index);
    }

    /** Its host of so many: hosts get equal numbers of batches, but for one. */
    int host(final int hosts) {
        return (int) (index % hosts);
    }

    @Override
    public int compareTo(final DataKey other) {
        final int difference = Long.compare(order, other.order);
        return difference == 0 ? Long.compare(index, other.index) : difference;
    }
}
