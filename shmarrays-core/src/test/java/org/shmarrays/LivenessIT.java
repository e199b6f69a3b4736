package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.ProcessStat;
import org.shmarrays.testing.Signals;

/** The lock of a live holder is never broken, whatever has become of its process; that of a dead one is. */
@Tag("shared")
class LivenessIT {
    @TempDir
    private Path directory;

    @Test
    void shouldWaitForAStoppedHolderAndGoOnWhenItDoes() {
        try (ShmArrays arrays = OneLock.create(directory);
                ShmArrays waiter = ShmArrays.attach("w", settings());
                Jvm holder = Jvm.start(PatientHolder.class, directory)) {
            holder.awaitLine("holding");
            final long token = OneLock.word(arrays);
            Signals.stop(holder.pid());
            PatientHolder.letGo(directory);

            final CompletableFuture<Void> push = Background.run(() -> waiter.add(Map.of("w", OneLock.ONES)));
            awaitWaiting(arrays, Duration.ofMillis(500));

            assertThat(push).isNotDone();
            assertThat(OneLock.word(arrays)).isEqualTo(token);
            holder.signal("CONT");
            push.join();
            holder.awaitLine("released");
            assertThat(arrays.read().get("w")).containsOnly(2f);
            assertThat(OneLock.recoveries(arrays)).isZero();
        }
    }

    @Test
    void shouldWaitForAHolderOfAnotherPidNamespaceAndRecoverItsLockWhenItIsKilled() throws Exception {
        final List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--");
        assumeTrue(canRun(unshare), "unshare --pid needs rights that this user lacks here");
        try (ShmArrays arrays = OneLock.create(directory);
                ShmArrays impatient = ShmArrays.attach("w", settings().withLockTimeout(Duration.ofMillis(500)));
                Jvm holder = Jvm.startUnder(unshare, PatientHolder.class, directory)) {
            holder.awaitLine("holding");
            final int slot = slotOfHolder(arrays);
            final long namespace = arrays.segment().slots().pidNamespace(slot);
            assertThat(namespace).isNotEqualTo(ProcessIdentity.current().pidNamespace());

            assertThatThrownBy(() -> impatient.add(Map.of("w", OneLock.ONES)))
                    .hasCauseInstanceOf(LockTimeoutException.class);
            assertThat(OneLock.recoveries(arrays)).isZero();
            holder.kill();
            arrays.add(Map.of("w", OneLock.ONES));

            assertThat(arrays.read().get("w")).containsOnly(1f);
            assertThat(OneLock.recoveries(arrays)).isEqualTo(1);
        }
    }

    /** Its parent never asks for its exit code, so the kernel keeps its process id. */
    @Test
    void shouldRecoverTheLockOfAZombie() {
        final List<String> careless = List.of("sh", "-c", "\"$@\" & exec sleep 600", "sh");
        try (ShmArrays arrays = OneLock.create(directory);
                Jvm parent = Jvm.startUnder(careless, PatientHolder.class, directory)) {
            parent.awaitLine("holding");
            final long pid = arrays.segment().slots().pid(slotOfHolder(arrays));
            Signals.send(pid, "KILL"); // before anything can fail: it would outlive its parent
            assertThat(pid).isNotEqualTo(parent.pid());
            Await.until("a zombie", () -> ProcessStat.of(pid).state() == 'Z');
            arrays.add(Map.of("w", OneLock.ONES));

            assertThat(ProcessStat.of(pid).state()).isEqualTo('Z');
            assertThat(arrays.read().get("w")).containsOnly(1f);
            assertThat(OneLock.recoveries(arrays)).isEqualTo(1);
        }
    }

    @Test
    void shouldTellAHolderThatItsLockWasBroken() {
        try (ShmArrays arrays = OneLock.create(directory);
                Jvm holder = Jvm.start(PatientHolder.class, directory)) {
            holder.awaitLine("holding");
            final long token = OneLock.word(arrays);
            assertThat(arrays.segment().partitions().compareAndSetLock(0, token, 0))
                    .isTrue();
            PatientHolder.letGo(directory);

            holder.awaitLine(LockLostException.class.getSimpleName());

            assertThat(holder.output()).contains("segment=w").doesNotContain("released");
        }
    }

    private Settings settings() {
        return OneLock.settings(directory);
    }

    private static int slotOfHolder(final ShmArrays arrays) {
        return LockToken.slotId(OneLock.word(arrays));
    }

    private static void awaitWaiting(final ShmArrays arrays, final Duration duration) {
        final SegmentStatus status = arrays.status();
        Await.until("a waiter", () -> status.hasWaiter(0));
        final long since = System.nanoTime();
        Await.until("the end of a while", () -> System.nanoTime() - since > duration.toNanos());
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
}
