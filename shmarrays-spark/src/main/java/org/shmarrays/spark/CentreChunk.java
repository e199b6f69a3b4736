package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;

/**
 * A chunk of the common parameters.
 *
 * @param momentum of the outer step, or null
 */
@DefaultSerializer(JavaSerializer.class)
record CentreChunk(ChunkValues values, ChunkValues momentum) implements Serializable {}
