package org.shmarrays.launch;

import java.time.Duration;

/**
 * What a group does about workers that end or don't.
 *
 * @param restarts       how often each rank is started again after a failure
 * @param restartWindow  the time within which it is started so often; null for the whole run
 * @param firstPause     before the first of them
 * @param longestPause   which the doubling of the pause ends at
 * @param leaveGrace     what a worker that is no longer wanted has to end by itself
 * @param stopGrace      between SIGTERM and SIGKILL
 */
record Supervision(
        int restarts,
        Duration restartWindow,
        Duration firstPause,
        Duration longestPause,
        Duration leaveGrace,
        Duration stopGrace) {}
