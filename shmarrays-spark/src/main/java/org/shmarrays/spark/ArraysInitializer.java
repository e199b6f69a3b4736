package org.shmarrays.spark;

import java.io.Serializable;
import java.util.function.Consumer;
import org.shmarrays.ShmArrays;

/** Writes the first values of a training, on one of the hosts. */
@FunctionalInterface
public interface ArraysInitializer extends Consumer<ShmArrays>, Serializable {}
