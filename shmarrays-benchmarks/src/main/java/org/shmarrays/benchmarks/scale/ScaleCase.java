package org.shmarrays.benchmarks.scale;

import java.util.ArrayList;
import java.util.List;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/**
 * Some segments and some workers.
 *
 * @param axis what grows
 * @param bytes of values, of each segment
 * @param partitionBytes of values, or 0 to have it chosen
 */
record ScaleCase(String axis, long bytes, int partitionBytes, int workers, int segments) {
    private static final int SMALLEST_PARTITION = 64;
    private static final long MIB = 1 << 20;
    private static final long LARGEST_ARRAY = 1024 * MIB;

    static List<ScaleCase> all() {
        final List<ScaleCase> cases = new ArrayList<>();
        for (final long mib : new long[] {1, 16, 256, 1024, 4096, 8192}) {
            cases.add(ofBytes(mib * MIB));
        }
        for (final int partitions : new int[] {10, 100, 1_000, 10_000, 100_000}) {
            cases.add(ofPartitions(partitions));
        }
        for (final int workers : new int[] {1, 2, 8, 32, 128}) {
            cases.add(ofWorkers(workers));
        }
        for (final int segments : new int[] {1, 10, 100}) {
            cases.add(ofSegments(segments));
        }
        return cases;
    }

    static List<ScaleCase> few() {
        return List.of(
                ofBytes(MIB),
                ofBytes(1024 * MIB),
                ofPartitions(10),
                ofPartitions(100_000),
                ofWorkers(1),
                ofWorkers(8),
                ofSegments(10));
    }

    static List<ScaleCase> fewest() {
        return List.of(ofBytes(MIB), ofPartitions(1_000), ofWorkers(2), ofSegments(2));
    }

    static ScaleCase ofBytes(final long bytes) {
        return new ScaleCase("bytes", bytes, 0, 1, 1);
    }

    static ScaleCase ofPartitions(final int partitions) {
        return new ScaleCase("partitions", (long) partitions * SMALLEST_PARTITION, SMALLEST_PARTITION, 1, 1);
    }

    static ScaleCase ofWorkers(final int workers) {
        return new ScaleCase("workers", MIB, 0, workers, 1);
    }

    static ScaleCase ofSegments(final int segments) {
        return new ScaleCase("segments", MIB, 0, 1, segments);
    }

    List<ArraySpec> specs() {
        final List<ArraySpec> specs = new ArrayList<>();
        for (long left = bytes; left > 0; left -= LARGEST_ARRAY) {
            final int elements = (int) (Math.min(left, LARGEST_ARRAY) / Float.BYTES);
            specs.add(ArraySpec.of("a" + specs.size(), ElementType.FLOAT32, elements));
        }
        return specs;
    }
}
