package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.testing.Jvm;
import org.shmarrays.update.Updates;

/** Workers are killed with locks in their hands: their updates happened wholly or not at all, and the others go on. */
@Tag("shared")
class RecoveryIT {
    private static final int ELEMENTS = 40_000;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(4).withLockTimeout(Duration.ofSeconds(60));
    }

    private ShmArrays create() {
        return ShmArrays.create(
                "w", List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).withState(1)), settings());
    }

    @Test
    void shouldTakeBackTheHalfUpdateOfAKilledHolder() {
        try (ShmArrays arrays = create();
                Jvm holder = Jvm.start(StuckHolder.class, directory)) {
            arrays.update(Map.of("w", filled(3)), Updates.momentum(1, 0.5));
            final float[] before = arrays.read().get("w");
            final float[] momentumBefore = state(arrays);
            holder.awaitLine("waiting for an acknowledgement");
            holder.awaitLine("stuck");
            holder.kill();

            arrays.add(Map.of("w", filled(1)));

            final float[] after = arrays.read().get("w");
            for (int i = 0; i < ELEMENTS; i++) {
                assertThat(after[i]).isEqualTo(before[i] + 1);
            }
            assertThat(state(arrays)).containsExactly(momentumBefore);
            assertThat(arrays.status().array("w").recoveries()).isEqualTo(1);
        }
    }

    @Test
    void shouldReadAPartitionWhoseHolderWasKilled() {
        try (ShmArrays arrays = create();
                Jvm holder = Jvm.start(StuckHolder.class, directory)) {
            holder.awaitLine("stuck");
            holder.kill();

            assertThat(arrays.read().get("w")).containsOnly(0f);
        }
    }

    @Test
    void shouldRecoverWhenTheSlotOfAKilledHolderIsClaimedAgain() {
        try (ShmArrays arrays = create();
                Jvm holder = Jvm.start(StuckHolder.class, directory)) {
            holder.awaitLine("stuck");
            holder.kill();

            try (ShmArrays claimant = ShmArrays.attach("w", settings())) {
                assertThat(arrays.status().array("w").recoveries()).isEqualTo(1);
                claimant.add(Map.of("w", filled(1)));
                assertThat(claimant.read().get("w")).containsOnly(1f);
            }
        }
    }

    @Test
    void shouldSayAtEachAccessThatAPartitionIsDamagedWhenItsUndoAreaIsGone() throws Exception {
        try (ShmArrays arrays = create();
                Jvm holder = Jvm.start(StuckHolder.class, directory)) {
            holder.awaitLine("stuck");
            holder.kill();
            Files.delete(directory.resolve("w").resolve("undo-1.dat"));

            try (ShmArrays reader = ShmArrays.attachReadOnly("w", settings())) {
                assertThatThrownBy(arrays::read).isInstanceOf(DamagedPartitionException.class);
                assertThatThrownBy(reader::read).isInstanceOf(DamagedPartitionException.class);
            }
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(arrays::read)
                        .isInstanceOf(DamagedPartitionException.class)
                        .hasMessageContaining("arrays=[w]");
                assertThatThrownBy(() -> arrays.add(Map.of("w", filled(1))))
                        .hasCauseInstanceOf(DamagedPartitionException.class);
            }
        }
    }

    @Test
    void shouldNotTouchTheLockOfAStoppedHolder() {
        final Settings impatient = settings().withStoppedTimeout(Duration.ofMillis(300));
        try (ShmArrays arrays = create();
                ShmArrays waiter = ShmArrays.attach("w", impatient);
                Jvm holder = Jvm.start(StuckHolder.class, directory)) {
            holder.awaitLine("stuck");
            holder.signal("STOP");

            assertThatThrownBy(() -> waiter.add(Map.of("w", filled(1)))).hasMessageContaining("pid " + holder.pid());
            assertThat(arrays.status().array("w").recoveries()).isZero();
        }
    }

    private static float[] state(final ShmArrays arrays) {
        final float[] state = new float[ELEMENTS];
        arrays.array("w").readStateInto(0, state);
        return state;
    }

    private static float[] filled(final float value) {
        final float[] values = new float[ELEMENTS];
        Arrays.fill(values, value);
        return values;
    }

    /** Changes some blocks of a partition and its state array, and then waits for ever, its lock in its hand. */
    static final class StuckHolder {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("w")) {
                System.out.println("waiting for an acknowledgement");
                final AtomicInteger blocks = new AtomicInteger();
                arrays.update(Map.of("w", filled(7)), FloatUpdate.of(1, (g, gOffset, w, wOffset, state, n, step) -> {
                    if (blocks.incrementAndGet() == 3) {
                        System.out.println("stuck");
                        Await.until("for ever", () -> false);
                    }
                    for (int i = 0; i < n; i++) {
                        w[wOffset + i] = 1e9f;
                        state[0][wOffset + i] = -1e9f;
                    }
                }));
            }
        }
    }
}
