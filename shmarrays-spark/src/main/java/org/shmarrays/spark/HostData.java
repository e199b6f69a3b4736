package org.shmarrays.spark;

import java.io.Serializable;
import java.util.Iterator;

/**
 * Gives each host the batches of an interval, for data that is in no RDD.
 *
 * @param <T> type of the batches
 */
@FunctionalInterface
public interface HostData<T> extends Serializable {
    /**
     * The batches of a host for an interval, which ends with them if they are fewer than its steps.
     *
     * @param host from 0 to {@code hosts} - 1; another one from round to round
     * @param hosts number of hosts in this round
     * @param round from 0; the same again if the interval was lost
     */
    Iterator<T> open(int host, int hosts, long round);
}
