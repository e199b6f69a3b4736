package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.NoFreeSlotException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Signals;

/** Processes that are stopped or killed while they hold, or wait for, what others need. */
@Tag("shared")
class HolderIT {
    @TempDir
    private Path directory;

    private Settings settings(final int slots) {
        return Settings.fromProperties().withDirectory(directory).withSlots(slots);
    }

    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, 8), ArraySpec.of("v", FLOAT32, 8));

    /** Holds a slot. */
    static final class Idle {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("s")) {
                arrays.add(Map.of("w", new float[8]));
                System.out.println("attached");
                Await.until("a signal", () -> false);
            }
        }
    }

    /** Holds a lock. */
    static final class Holder {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("s")) {
                arrays.update(Map.of("w", new float[8]), (g, old) -> {
                    System.out.println("holds");
                    Await.until("the file", Holder::mayProceed);
                    old[0] += 1;
                    return old;
                });
            }
        }

        private static boolean mayProceed() {
            return java.nio.file.Files.exists(Path.of(System.getProperty("shmarrays.directory"), "proceed"));
        }
    }

    /** Waits for a lock, again and again. */
    static final class Adder {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("s")) {
                System.out.println("begins");
                while (!arrays.runControl().isStopped()) {
                    arrays.add(Map.of("w", new float[] {1, 1, 1, 1, 1, 1, 1, 1}));
                }
            }
        }
    }

    @Test
    void shouldClaimTheSlotOfAKilledProcess() {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings(2));
                Jvm idle = Jvm.start(Idle.class, directory)) {
            idle.awaitLine("attached");
            assertThatThrownBy(arrays::newHandle)
                    .isInstanceOf(NoFreeSlotException.class)
                    .hasMessageContaining("slot 1: pid " + idle.pid());
            Signals.stop(idle.pid());
            assertThatThrownBy(arrays::newHandle)
                    .as("a stopped process is slow, not dead")
                    .isInstanceOf(NoFreeSlotException.class);

            idle.kill();

            try (ShmArrays second = arrays.newHandle()) {
                second.add(Map.of("w", new float[] {1, 1, 1, 1, 1, 1, 1, 1}));
                assertThat(arrays.segment().slots().generationAcquire(1)).isEqualTo(2);
            }
            assertThat(arrays.read().get("w")).containsOnly(1);
        }
    }

    @Test
    void shouldNameAStoppedHolderAndGoOnWithIt() throws Exception {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings(3));
                Jvm holder = Jvm.start(Holder.class, directory);
                ShmArrays impatient = ShmArrays.attach("s", settings(3).withStoppedTimeout(Duration.ofMillis(100)))) {
            holder.awaitLine("holds");
            Signals.stop(holder.pid());

            assertThatThrownBy(() -> impatient.add(Map.of("w", new float[8])))
                    .hasCauseInstanceOf(LockTimeoutException.class)
                    .hasMessageContainingAll("(pid " + holder.pid() + ")", "kill -CONT")
                    .hasMessageFindingMatch("while another worker was stopped, \\d{3,} ms");
            assertThat(impatient.read().get("w")).as("readers don't wait").containsOnly(0);

            java.nio.file.Files.createFile(directory.resolve("proceed"));
            holder.signal("CONT");
            arrays.add(Map.of("w", new float[] {1, 1, 1, 1, 1, 1, 1, 1}));
            holder.awaitSuccess();
            assertThat(arrays.read().get("w")).containsExactly(2, 1, 1, 1, 1, 1, 1, 1);
        }
    }

    @Test
    void shouldNotBeBlockedByWaitersThatAreStopped() {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings(4));
                Jvm first = Jvm.start(Adder.class, directory);
                Jvm second = Jvm.start(Adder.class, directory)) {
            first.awaitLine("begins");
            second.awaitLine("begins");
            final var partitions = arrays.segment().partitions();
            // Hold the lock until both wait, one of them as the reserved waiter; then stop them.
            arrays.update(Map.of("w", new float[8]), (g, old) -> {
                Await.until("both wait", () -> waits(arrays, 1) && waits(arrays, 2));
                Await.until("a reserved waiter", () -> partitions.reservedWaiterAcquire(0) != 0);
                Signals.stop(first.pid());
                Signals.stop(second.pid());
                return old;
            });
            final float before = arrays.read().get("w")[0];

            for (int i = 0; i < 50; i++) {
                arrays.add(Map.of("w", new float[] {1, 1, 1, 1, 1, 1, 1, 1}));
            }

            assertThat(arrays.read().get("w")[0] - before).isGreaterThanOrEqualTo(50);
            arrays.runControl().stop();
            first.signal("CONT");
            second.signal("CONT");
            first.awaitSuccess();
            second.awaitSuccess();
        }
    }

    private static boolean waits(final ShmArrays arrays, final int slotId) {
        return arrays.segment().slots().waitsForAcquire(slotId) == 0;
    }
}
