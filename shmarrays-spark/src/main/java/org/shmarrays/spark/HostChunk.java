package org.shmarrays.spark;

import java.io.Serializable;

/**
 * A chunk of a host's parameters at the end of an interval.
 *
 * @param host that trained it
 * @param weight samples that it trained on
 */
record HostChunk(int host, long weight, ChunkValues values) implements Serializable {}
