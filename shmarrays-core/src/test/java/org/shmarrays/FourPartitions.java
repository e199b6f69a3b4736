package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/**
 * The segment {@code failing}, attached twice: {@code w}, locked and with two state arrays, {@code h}, lock-free and
 * with two, and {@code a}, atomic and without any. Each has four partitions of 16 KiB, of two blocks each.
 */
final class FourPartitions implements AutoCloseable {
    static final int ELEMENTS_OF_EACH = 4096;
    private static final int ELEMENTS = 4 * ELEMENTS_OF_EACH;

    private final ShmArrays arrays;
    private final ShmArrays other;

    FourPartitions(final Path directory) {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(6)
                .withPartitionBytes(ELEMENTS_OF_EACH * Float.BYTES)
                .withLockTimeout(Duration.ofMillis(100));
        arrays = ShmArrays.create(
                "failing",
                List.of(
                        ArraySpec.of("w", FLOAT32, ELEMENTS).withState(2),
                        ArraySpec.of("h", FLOAT32, ELEMENTS)
                                .inMode(Mode.HOGWILD)
                                .withState(2),
                        ArraySpec.of("a", FLOAT32, ELEMENTS).inMode(Mode.ATOMIC)),
                settings);
        other = arrays.newHandle();
        assertThat(arrays.segment().layout().array("w").partitionCount()).isEqualTo(4);
    }

    ShmArrays arrays() {
        return arrays;
    }

    /** The same arrays, by another slot. */
    ShmArrays other() {
        return other;
    }

    static float[] ones() {
        final float[] ones = new float[ELEMENTS];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Number of the first partition of {@code w}. */
    int first() {
        return arrays.segment().layout().array("w").firstPartition();
    }

    float[] values(final String name) {
        final float[] values = new float[ELEMENTS];
        arrays.array(name).readInto(values);
        return values;
    }

    long[] steps(final String name) {
        final var layout = arrays.segment().layout();
        final var array = layout.array(name);
        final long[] steps = new long[array.partitionCount()];
        for (int i = 0; i < steps.length; i++) {
            final int piece = layout.piece(array, array.firstPartition() + i);
            steps[i] = arrays.segment().steps().stepsAcquire(piece);
        }
        return steps;
    }

    /** Number of partitions of all arrays. */
    int partitionCount() {
        return arrays.segment().layout().partitions().size();
    }

    long version(final int partition) {
        return arrays.segment().partitions().versionAcquire(partition);
    }

    void version(final int partition, final long version) {
        arrays.segment().partitions().versionRelease(partition, version);
    }

    long lock(final int partition) {
        return arrays.segment().partitions().lockAcquire(partition);
    }

    /** Overwrites the lock word, whoever holds the lock. */
    void lock(final int partition, final long word) {
        assertThat(arrays.segment().partitions().compareAndSetLock(partition, lock(partition), word))
                .isTrue();
    }

    void assertAllFreeAndStable() {
        for (int p = 0; p < partitionCount(); p++) {
            assertThat(lock(p)).isZero();
            assertThat(version(p) % 2).isZero();
        }
    }

    /** Each partition of an array has values of one number. */
    void assertValues(final String name, final float... ofEach) {
        assertPartitions(values(name), ofEach);
    }

    void assertState(final String name, final int k, final float... ofEach) {
        final float[] state = new float[ELEMENTS];
        arrays.array(name).readStateInto(k, state);
        assertPartitions(state, ofEach);
    }

    private static void assertPartitions(final float[] values, final float... ofEach) {
        for (int p = 0; p < ofEach.length; p++) {
            assertThat(Arrays.copyOfRange(values, p * ELEMENTS_OF_EACH, (p + 1) * ELEMENTS_OF_EACH))
                    .containsOnly(ofEach[p]);
        }
    }

    @Override
    public void close() {
        arrays.close();
        other.close();
    }
}
