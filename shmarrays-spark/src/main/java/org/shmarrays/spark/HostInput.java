package org.shmarrays.spark;

import java.util.Iterator;
import scala.Tuple2;

/**
 * What the task of a host reads.
 *
 * @param centre the common parameters, chunk by chunk
 * @param batches its data, or null if it opens them itself
 */
record HostInput<T>(Iterator<Tuple2<Integer, ChunkRows>> centre, Iterator<T> batches) {}
