package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Background;
import org.shmarrays.worker.Worker;

/** The clock of a training. */
class RunControlTest {
    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(4);
    }

    private ShmArrays create(final Consumer<ShmArrays> initializer) {
        return ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 4)), initializer, settings());
    }

    @Test
    void shouldBeginAtZero() {
        try (ShmArrays arrays = create(own -> {})) {
            assertThat(arrays.runControl().globalStep()).isZero();
            assertThat(arrays.runControl().epoch()).isZero();
            assertThat(arrays.runControl().endedPasses()).isZero();
            assertThat(arrays.runControl().samplesOfEpoch()).isZero();
        }
    }

    @Test
    void shouldGoOnFromWhatTheModelWasTrainedFor() {
        try (ShmArrays arrays = create(own -> own.runControl().startAt(250, 7));
                Worker worker = Worker.of(0, 1);
                ShmArrays handle = arrays.newHandle(worker)) {
            assertThat(handle.runControl().globalStep()).isEqualTo(250);
            assertThat(handle.runControl().epoch()).isEqualTo(7);

            worker.countStep(32, 0.5);
            handle.runControl().endPass(1);

            assertThat(handle.runControl().globalStep()).isEqualTo(251);
            assertThat(handle.runControl().samples()).isEqualTo(32);
            assertThat(handle.runControl().epoch()).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldCountEpochsBySamples(final boolean startFirst) {
        try (ShmArrays arrays = create(own -> {
                    if (startFirst) {
                        own.runControl().startAt(10, 3);
                    }
                    own.runControl().samplesOfEpoch(64);
                    if (!startFirst) {
                        own.runControl().startAt(10, 3);
                    }
                });
                Worker worker = Worker.of(0, 1);
                ShmArrays handle = arrays.newHandle(worker)) {
            worker.countStep(63, 0);
            handle.runControl().endPass(1);
            assertThat(handle.runControl().epoch()).isEqualTo(3);

            worker.countStep(1, 0);
            assertThat(handle.runControl().epoch()).isEqualTo(4);

            worker.countStep(640, 0);
            assertThat(handle.runControl().epoch()).isEqualTo(14);
            assertThat(handle.runControl().endedPasses()).isZero();
            assertThat(handle.runControl().samplesOfEpoch()).isEqualTo(64);
        }
    }

    /** Each way of counting begins where the one before it has come to. */
    @Test
    void shouldKeepTheEpochWhenItIsCountedInAnotherWay() {
        try (ShmArrays arrays = create(own -> {});
                Worker worker = Worker.of(0, 2);
                ShmArrays handle = arrays.newHandle(worker)) {
            final RunControl control = handle.runControl();
            worker.countStep(500, 0);
            for (int pass = 0; pass < 5; pass++) {
                control.endPass(2);
            }
            assertThat(control.epoch()).isEqualTo(2);
            assertThat(control.endedPasses()).isOne();

            control.samplesOfEpoch(100);
            assertThat(control.epoch()).isEqualTo(2);
            worker.countStep(250, 0);
            assertThat(control.epoch()).isEqualTo(4);

            control.samplesOfEpoch(100);
            worker.countStep(50, 0);
            assertThat(control.epoch()).as("the number was set already").isEqualTo(5);

            control.samplesOfEpoch(10);
            worker.countStep(20, 0);
            assertThat(control.epoch()).isEqualTo(7);

            control.samplesOfEpoch(0);
            worker.countStep(1000, 0);
            control.endPass(2);
            control.endPass(2);
            assertThat(control.epoch()).isEqualTo(8);
        }
    }

    @Test
    void shouldShareAnEpochAmongTheWorkers() {
        try (ShmArrays arrays = create(own -> {})) {
            final RunControl control = arrays.runControl();
            final List<Long> epochs = new ArrayList<>();
            for (final int workers : new int[] {4, 4, 4, 2, 2, 3, 3, 3}) {
                control.endPass(workers);
                epochs.add(control.epoch());
            }
            // The third of four passes is already more than two of two: the next one ends the epoch.
            assertThat(epochs).containsExactly(0L, 0L, 0L, 1L, 1L, 1L, 2L, 2L);
        }
    }

    /** A load and a store in place of the compare-and-set lose passes. */
    @Test
    void shouldCountEachPassOfManyThreadsOnce() {
        final int threads = 4;
        final int passes = 50_000;
        final int workers = 7;
        try (ShmArrays arrays = create(own -> own.runControl().startAt(0, 5))) {
            final CountDownLatch ready = new CountDownLatch(threads);
            final List<CompletableFuture<Void>> tasks = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                final RunControl control = arrays.runControl();
                tasks.add(Background.run(() -> {
                    ready.countDown();
                    while (ready.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    long seen = 0;
                    for (int pass = 0; pass < passes; pass++) {
                        control.endPass(workers);
                        final long epoch = control.epoch();
                        assertThat(epoch).isGreaterThanOrEqualTo(seen);
                        seen = epoch;
                    }
                }));
            }
            tasks.forEach(CompletableFuture::join);

            assertThat(arrays.runControl().epoch()).isEqualTo(5 + threads * passes / workers);
            assertThat(arrays.runControl().endedPasses()).isEqualTo(threads * passes % workers);
        }
    }

    @Test
    void shouldRefuseNumbersThatCountNothing() {
        try (ShmArrays arrays = create(own -> {})) {
            final RunControl control = arrays.runControl();

            assertThatThrownBy(() -> control.startAt(-1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-1");
            assertThatThrownBy(() -> control.startAt(0, -2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-2");
            assertThatThrownBy(() -> control.startAt(5, 1L << 31))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2147483648");
            assertThatThrownBy(() -> control.samplesOfEpoch(-3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-3");
            assertThatThrownBy(() -> control.endPass(0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0");
            assertThatThrownBy(() -> control.epochAtLeast(-1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-1");
            assertThat(control.globalStep()).isZero();
            assertThat(control.epoch()).isZero();
        }
    }

    @Test
    void shouldOnlyReadTheClockOfASegmentThatIsReadOnly() {
        try (ShmArrays arrays = create(own -> own.runControl().startAt(3, 2));
                ShmArrays reader = ShmArrays.attachReadOnly("s", settings())) {
            final RunControl control = reader.runControl();

            assertThat(List.of(control.globalStep(), control.epoch())).containsExactly(3L, 2L);
            for (final Runnable change : List.<Runnable>of(
                    () -> control.startAt(1, 1),
                    () -> control.samplesOfEpoch(1),
                    () -> control.endPass(1),
                    () -> control.epochAtLeast(4),
                    () -> control.note("x"),
                    () -> control.measured("x", 1))) {
                assertThatThrownBy(change::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(arrays.name());
            }
        }
    }
}
