package org.shmarrays.launch;

import java.util.List;
import java.util.Map;

/**
 * What to start for each rank of a run; the same rank may be started from it again.
 *
 * @param segmentName the segment of the run
 * @param command     the command line, which all ranks share
 * @param variables   for each rank the environment variables that it gets on top of the launcher's own
 */
record WorkerPlan(String segmentName, List<String> command, List<Map<String, String>> variables) {
    int worldSize() {
        return variables.size();
    }

    /** The process of a rank, its three standard streams being pipes that the launcher holds. */
    ProcessBuilder processBuilder(final int rank) {
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(variables.get(rank));
        return builder;
    }
}
