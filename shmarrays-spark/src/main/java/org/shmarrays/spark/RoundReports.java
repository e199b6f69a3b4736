package org.shmarrays.spark;

import java.util.List;

/**
 * What was done in a round.
 *
 * @param hosts a report of each host
 * @param figures of all tasks
 */
record RoundReports(List<HostReport> hosts, RoundFigures figures) {
    /**
     * Throws if the round failed only because worker processes have died: then it can be repeated.
     *
     * @throws LostWorkerException naming the executor
     */
    void checkWorkers() {
        final List<HostReport> failed =
                hosts.stream().filter(report -> report.failure() != null).toList();
        if (!failed.isEmpty() && failed.stream().allMatch(HostReport::isLost)) {
            final HostReport first = failed.get(0);
            throw new LostWorkerException("executor " + first.executor() + ": " + first.failure());
        }
    }

    /** What all hosts have counted, with the bytes of the combination. */
    TrainingCounts counts() {
        final TrainingCounts trained =
                TrainingCounts.sum(hosts.stream().map(HostReport::counts).toList());
        return trained.plusRemoteBytes(figures.remoteBytes().value().longValue() - trained.remoteBytes());
    }

    /** Seconds of the host that trained longest. */
    double longestTraining() {
        return hosts.stream()
                .mapToDouble(report -> report.counts().trainSeconds())
                .max()
                .orElse(0);
    }
}
