package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.FourPartitions.ELEMENTS_OF_EACH;
import static org.shmarrays.FourPartitions.ones;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.UpdateFailedException;

/** What becomes of an update whose lock is broken or not got, or whose partition was left half changed. */
class LostLockTest {
    @AutoClose
    private FourPartitions segment;

    private ShmArrays arrays;

    @BeforeEach
    void create(@TempDir final Path directory) {
        segment = new FourPartitions(directory);
        arrays = segment.arrays();
    }

    @Test
    void shouldSayThatALockWasBroken() {
        final int partition = segment.first() + 1;
        final AtomicInteger calls = new AtomicInteger();

        // The third and fourth call are for the second partition: there, another writer overwrites the lock word.
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.updateElementwise(Map.of("w", ones()), (g, gOffset, w, wOffset, n) -> {
                    w[wOffset] += 1;
                    if (calls.incrementAndGet() == 4) {
                        segment.lock(partition, 99);
                    }
                }));

        assertThat(failed.getCause())
                .isInstanceOf(LockLostException.class)
                .hasMessageContaining("partition=" + partition)
                .hasMessageContaining("token=63");
        assertThat(failed).hasMessageContaining("others may have changed it");
        assertThat(failed.updatedPartitions()).contains(partition);
        segment.lock(partition, 0);
        failed.resume();
        assertThat(segment.values("w")[ELEMENTS_OF_EACH]).isEqualTo(1);
        assertThat(segment.values("w")[3 * ELEMENTS_OF_EACH]).isEqualTo(1);
    }

    @Test
    void shouldFreeAllLocksOfAWholeArrayAlsoWhenOneWasBroken() {
        final int broken = segment.first() + 2;

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), (g, old) -> {
                    segment.lock(broken, 99);
                    return g;
                }))
                .hasCauseInstanceOf(LockLostException.class)
                .hasMessageContaining("others may have changed it");

        segment.lock(broken, 0);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldFreeTheLocksOfAWholeArrayWhenOneIsNotGot() {
        final int last = segment.first() + 3;
        segment.lock(last, 99);

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), (g, old) -> g))
                .hasCauseInstanceOf(LockTimeoutException.class);

        segment.lock(last, 0);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldNotChangeAPartitionThatWasLeftHalfChanged() {
        final int first = segment.first();
        segment.version(first, 1);

        assertThatThrownBy(() -> arrays.add(Map.of("w", ones())))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("half changed");
        assertThat(segment.version(first)).isOne();
        assertThat(segment.lock(first)).isZero();
    }
}
