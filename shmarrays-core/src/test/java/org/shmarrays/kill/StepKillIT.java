package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;

/**
 * A process is killed before each numbered step of {@code docs/format}, and the others go on, with nothing lost and
 * nothing half done. A step for which there is no scene fails.
 */
class StepKillIT {
    /** Spots in the middle: of several blocks with their state arrays, of several entries that are put back. */
    private static final List<KillSpot> LATER = List.of(
            new KillSpot(Step.U7, 2),
            new KillSpot(Step.U8, 5),
            new KillSpot(Step.U9, 7),
            new KillSpot(Step.U10, 4),
            new KillSpot(Step.U11, 2),
            new KillSpot(Step.U11, 4),
            new KillSpot(Step.U15, 2),
            new KillSpot(Step.R2, 2),
            new KillSpot(Step.R2, 9));

    private static final KillSpot HALF_CHANGED = KillSpot.at(Step.U12);
    private static final KillSpot PUBLISHED = KillSpot.at(Step.U14);

    /** Steps behind the publication of a push. */
    private static final Set<Step> PUSHED = EnumSet.of(Step.U14, Step.L21, Step.G4);

    private static final Set<Step> KILLED = new ConcurrentSkipListSet<>();

    @TempDir
    private Path directory;

    static Stream<KillSpot> spots() {
        return Stream.concat(Arrays.stream(Step.values()).map(KillSpot::at), LATER.stream());
    }

    @AfterAll
    static void count() {
        Figures.of(StepKillIT.class).put("killPoints", KILLED.size());
    }

    @ParameterizedTest
    @MethodSource("spots")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldGoOnWhenAProcessIsKilledBefore(final KillSpot spot) throws Exception {
        final Scene scene = new Scene(directory);
        switch (spot.step()) {
            case A1, A2, A3, A4, A5, A6, A7, A8, A9, S1, S2, S3, S4, S5, S6, S7, S8 -> pushing(scene, spot);
            case S9 -> makingAnUndoArea(scene, spot);
            case J1, J2, J3, J5 -> new RunScene(directory).checkOthersJoin(spot);
            case B1, B2, B3, B4, B5, B6, B7 -> new RunScene(directory).checkOtherGoesOn(spot);
            case J4 -> new RunScene(directory).checkRecordStays(RunScene.Deed.COORDINATE, spot);
            case L1, L2, L19, L20, L21, G1, G2, G4 -> pushing(scene, spot);
            case U1, U2, U3, U4, U5, U6, U7, U8, U9, U10, U11, U12, U13, U14 -> pushing(scene, spot);
            case U15 -> failing(scene, spot);
            case L3, L4, L5, L6, L7, L8, L9, L10, L11, L12, L14, L15 -> waiting(scene, spot);
            case L13 -> waitingBesideAReservedWaiter(scene, spot);
            case L16, L17, L18 -> havingWaited(scene, spot);
            case T1, T2, T3, T4, T5, R2, R3, R4, R5, R6 -> recovering(scene, HALF_CHANGED, spot);
            case R1 -> recovering(scene, PUBLISHED, spot);
            case K1, K2, K3, K4, K6, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13 -> creating(scene, spot);
            case K5 -> waitingForACreator(scene, spot);
            case RM1, RM2, RM3, RM4 -> removing(scene, spot);
            case F1, F2, F3, F4, F5, F6, F7, F8, P1, P2, P3, P4, P5 -> writingACheckpoint(scene, spot);
            case P6 -> endingAPause(scene, spot);
            case G3 -> pushingIntoAPause(scene, spot);
            case O1, O2, O3, O4 -> overwriting(scene, spot);
            case E1, E2, E3, E4, E5 -> writingAnEvent(scene, spot);
        }
        KILLED.add(spot.step());
    }

    private static void pushing(final Scene scene, final KillSpot spot) {
        scene.created().kill(Victim.Deed.PUSH, spot);
        if (PUSHED.contains(spot.step())) {
            scene.victimHasPushed();
        }
        scene.checkOthersGoOn();
    }

    /** The victim gets a slot that was never claimed before. */
    @SuppressWarnings("try") // the slot is only held
    private static void makingAnUndoArea(final Scene scene, final KillSpot spot) {
        try (ShmArrays ownerOfTheFirstSlot = Scene.create(scene.settings())) {
            scene.kill(Victim.Deed.PUSH, spot);
        }
        scene.checkOthersGoOn();
    }

    private static void failing(final Scene scene, final KillSpot spot) {
        scene.created().kill(Victim.Deed.FAIL, spot);
        scene.checkOthersGoOn();
    }

    @SuppressWarnings("try") // the lock is only held
    private static void waiting(final Scene scene, final KillSpot spot) throws Exception {
        final String timeout = "-Dshmarrays.lock.timeout=" + (spot.step() == Step.L15 ? "50ms" : "60s");
        scene.created();
        try (LockHolder holder = new LockHolder(scene)) {
            scene.kill(Victim.Deed.PUSH, spot, timeout);
        }
        scene.checkOthersGoOn();
    }

    /** The reserved waiter is alive; the victim is about to end its reservation. */
    @SuppressWarnings("try") // the lock is only held
    private static void waitingBesideAReservedWaiter(final Scene scene, final KillSpot spot) throws Exception {
        scene.created();
        final Thread reserved = new Thread(() -> {
            try (ShmArrays arrays = scene.attach()) {
                scene.push(arrays);
            }
        });
        try (LockHolder holder = new LockHolder(scene)) {
            reserved.start();
            scene.kill(Victim.Deed.PUSH, spot);
        }
        reserved.join();
        scene.checkOthersGoOn();
    }

    @SuppressWarnings("try") // the lock is only held
    private static void havingWaited(final Scene scene, final KillSpot spot) throws Exception {
        scene.created();
        try (LockHolder holder = new LockHolder(scene);
                Jvm victim = scene.start(Victim.Deed.PUSH, spot)) {
            Await.until("the victim waits", () -> scene.lastStep() == Step.L14);
            holder.release();
            scene.awaitKilled(victim, spot);
        }
        scene.checkOthersGoOn();
    }

    private static void recovering(final Scene scene, final KillSpot holdersSpot, final KillSpot spot) {
        scene.created().kill(Victim.Deed.WORK, holdersSpot);
        if (PUSHED.contains(holdersSpot.step())) {
            scene.victimHasPushed();
        }
        scene.kill(Victim.Deed.PUSH, spot);
        scene.checkOthersGoOn();
        assertThat(scene.recoveries()).isEqualTo(1);
    }

    private static void creating(final Scene scene, final KillSpot spot) {
        scene.kill(Victim.Deed.CREATE, spot);
        final boolean published = spot.step() == Step.C13 || spot.step() == Step.K6;
        assertThat(Files.isDirectory(scene.directory().resolve(Scene.NAME))).isEqualTo(published);
        if (!published) {
            scene.created();
            assertThat(Scene.unfinished(scene.directory())).isEmpty();
        } else {
            scene.attach().close();
        }
        scene.checkOthersGoOn();
    }

    @SuppressWarnings("try") // the lock is only held
    private static void waitingForACreator(final Scene scene, final KillSpot spot) {
        try (CreationLock lock = CreationLock.acquire(
                new SegmentRoot(scene.directory()),
                Scene.NAME,
                WaitLimit.of(1_000_000_000),
                SystemNanoClock.INSTANCE)) {
            scene.kill(Victim.Deed.CREATE, spot);
        }
        scene.created().checkOthersGoOn();
    }

    private static void removing(final Scene scene, final KillSpot spot) {
        try (ShmArrays attached = Scene.create(scene.settings())) {
            scene.kill(Victim.Deed.REMOVE, spot);
            switch (spot.step()) {
                case RM1, RM2 -> attached.read();
                default -> assertThatThrownBy(attached::read).isInstanceOf(SegmentRemovedException.class);
            }
        }
        if (spot.step() != Step.RM4) {
            ShmArrays.remove(Scene.NAME, scene.settings());
        }
        scene.created();
        assertThat(Scene.unfinished(scene.directory())).isEmpty();
        scene.checkOthersGoOn();
    }

    private static void writingACheckpoint(final Scene scene, final KillSpot spot) throws IOException {
        scene.created().writeCheckpointAndGoOn();
        final byte[] before = Files.readAllBytes(scene.checkpoint());
        scene.kill(Victim.Deed.CHECKPOINT, spot);
        if (spot.step() == Step.F8) {
            assertThat(scene.checkpoint()).binaryContent().isNotEqualTo(before);
        } else {
            assertThat(scene.checkpoint()).binaryContent().isEqualTo(before);
        }
        scene.checkOthersGoOn();
        scene.writeCheckpointAndGoOn();
        assertThat(Scene.unfinished(scene.checkpoint().getParent())).isEmpty();
    }

    private static void endingAPause(final Scene scene, final KillSpot spot) {
        scene.created().kill(Victim.Deed.CHECKPOINT, KillSpot.at(Step.P4));
        scene.kill(Victim.Deed.PUSH, spot);
        scene.checkOthersGoOn();
    }

    private static void pushingIntoAPause(final Scene scene, final KillSpot spot) {
        try (ShmArrays arrays = Scene.create(scene.settings())) {
            Doors.PARTITIONS.of(arrays).whilePaused(() -> scene.kill(Victim.Deed.PUSH, spot));
        }
        scene.checkOthersGoOn();
    }

    /** The event of its joining, behind that of the creation. */
    private static void writingAnEvent(final Scene scene, final KillSpot spot) {
        scene.created().kill(Victim.Deed.WORK, spot);
        try (ShmArrays arrays = scene.attach()) {
            arrays.runControl().note("after the kill");
            final EventReader reader = new EventReader(Doors.SEGMENT.of(arrays));
            final List<EventKind> kinds = new ArrayList<>();
            for (Event event = reader.awaitNext(); event != null; event = reader.awaitNext()) {
                kinds.add(event.kind());
            }
            final boolean isPublished = spot.step() == Step.E5;
            assertThat(kinds)
                    .isEqualTo(
                            isPublished
                                    ? List.of(EventKind.CREATED, EventKind.JOINED, EventKind.NOTE)
                                    : List.of(EventKind.CREATED, EventKind.NOTE));
            assertThat(reader.lost()).isEqualTo(isPublished || spot.step() == Step.E1 ? 0 : 1);
        }
        scene.checkOthersGoOn();
    }

    /**
     * There is no undo for a whole segment: who finds it half overwritten is told so, until it is overwritten again.
     */
    private static void overwriting(final Scene scene, final KillSpot spot) {
        scene.created().writeCheckpointAndGoOn();
        scene.kill(Victim.Deed.RESTORE, spot);
        if (spot.step() == Step.O3 || spot.step() == Step.O4) {
            try (ShmArrays arrays = scene.attach()) {
                assertThatThrownBy(arrays::read).isInstanceOf(DamagedPartitionException.class);
            }
            scene.restore();
        }
        scene.checkOthersGoOn();
    }
}
