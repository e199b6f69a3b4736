package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.LockToken;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.LockLostException;
import org.shmarrays.segment.LockTimeoutException;
import org.shmarrays.segment.Segment;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.LogListener;
import org.shmarrays.testing.Signals;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.worker.Liveness;
import org.shmarrays.worker.NoFreeSlotException;
import org.shmarrays.worker.ProcessIdentity;

/** The lock of a live holder is never broken, whatever has become of its process; that of a dead one is. */
class LivenessIT {
    private static final int ELEMENTS = 16;
    private static final float[] ONES = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

    private final LogListener doubts = LogListener.on("org.shmarrays.worker.LivenessDoubts");

    @TempDir
    private Path directory;

    @AfterEach
    void listenNoMore() {
        doubts.close();
    }

    @Test
    void shouldWaitForAStoppedHolderAndGoOnWhenItDoes() {
        try (ShmArrays arrays = create();
                ShmArrays waiter = ShmArrays.attach("w", settings());
                Jvm holder = Jvm.start(Holder.class, directory)) {
            holder.awaitLine("holding");
            final long token = lockWord(arrays);
            Signals.stop(holder.pid());
            letGo();

            final CompletableFuture<Void> push = CompletableFuture.runAsync(() -> waiter.add(Map.of("w", ONES)));
            awaitWaiting(arrays, Duration.ofMillis(500));

            assertThat(push).isNotDone();
            assertThat(lockWord(arrays)).isEqualTo(token);
            holder.signal("CONT");
            push.join();
            holder.awaitLine("released");
            assertThat(arrays.read().get("w")).containsOnly(2f);
            assertThat(recoveries(arrays)).isZero();
        }
    }

    @Test
    void shouldWaitForAHolderOfAnotherPidNamespaceAndRecoverItsLockWhenItIsKilled() throws Exception {
        final List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--");
        assumeTrue(canRun(unshare), "unshare --pid needs rights that this user lacks here");
        try (ShmArrays arrays = create();
                ShmArrays impatient = ShmArrays.attach("w", settings().withLockTimeout(Duration.ofMillis(500)));
                Jvm holder = Jvm.startUnder(unshare, Holder.class, directory)) {
            holder.awaitLine("holding");
            final int slot = slotOfHolder(arrays);
            final long namespace = SlotDescriptor.pidNamespace(arrays.segment().control(), slot);
            assertThat(namespace).isNotEqualTo(ProcessIdentity.current().pidNamespace());

            assertThatThrownBy(() -> impatient.add(Map.of("w", ONES))).hasCauseInstanceOf(LockTimeoutException.class);
            assertThat(recoveries(arrays)).isZero();
            holder.kill();
            arrays.add(Map.of("w", ONES));

            assertThat(arrays.read().get("w")).containsOnly(1f);
            assertThat(recoveries(arrays)).isEqualTo(1);
        }
    }

    /** Its parent never asks for its exit code, so the kernel keeps its process id. */
    @Test
    void shouldRecoverTheLockOfAZombie() {
        final List<String> careless = List.of("sh", "-c", "\"$@\" & exec sleep 600", "sh");
        try (ShmArrays arrays = create();
                Jvm parent = Jvm.startUnder(careless, Holder.class, directory)) {
            parent.awaitLine("holding");
            final long pid = SlotDescriptor.pid(arrays.segment().control(), slotOfHolder(arrays));
            Signals.send(pid, "KILL"); // before anything can fail: it would outlive its parent
            assertThat(pid).isNotEqualTo(parent.pid());
            Await.until("a zombie", () -> stat(pid).contains(") Z "));
            arrays.add(Map.of("w", ONES));

            assertThat(stat(pid)).contains(") Z ");
            assertThat(arrays.read().get("w")).containsOnly(1f);
            assertThat(recoveries(arrays)).isEqualTo(1);
        }
    }

    @Test
    void shouldTakeAHolderForDeadWhosePidAnotherProcessHas() throws Exception {
        try (ShmArrays arrays = create();
                Sleeper stranger = new Sleeper()) {
            final ProcessIdentity self = ProcessIdentity.current();
            pretendHolder(arrays, stranger.pid(), stranger.start() - 1, self.bootId(), self.pidNamespace());

            arrays.add(Map.of("w", ONES));

            assertThat(arrays.read().get("w")).containsOnly(1f);
            assertThat(recoveries(arrays)).isEqualTo(1);
            assertThat(doubts.messages()).isEmpty();
        }
    }

    @Test
    void shouldTakeAHolderOfAnEarlierBootForDead() throws Exception {
        try (ShmArrays arrays = create();
                Sleeper stranger = new Sleeper()) {
            final ProcessIdentity self = ProcessIdentity.current();
            pretendHolder(arrays, stranger.pid(), stranger.start(), self.bootId() + 1, self.pidNamespace());

            arrays.add(Map.of("w", ONES));

            assertThat(recoveries(arrays)).isEqualTo(1);
        }
    }

    @Test
    void shouldBelieveTheProcessWhenTheLockFileIsFreeAndSayItOnce() throws Exception {
        try (ShmArrays arrays = create();
                ShmArrays impatient = ShmArrays.attach("w", settings().withLockTimeout(Duration.ofMillis(300)))) {
            final long token;
            final int slotId;
            try (Sleeper owner = new Sleeper()) {
                final ProcessIdentity self = ProcessIdentity.current();
                slotId = pretendHolder(arrays, owner.pid(), owner.start(), self.bootId(), self.pidNamespace());
                token = lockWord(arrays);

                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(() -> impatient.add(Map.of("w", ONES)))
                            .hasCauseInstanceOf(LockTimeoutException.class);
                }
                assertThat(lockWord(arrays)).isEqualTo(token);
                assertThat(Liveness.isAlive(arrays.segment(), slotId)).isTrue();
                try (ShmArrays claimant = ShmArrays.attach("w", settings())) {
                    assertThat(lastOwnSlot(claimant))
                            .as("the slot of a live worker")
                            .isNotEqualTo(slotId);
                }
                assertThat(doubts.messages())
                        .singleElement()
                        .asString()
                        .contains("does not hold the lock file of its slot", "slot=" + slotId, "pid=" + owner.pid());
            }

            arrays.add(Map.of("w", ONES));

            assertThat(recoveries(arrays)).isEqualTo(1);
        }
    }

    @Test
    void shouldNotBreakTheLockOfAHolderWhoseLockFileForeignCodeClosed() {
        try (ShmArrays arrays = create();
                ShmArrays impatient = ShmArrays.attach("w", settings().withLockTimeout(Duration.ofMillis(500)));
                Jvm holder = Jvm.start(Holder.class, directory, "close-lock-file")) {
            holder.awaitLine("holding");
            final long token = lockWord(arrays);

            assertThatThrownBy(() -> impatient.add(Map.of("w", ONES)))
                    .hasCauseInstanceOf(LockTimeoutException.class)
                    .hasStackTraceContaining("pid " + holder.pid());
            assertThat(lockWord(arrays)).isEqualTo(token);
            assertThat(doubts.messages()).singleElement().asString().contains("pid=" + holder.pid());
            letGo();
            holder.awaitLine("released");

            assertThat(recoveries(arrays)).isZero();
            assertThat(arrays.read().get("w")).containsOnly(1f);
        }
    }

    @Test
    void shouldTellAHolderThatItsLockWasBroken() {
        try (ShmArrays arrays = create();
                Jvm holder = Jvm.start(Holder.class, directory)) {
            holder.awaitLine("holding");
            final int block = arrays.segment().controlLayout().partition(0);
            final long token = lockWord(arrays);
            assertThat(PartitionDescriptor.compareAndSetLock(arrays.segment().control(), block, token, 0))
                    .isTrue();
            letGo();

            holder.awaitLine(LockLostException.class.getSimpleName());

            assertThat(holder.output()).contains("segment=w").doesNotContain("released");
        }
    }

    @Test
    void shouldKeepEachAttachmentOfAJvmThatHasSeveral() {
        try (ShmArrays v = create("v");
                ShmArrays w = create();
                ShmArrays v1 = ShmArrays.attach("v", settings())) {
            ShmArrays.attach("v", settings()).close();
            v.newHandle().close();
            ShmArrays.attach("w", settings()).close();

            try (Jvm looker = Jvm.start(Looker.class, directory)) {
                looker.awaitSuccess();
                assertThat(looker.output())
                        .contains("v: slot 0 true, slot 1 true, slot 2 false")
                        .contains("w: slot 0 true, slot 1 false");
            }
            v1.add(Map.of("w", ONES));
            w.add(Map.of("w", ONES));
        }
    }

    @Test
    void shouldSayWhichOwnersAreStoppedWhenSlotsRunOut() {
        final Settings two = settings().withSlots(2);
        try (ShmArrays arrays = ShmArrays.create("w", List.of(spec()), two);
                Jvm holder = Jvm.start(Holder.class, directory)) {
            holder.awaitLine("holding");
            Signals.stop(holder.pid());
            Await.until("stopped", () -> stat(holder.pid()).contains(") T "));

            assertThatThrownBy(arrays::newHandle)
                    .isInstanceOf(NoFreeSlotException.class)
                    .hasMessageContaining("slot 0: pid "
                            + ProcessHandle.current().pid() + ", slot 1: pid " + holder.pid() + " (stopped)]")
                    .hasMessageContaining("stopped or gone=1");
        }
    }

    private ShmArrays create() {
        return create("w");
    }

    private ShmArrays create(final String name) {
        return ShmArrays.create(name, List.of(spec()), settings());
    }

    private static ArraySpec spec() {
        return ArraySpec.of("w", FLOAT32, ELEMENTS);
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(8).withLockTimeout(Await.DEADLINE);
    }

    private void letGo() {
        try {
            Files.createFile(directory.resolve(Holder.GO));
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long lockWord(final ShmArrays arrays) {
        return PartitionDescriptor.lockAcquire(
                arrays.segment().control(), arrays.segment().controlLayout().partition(0));
    }

    private static int slotOfHolder(final ShmArrays arrays) {
        return arrays.segment().controlLayout().slot(LockToken.slotId(lockWord(arrays)));
    }

    /** The highest slot of this process; in these tests that of the last attachment. */
    private static int lastOwnSlot(final ShmArrays arrays) {
        return new SegmentStatus(arrays.segment())
                .workers().stream()
                        .filter(worker -> worker.active()
                                && worker.pid() == ProcessHandle.current().pid())
                        .mapToInt(WorkerStatus::slotId)
                        .max()
                        .orElseThrow();
    }

    private static long recoveries(final ShmArrays arrays) {
        return new SegmentStatus(arrays.segment()).array("w").recoveries();
    }

    private static void awaitWaiting(final ShmArrays arrays, final Duration duration) {
        final SegmentStatus status = new SegmentStatus(arrays.segment());
        Await.until("a waiter", () -> status.hasWaiter(0));
        final long since = System.nanoTime();
        Await.until("the end of a while", () -> System.nanoTime() - since > duration.toNanos());
    }

    /** Has a process that knows nothing of it own a slot, and hold the lock. */
    private int pretendHolder(
            final ShmArrays arrays, final long pid, final long start, final long bootId, final long pidNamespace) {
        final Segment segment = arrays.segment();
        final int slotId;
        try (ShmArrays brief = ShmArrays.attach("w", settings())) {
            slotId = lastOwnSlot(brief);
        }
        final int slot = segment.controlLayout().slot(slotId);
        SlotDescriptor.process(segment.control(), slot, pid, start, bootId, pidNamespace);
        SlotDescriptor.stateRelease(segment.control(), slot, SlotDescriptor.ACTIVE);
        final long token = LockToken.of(slotId, SlotDescriptor.generationAcquire(segment.control(), slot));
        assertThat(PartitionDescriptor.compareAndSetLock(
                        segment.control(), segment.controlLayout().partition(0), 0, token))
                .isTrue();
        return slotId;
    }

    private static boolean canRun(final List<String> wrapper) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(wrapper);
        command.add("true");
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (final IOException e) {
            return false;
        }
    }

    private static String stat(final long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat"));
        } catch (final IOException e) {
            return "";
        }
    }

    /** A process that lives and is no worker. */
    private static final class Sleeper implements AutoCloseable {
        private final Process process = new ProcessBuilder("sleep", "600").start();

        Sleeper() throws IOException {}

        long pid() {
            return process.pid();
        }

        /** Field 22 of proc(5); the name of this program has no blanks. */
        long start() {
            return Long.parseLong(stat(pid()).split(" ")[21]);
        }

        @Override
        public void close() {
            process.destroyForcibly();
            Await.until("its end", () -> !process.isAlive());
        }
    }

    /** Adds 1, and holds the lock meanwhile until a file appears. */
    static final class Holder {
        static final String GO = "go";

        public static void main(final String... arguments) {
            final Path directory = Path.of(System.getProperty("shmarrays.directory"));
            final boolean closing = arguments.length > 0;
            try (ShmArrays arrays = ShmArrays.attach("w")) {
                final Path lockFile = arrays.segment().files().slotLock(lastOwnSlot(arrays));
                arrays.update(Map.of("w", ONES), new UpdateFunction("hold", 0) {
                    @Override
                    protected void apply(
                            final float[] g,
                            final int gOffset,
                            final float[] w,
                            final int wOffset,
                            final float[][] state,
                            final int n,
                            final long step) {
                        if (closing) {
                            openAndClose(lockFile);
                        }
                        System.out.println("holding");
                        Await.until("go", () -> Files.exists(directory.resolve(GO)));
                        for (int i = 0; i < n; i++) {
                            w[wOffset + i] += g[gOffset + i];
                        }
                    }
                });
                System.out.println("released");
            }
        }

        /** What a backup, a virus scanner or a library in the same process might do: all locks on the file are lost. */
        private static void openAndClose(final Path file) {
            try {
                FileChannel.open(file, StandardOpenOption.READ).close();
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Another process that looks at who lives. */
    static final class Looker {
        public static void main(final String... arguments) {
            for (final String name : List.of("v", "w")) {
                try (ShmArrays arrays = ShmArrays.attachReadOnly(name)) {
                    final StringBuilder line = new StringBuilder(name + ":");
                    for (int slotId = 0; slotId < 3; slotId++) {
                        line.append(slotId == 0 ? " slot " : ", slot ")
                                .append(slotId)
                                .append(' ')
                                .append(Liveness.isAlive(arrays.segment(), slotId));
                    }
                    System.out.println(line);
                }
            }
        }
    }
}
