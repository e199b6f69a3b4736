package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.DeadSegments.Condition.ABANDONED;
import static org.shmarrays.DeadSegments.Condition.AT_WORK;
import static org.shmarrays.DeadSegments.Condition.INVALID;
import static org.shmarrays.DeadSegments.Condition.IN_USE;
import static org.shmarrays.DeadSegments.Condition.KEPT;
import static org.shmarrays.DeadSegments.Condition.STRANGE;
import static org.shmarrays.DeadSegments.Condition.SUPERVISED;
import static org.shmarrays.DeadSegments.Condition.UNFINISHED;
import static org.shmarrays.DeadSegments.Condition.UNREADABLE;
import static org.shmarrays.DeadSegments.Condition.UNSEEN;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.DeadSegments.Condition;
import org.shmarrays.DeadSegments.Entry;
import org.shmarrays.DeadSegments.Outcome;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.Scaling;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ControlDescriptor;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentNotFoundException;
import org.shmarrays.segment.SegmentOpener;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.segment.SegmentRoot;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Signals;
import org.shmarrays.worker.NoFreeSlotException;
import org.shmarrays.worker.Occupancy;
import org.shmarrays.worker.Occupancy.Creator;
import org.shmarrays.worker.ProcessIdentity;
import org.shmarrays.worker.Worker;

/** What is dead is removed, and never what is alive, whatever has become of its creator. */
class DeadSegmentsIT {
    private static final float[] ONES = {1, 1};

    @TempDir
    private Path directory;

    @Test
    void shouldLeaveASegmentWhoseCreatorLives() {
        try (Jvm creator = Jvm.start(Occupant.class, directory, "create")) {
            creator.awaitLine("there");

            assertThat(occupancy().creator()).isEqualTo(Creator.ALIVE);
            assertStays(IN_USE, true);
        }
    }

    @Test
    void shouldLeaveASegmentOfThisVeryProcess() {
        try (ShmArrays arrays = create()) {
            assertStays(IN_USE, true);

            arrays.add(Map.of("w", ONES));
        }
    }

    @Test
    void shouldLeaveASegmentOfWhichAWorkerLivesThoughItsCreatorWasKilled() {
        try (Jvm creator = Jvm.start(Occupant.class, directory, "create")) {
            creator.awaitLine("there");
            try (Jvm worker = Jvm.start(Occupant.class, directory, "attach")) {
                worker.awaitLine("there");
                creator.kill();

                final Occupancy occupancy = occupancy();
                assertThat(occupancy.alive()).isEqualTo(1);
                assertThat(occupancy.claimed()).isEqualTo(2);
                assertThat(occupancy.creator()).isEqualTo(Creator.DEAD);
                assertStays(IN_USE, true);
                assertThat(worker.output()).doesNotContain("Exception");
            }
        }
    }

    @Test
    void shouldRemoveASegmentWhoseProcessesWereAllKilled() {
        try (Jvm creator = Jvm.start(Occupant.class, directory, "create")) {
            creator.awaitLine("there");
            try (Jvm worker = Jvm.start(Occupant.class, directory, "attach")) {
                worker.awaitLine("there");
            }
        }
        final Entry found = found();
        assertThat(found.condition()).isEqualTo(ABANDONED);
        assertThat(found.reason()).contains("died without closing it");
        assertThat(found.sizeBytes()).isGreaterThan(16 << 10);

        assertThat(remove(found, false).removed()).isTrue();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldRemoveASegmentThatWasClosedOnlyWhenAsked() {
        create().close();
        assertThat(occupancy().creator()).isEqualTo(Creator.CLOSED);
        assertStays(KEPT, false);

        assertThat(remove(found(), true).removed()).isTrue();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldKeepASegmentWhoseCreatorsSlotHadAnotherOwner() {
        try (Jvm creator = Jvm.start(Occupant.class, directory, "create")) {
            creator.awaitLine("there");
        }
        ShmArrays.attach("s", settings()).close();

        assertThat(occupancy().creator()).isEqualTo(Creator.REPLACED);
        assertStays(KEPT, false);
    }

    /** Between a death and the restart no owner lives. */
    @Test
    void shouldLeaveASegmentWhoseWorkersAreAboutToBeStartedAgain() {
        try (Jvm supervisor = Jvm.start(Occupant.class, directory, "supervise")) {
            supervisor.awaitLine("[0] there");
            final Segment segment = SegmentOpener.open(root(), "s", true);
            Await.until("the supervisor's look", () -> supervisedRun(segment) != 0);
            assertThat(found().condition()).isEqualTo(IN_USE);

            Signals.send(new SegmentStatus(segment).workers().get(0).pid(), "KILL");
            supervisor.awaitLine("it is started again");

            assertThat(occupancy().creator()).isEqualTo(Creator.DEAD);
            assertStays(SUPERVISED, true);
        }
        assertThat(found().condition()).as("its supervisor was killed as well").isEqualTo(ABANDONED);
        assertThat(remove(found(), false).removed()).isTrue();
    }

    @Test
    void shouldLeaveWhatASupervisorOfAnotherPidNamespaceMayUse() {
        create().close();
        final ProcessIdentity self = ProcessIdentity.current();
        pretendSupervisor(self.pid(), self.bootId() + 1, self.pidNamespace());
        assertStays(KEPT, false);

        pretendSupervisor(0, self.bootId(), self.pidNamespace());
        assertStays(UNSEEN, false);

        pretendSupervisor(self.pid(), self.bootId(), self.pidNamespace() + 1);
        assertStays(UNSEEN, false);
        assertThat(found().reason()).contains("supervisor can't be seen");
        assertThat(remove(found(), true).removed()).isTrue();
    }

    @Test
    void shouldLeaveWhatOwnersOfAnotherPidNamespaceMayUse() {
        create().close();
        pretendOwner(
                ProcessIdentity.current().bootId(), ProcessIdentity.current().pidNamespace() + 1);

        assertThat(occupancy().creator()).isEqualTo(Creator.UNSEEN);
        assertStays(UNSEEN, false);
        assertThat(found().reason()).contains("another pid namespace");

        assertThat(remove(found(), true).removed())
                .as("its lock file is free, and that was to be trusted")
                .isTrue();
    }

    @Test
    void shouldLeaveWhatAWorkerOfAnotherPidNamespaceUses() throws Exception {
        final List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--");
        assumeTrue(canRun(unshare), "unshare --pid needs rights that this user lacks here");
        create().close();
        try (Jvm worker = Jvm.startUnder(unshare, Occupant.class, directory, "attach")) {
            worker.awaitLine("there");

            assertStays(IN_USE, true);
        }
        Await.until("the end of the worker, whose parent was killed", () -> found().condition() != IN_USE);
        assertStays(UNSEEN, false);
    }

    @Test
    void shouldKeepASegmentThatHasOutlivedARestart() {
        create().close();
        pretendOwner(
                ProcessIdentity.current().bootId() + 1,
                ProcessIdentity.current().pidNamespace());

        assertThat(occupancy().creator()).isEqualTo(Creator.DEAD_IN_EARLIER_BOOT);
        assertStays(KEPT, false);
    }

    @Test
    void shouldRemoveWhatACreatorHasBegunOnlyWhenItIsDead() {
        try (Jvm creator = Jvm.start(Occupant.class, directory, "initialise")) {
            creator.awaitLine("initialising");

            assertThat(entries()).singleElement().satisfies(entry -> {
                assertThat(entry.condition()).isEqualTo(AT_WORK);
                assertThat(entry.name()).isEqualTo("s");
                assertThat(entry.file()).startsWith(".creating-s-");
            });
            final Entry stale = new Entry("s", found().file(), UNFINISHED, 0, 0, "");
            assertThat(remove(stale, true).removed()).isFalse();
            assertThat(entries()).hasSize(1);
        }
        assertThat(found().condition()).isEqualTo(UNFINISHED);

        assertThat(remove(found(), false).removed()).isTrue();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldFinishARemovalWhoseRemoverDied() throws IOException {
        create().close();
        final Segment segment = SegmentOpener.open(root(), "s", false);
        ControlDescriptor.stateRelease(segment.control(), ControlDescriptor.STATE_REMOVED);
        assertThat(found().condition()).isEqualTo(UNFINISHED);
        assertThat(remove(found(), false).removed()).isTrue();

        create().close();
        Files.move(directory.resolve("s"), directory.resolve(".removed-s-1a2b"));
        assertThat(found().condition()).isEqualTo(UNFINISHED);
        assertThat(remove(found(), false).removed()).isTrue();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldTellWhatIsNoSegmentAndLeaveIt() throws IOException {
        Files.createDirectory(directory.resolve("junk"));
        Files.createDirectory(directory.resolve("not a name"));
        Files.createFile(directory.resolve("notes.txt"));

        assertThat(entries()).extracting(Entry::condition).containsExactly(INVALID, STRANGE, STRANGE);
        assertThat(entries()).extracting(entry -> remove(entry, true).removed()).containsOnly(false);
        assertThat(entries()).hasSize(3);
    }

    /** As with too many open files, or with a lock file of another owner, which root can't be refused. */
    @Test
    void shouldNotTakeForInvalidWhatCannotBeLookedAt() throws IOException {
        create().close();
        pretendOwner(
                ProcessIdentity.current().bootId() + 1,
                ProcessIdentity.current().pidNamespace());
        final Path lock = SegmentOpener.open(root(), "s", true).files().slotLock(0);
        Files.delete(lock);
        Files.createDirectory(lock);

        assertStays(UNREADABLE, true);
        assertThat(found().reason()).contains("cannot lock a slot");
    }

    @Test
    void shouldLookAgainBeforeItRemoves() {
        try (Jvm creator = Jvm.start(Occupant.class, directory, "create")) {
            creator.awaitLine("there");
        }
        final Entry dead = found();
        assertThat(dead.condition()).isEqualTo(ABANDONED);

        try (ShmArrays again = ShmArrays.attach("s", settings())) {
            final Outcome outcome = remove(dead, true);

            assertThat(outcome.removed()).isFalse();
            assertThat(outcome.entry().condition()).isEqualTo(IN_USE);
            again.add(Map.of("w", ONES));
        }
        ShmArrays.remove("s", settings());
        assertThat(remove(dead, true).entry().reason()).contains("somebody else has removed it");
    }

    /** Workers come and go while segments are cleaned away: who has got a slot keeps its segment. */
    @Test
    void shouldNeverRemoveASegmentThatAWorkerHasJustAttachedTo() {
        final long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("DeadSegmentsIT: -Dseed=" + seed);
        final Random random = new Random(seed);
        try (Jvm comer = Jvm.start(Occupant.class, directory, "come-and-go")) {
            comer.awaitLine("coming");
            final long began = System.nanoTime();
            int removed = 0;
            int inUse = 0;
            while (removed < 10 || inUse < 10 || System.nanoTime() - began < TimeUnit.SECONDS.toNanos(3)) {
                assertThat(System.nanoTime() - began)
                        .as("removed=%d, inUse=%d", removed, inUse)
                        .isLessThan(2 * Await.DEADLINE.toNanos());
                if (!root().holds("s")) {
                    create().close();
                }
                LockSupport.parkNanos(random.nextInt(4_000_000)); // so that it comes now and then before
                final Outcome outcome = remove(new Entry("s", "s", KEPT, 0, 0, ""), true);
                assertThat(comer.output()).doesNotContain("Exception", "under my feet");
                removed += outcome.removed() ? 1 : 0;
                inUse += outcome.removed() ? 0 : 1;
            }
        }
    }

    @Test
    void shouldRefuseASlotOfASegmentThatWasRemoved() {
        final Segment segment;
        try (ShmArrays arrays = create()) {
            segment = arrays.segment();
            ShmArrays.remove("s", settings());

            assertThatThrownBy(() -> Attachment.withSlot(segment, settings(), null))
                    .isInstanceOf(SegmentRemovedException.class);
        }
    }

    private void assertStays(final Condition condition, final boolean all) {
        final Entry found = found();
        assertThat(found.condition()).as(found.reason()).isEqualTo(condition);
        assertThat(remove(found, all).removed()).isFalse();
        // Also when it was seen otherwise before.
        final Outcome outcome = remove(new Entry("s", "s", ABANDONED, 0, 0, ""), all);
        assertThat(outcome.removed()).isFalse();
        assertThat(outcome.entry().condition()).isEqualTo(condition);
        assertThat(root().names()).containsExactly("s");
    }

    private void pretendOwner(final long bootId, final long pidNamespace) {
        final Segment segment = SegmentOpener.open(root(), "s", false);
        final int slot = segment.controlLayout().slot(0);
        SlotDescriptor.process(segment.control(), slot, ProcessHandle.current().pid(), 1, bootId, pidNamespace);
        SlotDescriptor.stateRelease(segment.control(), slot, SlotDescriptor.ACTIVE);
    }

    private void pretendSupervisor(final long pid, final long bootId, final long pidNamespace) {
        final Segment segment = SegmentOpener.open(root(), "s", false);
        final int runControl = segment.controlLayout().runControlOffset();
        RunControlDescriptor.supervisorRelease(
                segment.control(), runControl, pid, ProcessIdentity.current().start(), bootId, pidNamespace);
        RunControlDescriptor.supervisedRelease(segment.control(), runControl, 7, 1);
    }

    private static long supervisedRun(final Segment segment) {
        return RunControlDescriptor.supervisedRunAcquire(
                segment.control(), segment.controlLayout().runControlOffset());
    }

    private ShmArrays create() {
        return ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 2)), settings());
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(16);
    }

    private SegmentRoot root() {
        return settings().root();
    }

    private List<Entry> entries() {
        return new DeadSegments(settings()).find();
    }

    private Entry found() {
        assertThat(entries()).hasSize(1);
        return entries().get(0);
    }

    private Outcome remove(final Entry entry, final boolean all) {
        return new DeadSegments(settings()).remove(entry, all);
    }

    private Occupancy occupancy() {
        return Occupancy.of(SegmentOpener.open(root(), "s", true));
    }

    private static boolean canRun(final List<String> wrapper) throws Exception {
        final List<String> command =
                Stream.concat(wrapper.stream(), Stream.of("true")).toList();
        return new ProcessBuilder(command).start().waitFor() == 0;
    }

    /** Uses the segment until it is killed. */
    static final class Occupant {
        public static void main(final String... arguments) throws Exception {
            final Settings settings = Settings.fromProperties().withSlots(16);
            final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, 2));
            switch (arguments[0]) {
                case "create" -> stay(ShmArrays.create("s", specs, settings));
                case "attach" -> stay(ShmArrays.attach("s", settings));
                case "initialise" ->
                    ShmArrays.create(
                            "s",
                            specs,
                            arrays -> {
                                System.out.println("initialising");
                                hang();
                            },
                            settings);
                case "work" -> stay(ShmArrays.createOrAttach(Worker.join(), "s", specs, arrays -> {}, settings));
                case "supervise" -> supervise(settings);
                case "come-and-go" -> comeAndGo(settings.withAttachTimeout(Duration.ofMillis(1)));
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
            try (WorkerGroup group = launcher.launch();
                    Scaling scaling = new Scaling(group, settings)) {
                while (group.await(Duration.ofMillis(20)).isEmpty()) {
                    scaling.poll();
                }
            }
        }

        private static void stay(final ShmArrays arrays) {
            System.out.println("there");
            while (true) {
                arrays.add(Map.of("w", ONES));
                Thread.yield();
            }
        }

        private static void comeAndGo(final Settings settings) {
            System.out.println("coming");
            while (true) {
                try (ShmArrays arrays = ShmArrays.attach("s", settings)) {
                    try {
                        for (int i = 0; i < 20; i++) {
                            arrays.add(Map.of("w", ONES));
                            Thread.yield();
                        }
                    } catch (final SegmentRemovedException e) {
                        System.out.println("removed under my feet: " + e);
                    }
                } catch (final SegmentNotFoundException
                        | InvalidSegmentException
                        | SegmentRemovedException
                        | NoFreeSlotException e) {
                    Thread.onSpinWait(); // nobody has promised that it is there, and stays until there is a slot
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
}
