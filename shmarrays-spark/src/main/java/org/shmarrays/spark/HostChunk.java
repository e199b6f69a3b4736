package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;

/**
 * A chunk of a host's parameters at the end of an interval: all of a dense array, and the changed rows of a sparse one.
 *
 * @param host that trained it
 * @param weight samples that it trained on
 * @param version of the common parameters that it took over before
 */
@DefaultSerializer(JavaSerializer.class)
record HostChunk(int host, long weight, long version, ChunkRows rows) implements Serializable {}
