package org.shmarrays.report;

import java.util.List;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;

/**
 * The counters of a segment at about one moment, those of single partitions among them. Immutable.
 *
 * @param snapshot all but those of single partitions
 * @param partitions in the order of the memory; empty where there are more than {@link Watch#PARTITION_LIMIT}
 * @param partitionNames for each partition the arrays in it
 */
public record Look(StatusSnapshot snapshot, List<SegmentStatus.Partition> partitions, List<String> partitionNames) {
    public Look {
        partitions = List.copyOf(partitions);
        partitionNames = List.copyOf(partitionNames);
    }
}
