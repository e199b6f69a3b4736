package org.shmarrays;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.NoFreeSlotException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.worker.Worker;

/** A process that uses {@link SegmentToClean} until it is killed. */
final class Occupant {
    private Occupant() {}

    public static void main(final String... arguments) throws Exception {
        final SegmentToClean segment = new SegmentToClean(Path.of(System.getProperty("shmarrays.directory")));
        switch (arguments[0]) {
            case "create" -> stay(segment.create());
            case "attach" -> stay(segment.attach());
            case "initialise" ->
                ShmArrays.create(
                        "s",
                        SegmentToClean.SPECS,
                        arrays -> {
                            System.out.println("initialising");
                            hang();
                        },
                        segment.settings());
            case "work" ->
                stay(ShmArrays.createOrAttach(
                        Worker.join(), "s", SegmentToClean.SPECS, arrays -> {}, segment.settings()));
            case "supervise" -> supervise(segment.settings());
            case "come-and-go" -> comeAndGo(segment.settings().withAttachTimeout(Duration.ofMillis(1)));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** As `shmarrays run` does, with a long pause before the restart. */
    private static void supervise(final Settings settings) throws InterruptedException {
        final Launcher launcher = Launcher.ofMainClass(Occupant.class.getName(), "work")
                .workers(1)
                .segmentName("s")
                .heap("64m")
                .restarts(1)
                .restartPause(Duration.ofHours(1), Duration.ofHours(1));
        try (WorkerGroup group = launcher.launch()) {
            while (group.await(Duration.ofMillis(20)).isEmpty()) {
                group.poll();
            }
        }
    }

    private static void stay(final ShmArrays arrays) {
        System.out.println("there");
        while (true) {
            arrays.add(Map.of("w", SegmentToClean.ONES));
            Thread.yield();
        }
    }

    private static void comeAndGo(final Settings settings) {
        System.out.println("coming");
        while (true) {
            try (ShmArrays arrays = ShmArrays.attach("s", settings)) {
                try {
                    for (int i = 0; i < 20; i++) {
                        arrays.add(Map.of("w", SegmentToClean.ONES));
                        Thread.yield();
                    }
                } catch (final SegmentRemovedException e) {
                    System.out.println("removed under my feet: " + e);
                }
            } catch (final SegmentNotFoundException
                    | InvalidSegmentException
                    | SegmentRemovedException
                    | NoFreeSlotException e) {
                Thread.onSpinWait(); // it is not promised that it is there and stays until there is a slot
            }
        }
    }

    private static void hang() {
        try {
            new CountDownLatch(1).await();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
