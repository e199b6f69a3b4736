package org.shmarrays.spark;

import java.time.Duration;

/**
 * How many hosts a training needs.
 *
 * @param timeout for which it waits for them
 */
record HostsNeeded(int least, Duration timeout) {}
