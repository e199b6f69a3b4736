package org.shmarrays.randomkill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.SharedMemory;
import org.shmarrays.update.UpdateFunction;

/**
 * Workers take the locks of partitions and report that to a referee, who sees it if two are in at once; some are killed
 * while they are in. {@code -Dseed=N} repeats the random choices of a run.
 */
class RefereeIT {
    private static final int LOCKS = 4;
    private static final int WORKERS = 4;
    private static final int ACQUISITIONS = 30_000;
    private static final int KILLS_INSIDE = 5;
    private static final int LONGEST_PAUSE_NS = 200_000_000;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @TempDir(factory = SharedMemory.class)
    private Path directory;

    /** Each array has a partition of its own: 64 bytes. */
    private static List<ArraySpec> specs() {
        return IntStream.range(0, LOCKS)
                .mapToObj(lock -> ArraySpec.of(name(lock), INT64, 8))
                .toList();
    }

    private static String name(final int lock) {
        return "lock " + lock;
    }

    @Test
    void shouldNeverHaveTwoHoldersOfAPartition() {
        System.out.println("RefereeIT seed=" + SEED);
        final Random random = new Random(SEED);
        final List<Jvm> workers = new ArrayList<>();
        int kills = 0;
        int crashes = 0;
        try (ShmArrays arrays = ShmArrays.create(
                        "refereed",
                        specs(),
                        Settings.fromProperties()
                                .withDirectory(directory)
                                .withSlots(4 * WORKERS)
                                .withPartitionBytes(64));
                Referee referee = new Referee(LOCKS)) {
            assertThat(Doors.SEGMENT.of(arrays).layout().partitions()).hasSize(LOCKS);
            try {
                for (int i = 0; i < WORKERS; i++) {
                    workers.add(start(referee));
                }
                while (referee.endedInside() < KILLS_INSIDE || referee.acquisitions() < ACQUISITIONS) {
                    final long began = referee.acquisitions();
                    final long until = System.nanoTime() + random.nextInt(LONGEST_PAUSE_NS);
                    Await.until(
                            "a random instant, and acquisitions",
                            () -> System.nanoTime() > until && referee.acquisitions() > began);
                    assertThat(referee.violations()).isEmpty();
                    if (referee.endedInside() < KILLS_INSIDE) {
                        final int victim = random.nextInt(WORKERS);
                        workers.get(victim).kill();
                        crashes += workers.get(victim).awaitExit() == Victim.KILLED ? 0 : 1;
                        workers.set(victim, start(referee)).close();
                        kills++;
                    }
                }
                // Takes each lock once, so that none is left to a killed worker.
                IntStream.range(0, LOCKS).forEach(lock -> arrays.add(Map.of(name(lock), new long[8])));
                arrays.runControl().stop();
                for (final Jvm worker : workers) {
                    crashes += worker.awaitExit() == 0 ? 0 : 1;
                }
            } finally {
                workers.forEach(Jvm::close);
            }
            final SegmentStatus status = arrays.status();
            final long recoveries =
                    status.arrays().stream().mapToLong(ArrayStatus::recoveries).sum();
            final Figures figures = Figures.of(RefereeIT.class);
            figures.put("kills", kills);
            figures.put("acquisitions", referee.acquisitions());
            figures.put("twoHolders", referee.violations().size());
            figures.put("recoveries", recoveries);
            figures.put("jvmCrashes", crashes);
            System.out.println("RefereeIT seed=" + SEED + " kills=" + kills + " inside=" + referee.endedInside()
                    + " recoveries=" + recoveries + " acquisitions=" + referee.acquisitions());

            assertThat(referee.violations()).isEmpty();
            assertThat(crashes).isZero();
            // A killed worker may hold a lock also before it says that it is in, and after it says that it is out.
            assertThat(recoveries).isBetween((long) referee.endedInside(), (long) kills);
        }
    }

    private Jvm start(final Referee referee) {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.addAll(Victim.flags(directory));
        return Jvm.start(flags, 0, 1, Holder.class, directory, Integer.toString(referee.port()));
    }

    /** Takes locks at random until the run is stopped. */
    static final class Holder {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("refereed");
                    Referee.Reporter reporter = new Referee.Reporter(Integer.parseInt(arguments[0]))) {
                final Random random = new Random(ProcessHandle.current().pid());
                final long[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
                while (!arrays.runControl().isStopped()) {
                    final int lock = random.nextInt(LOCKS);
                    arrays.update(Map.of(name(lock), ones), reporting(reporter, lock));
                }
            }
        }
    }

    /** Adds, and reports that it is in, and out. */
    private static UpdateFunction reporting(final Referee.Reporter reporter, final int lock) {
        return UpdateFunction.of(
                (final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) -> {
                    reporter.in(lock);
                    for (int i = 0; i < n; i++) {
                        w[wOffset + i] += g[gOffset + i];
                    }
                    reporter.out(lock);
                },
                long[].class);
    }
}
