package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Liveness;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.LogListener;
import org.shmarrays.testing.ProcessStat;

/** A slot's owner is known by its process where its lock file says otherwise, and that is said. */
class LivenessDoubtsIT {
    @AutoClose
    private final LogListener doubts = LogListener.on("org.shmarrays.internal.worker.LivenessDoubts");

    @TempDir
    private Path directory;

    @Test
    void shouldTakeAHolderForDeadWhosePidAnotherProcessHas() throws Exception {
        try (ShmArrays arrays = OneLock.create(directory);
                Sleeper stranger = new Sleeper()) {
            final ProcessIdentity self = ProcessIdentity.current();
            pretendHolder(arrays, stranger.pid(), stranger.start() - 1, self.bootId(), self.pidNamespace());

            arrays.add(Map.of("w", OneLock.ONES));

            assertThat(arrays.read().get("w")).containsOnly(1f);
            assertThat(OneLock.recoveries(arrays)).isEqualTo(1);
            assertThat(doubts.messages()).isEmpty();
        }
    }

    @Test
    void shouldTakeAHolderOfAnEarlierBootForDead() throws Exception {
        try (ShmArrays arrays = OneLock.create(directory);
                Sleeper stranger = new Sleeper()) {
            final ProcessIdentity self = ProcessIdentity.current();
            pretendHolder(arrays, stranger.pid(), stranger.start(), self.bootId() + 1, self.pidNamespace());

            arrays.add(Map.of("w", OneLock.ONES));

            assertThat(OneLock.recoveries(arrays)).isEqualTo(1);
        }
    }

    @Test
    void shouldBelieveTheProcessWhenTheLockFileIsFreeAndSayItOnce() throws Exception {
        try (ShmArrays arrays = OneLock.create(directory);
                ShmArrays impatient = ShmArrays.attach("w", settings().withLockTimeout(Duration.ofMillis(300)))) {
            final long token;
            final int slotId;
            try (Sleeper owner = new Sleeper()) {
                final ProcessIdentity self = ProcessIdentity.current();
                slotId = pretendHolder(arrays, owner.pid(), owner.start(), self.bootId(), self.pidNamespace());
                token = OneLock.word(arrays);

                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(() -> impatient.add(Map.of("w", OneLock.ONES)))
                            .hasCauseInstanceOf(LockTimeoutException.class);
                }
                assertThat(OneLock.word(arrays)).isEqualTo(token);
                assertThat(Liveness.isAlive(arrays.segment(), slotId)).isTrue();
                try (ShmArrays claimant = ShmArrays.attach("w", settings())) {
                    assertThat(OneLock.lastOwnSlot(claimant))
                            .as("the slot of a live worker")
                            .isNotEqualTo(slotId);
                }
                assertThat(doubts.messages())
                        .singleElement()
                        .asString()
                        .contains("does not hold the lock file of its slot", "slot=" + slotId, "pid=" + owner.pid());
            }

            arrays.add(Map.of("w", OneLock.ONES));

            assertThat(OneLock.recoveries(arrays)).isEqualTo(1);
        }
    }

    @Test
    void shouldNotBreakTheLockOfAHolderWhoseLockFileForeignCodeClosed() {
        try (ShmArrays arrays = OneLock.create(directory);
                ShmArrays impatient = ShmArrays.attach("w", settings().withLockTimeout(Duration.ofMillis(500)));
                Jvm holder = Jvm.start(PatientHolder.class, directory, PatientHolder.CLOSE_LOCK_FILE)) {
            holder.awaitLine("holding");
            final long token = OneLock.word(arrays);

            assertThatThrownBy(() -> impatient.add(Map.of("w", OneLock.ONES)))
                    .hasCauseInstanceOf(LockTimeoutException.class)
                    .hasStackTraceContaining("pid " + holder.pid());
            assertThat(OneLock.word(arrays)).isEqualTo(token);
            assertThat(doubts.messages()).singleElement().asString().contains("pid=" + holder.pid());
            PatientHolder.letGo(directory);
            holder.awaitLine("released");

            assertThat(OneLock.recoveries(arrays)).isZero();
            assertThat(arrays.read().get("w")).containsOnly(1f);
        }
    }

    private Settings settings() {
        return OneLock.settings(directory);
    }

    /** Has a process that knows nothing of it own a slot, and hold the lock. */
    private int pretendHolder(
            final ShmArrays arrays, final long pid, final long start, final long bootId, final long pidNamespace) {
        final Segment segment = arrays.segment();
        final int slotId;
        try (ShmArrays brief = ShmArrays.attach("w", settings())) {
            slotId = OneLock.lastOwnSlot(brief);
        }
        segment.slots().process(slotId, pid, start, bootId, pidNamespace);
        segment.slots().stateRelease(slotId, SlotTable.ACTIVE);
        final long token = LockToken.of(slotId, segment.slots().generationAcquire(slotId));
        assertThat(segment.partitions().compareAndSetLock(0, 0, token)).isTrue();
        return slotId;
    }

    /** A process that lives and is no worker. */
    private static final class Sleeper implements AutoCloseable {
        private final Process process = new ProcessBuilder("sleep", "600").start();

        Sleeper() throws IOException {}

        long pid() {
            return process.pid();
        }

        long start() {
            return ProcessStat.of(pid()).startTicks();
        }

        @Override
        public void close() {
            process.destroyForcibly();
            Await.until("its end", () -> !process.isAlive());
        }
    }
}
