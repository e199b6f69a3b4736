package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;

@Timeout(120)
class PartitionLockTest {
    private static final int SLOTS = 6;
    private static final long TIMEOUT_NS = Duration.ofSeconds(60).toNanos();

    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private Segment segment;

    @BeforeEach
    void create() {
        final SegmentRoot root = new SegmentRoot(directory);
        final SegmentBuilder builder = SegmentBuilder.build(
                root, "s", Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT32, 8)), SLOTS, 0), 0);
        builder.publish();
        segment = builder.segment();
        segment.runControl().raiseClaimedSlots(SLOTS);
    }

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private PartitionLock lock(final int slotId, final long timeoutNs) {
        segment.slots().process(slotId, 4_000 + slotId, 1, 1, 1);
        segment.slots().stateRelease(slotId, SlotTable.ACTIVE);
        return new PartitionLock(
                segment,
                slotId,
                LockToken.of(slotId, 3),
                WaitLimit.of(timeoutNs),
                SystemNanoClock.INSTANCE,
                () -> {},
                token -> false);
    }

    @Test
    void shouldExcludeEachOther() throws Exception {
        final int rounds = 20_000;
        final int[] plain = new int[SLOTS];
        final List<Future<?>> threads = new ArrayList<>();
        for (int slotId = 0; slotId < 4; slotId++) {
            final PartitionLock lock = lock(slotId, TIMEOUT_NS);
            threads.add(executor.submit(() -> {
                for (int i = 0; i < rounds; i++) {
                    lock.acquire(0);
                    plain[0]++;
                    plain[1] = plain[0];
                    lock.release(0);
                }
            }));
        }
        for (final Future<?> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
        assertThat(plain[0]).isEqualTo(4 * rounds);
        assertThat(plain[1]).isEqualTo(4 * rounds);
        assertThat(segment.partitions().acquisitions(0)).isEqualTo(4L * rounds);
        assertThat(segment.partitions().reservedWaiterAcquire(0)).isZero();
        for (int slotId = 0; slotId < SLOTS; slotId++) {
            assertThat(segment.slots().waitsForAcquire(slotId)).isEqualTo(-1);
        }
    }

    @Test
    void shouldNotBeReentrant() {
        final PartitionLock lock = lock(0, Duration.ofMillis(20).toNanos());
        lock.acquire(0);
        assertThatThrownBy(() -> lock.acquire(0)).isInstanceOf(LockTimeoutException.class);
        lock.release(0);
        lock.acquire(0);
        lock.release(0);
    }

    @Test
    void shouldSayWhoseLockWasWaitedFor() {
        lock(2, TIMEOUT_NS).acquire(0);

        assertThatThrownBy(() -> lock(1, Duration.ofMillis(30).toNanos()).acquire(0))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContainingAll(
                        "segment=s",
                        "partition=0",
                        "arrays=[w]",
                        "holder=slot 2 (pid 4002)",
                        "the partition was not changed",
                        "shmarrays.lock.timeout");
        assertThat(segment.partitions().reservedWaiterAcquire(0)).isZero();

        lock(2, TIMEOUT_NS).release(0);
        lock(1, 0).acquire(0);
    }

    @Test
    void shouldTryOnceMoreWithATimeoutOfNothing() {
        final PartitionLock lock = lock(1, 0);
        lock.acquire(0);
        lock.release(0);
        setLock(0, LockToken.of(2, 1));
        assertThatThrownBy(() -> lock.acquire(0)).isInstanceOf(LockTimeoutException.class);
    }

    @Test
    void shouldTellThatTheLockWasBroken() {
        final PartitionLock lock = lock(1, TIMEOUT_NS);
        lock.acquire(0);
        setLock(LockToken.of(1, 3), LockToken.of(2, 9));

        assertThatThrownBy(() -> lock.release(0))
                .isInstanceOf(LockLostException.class)
                .hasMessageContainingAll("broken", "segment=s", "partition=0", "holder now=slot 2");
        assertThat(segment.partitions().lockAcquire(0))
                .as("the other one's lock is left alone")
                .isEqualTo(LockToken.of(2, 9));
    }

    @Test
    void shouldTellACorruptLockWord() {
        setLock(0, 0xFFFF_FFFF_FFFFL);
        assertThatThrownBy(() -> lock(1, 1_000_000).acquire(0))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContainingAll("no slot", "corrupt", "token=ffffffffffff");
    }

    @Test
    void shouldNotWaitForAReservedWaiterThatDoesNotCome() {
        segment.partitions().compareAndSetReservedWaiter(0, 0, LockToken.of(5, 1));

        lock(1, TIMEOUT_NS).acquire(0);

        assertThat(segment.partitions().lockAcquire(0)).isEqualTo(LockToken.of(1, 3));
    }

    @Test
    void shouldNotWaitForAWaiterThatIsStopped() {
        segment.slots().waitsForRelease(5, 0, System.nanoTime() - TIMEOUT_NS);
        for (int i = 0; i < 100; i++) {
            final PartitionLock lock = lock(i % 5, TIMEOUT_NS);
            lock.acquire(0);
            lock.release(0);
        }
    }

    @Test
    void shouldReserveTheLockForTheEldest() throws Exception {
        setLock(0, LockToken.of(0, 1));
        final Future<?> earliest = executor.submit(() -> lock(1, TIMEOUT_NS).acquire(0));

        Await.until(
                "the earliest waiter is the reserved one",
                () -> segment.partitions().reservedWaiterAcquire(0) == LockToken.of(1, 3));
        setLock(LockToken.of(0, 1), 0);

        earliest.get(60, TimeUnit.SECONDS);
        assertThat(segment.partitions().lockAcquire(0)).isEqualTo(LockToken.of(1, 3));
        assertThat(segment.partitions().reservedWaiterAcquire(0)).isZero();
        assertThat(segment.partitions().contended(0)).isOne();
        assertThat(segment.partitions().waitNs(0))
                .isPositive()
                .isEqualTo(segment.partitions().maxWaitNs(0))
                .isEqualTo(segment.slotAccesses().lockWaitNs(1));
    }

    @Test
    void shouldNotStarveAWaiterOfAGreedyHolder() throws Exception {
        final java.util.concurrent.atomic.AtomicBoolean done = new java.util.concurrent.atomic.AtomicBoolean();
        final PartitionLock greedy = lock(0, TIMEOUT_NS);
        greedy.acquire(0);
        final Future<?> holder = executor.submit(() -> {
            while (!done.get()) {
                greedy.release(0);
                greedy.acquire(0);
            }
            greedy.release(0);
        });
        try {
            final PartitionLock waiter = lock(1, TIMEOUT_NS);
            for (int i = 0; i < 20; i++) {
                waiter.acquire(0);
                waiter.release(0);
            }
        } finally {
            done.set(true);
        }
        holder.get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldStopWaitingWhenItMakesNoSense() {
        setLock(0, LockToken.of(0, 1));
        final PartitionLock lock = new PartitionLock(
                segment,
                1,
                LockToken.of(1, 3),
                WaitLimit.of(TIMEOUT_NS),
                SystemNanoClock.INSTANCE,
                () -> {
                    throw new IllegalStateException("closed");
                },
                token -> false);
        assertThatThrownBy(() -> lock.acquire(0)).hasMessage("closed");
        assertThat(segment.slots().waitsForAcquire(1)).isEqualTo(-1);
    }

    /** A clock that goes on by a millisecond at each look: what a second is does not depend on this machine. */
    private PartitionLock steadyLock(final WaitLimit limit, final HolderWatch holders) {
        final long[] now = new long[1];
        return new PartitionLock(segment, 1, LockToken.of(1, 3), limit, () -> now[0] += 1_000_000, () -> {}, holders);
    }

    /** A holder that is stopped for the first looks at it, and frees its lock after the last one. */
    private final class StoppedHolder implements HolderWatch {
        private final int stoppedLooks;
        private final int looksUntilFree;
        private final List<String> late = new ArrayList<>();
        private int looks;
        private int ends;

        StoppedHolder(final int stoppedLooks, final int looksUntilFree) {
            this.stoppedLooks = stoppedLooks;
            this.looksUntilFree = looksUntilFree;
        }

        @Override
        public boolean isStopped(final long token) {
            assertThat(token).isEqualTo(LockToken.of(0, 1));
            if (++looks == looksUntilFree) {
                setLock(token, 0);
            }
            return looks <= stoppedLooks;
        }

        @Override
        public void ended() {
            ends++;
        }

        @Override
        public void isLate(final String message) {
            late.add(message);
        }
    }

    @Test
    void shouldNotCountTimeInWhichTheHolderIsStopped() {
        setLock(0, LockToken.of(0, 1));
        final StoppedHolder holder = new StoppedHolder(500, 501); // more than 5 s

        steadyLock(WaitLimit.of(Duration.ofMillis(200).toNanos()), holder).acquire(0);

        assertThat(holder.looks).isEqualTo(501);
        assertThat(holder.ends).isOne();
        assertThat(holder.late).isEmpty();
    }

    @Test
    void shouldCountTheTimeAfterAStoppedHolderHasGoneOn() {
        setLock(0, LockToken.of(0, 1));
        final StoppedHolder holder = new StoppedHolder(50, Integer.MAX_VALUE);

        assertThatThrownBy(() -> steadyLock(WaitLimit.of(Duration.ofMillis(200).toNanos()), holder)
                        .acquire(0))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContainingAll("waited=20", "and, while another worker was stopped, ", "slot 0");
        assertThat(holder.looks).isBetween(60, 90);
    }

    @Test
    void shouldWaitForAStoppedHolderForNoLongerThanItMay() {
        setLock(0, LockToken.of(0, 1));
        final StoppedHolder holder = new StoppedHolder(Integer.MAX_VALUE, Integer.MAX_VALUE);
        final long second = Duration.ofSeconds(1).toNanos();

        assertThatThrownBy(() ->
                        steadyLock(new WaitLimit(second, second, false), holder).acquire(0))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("while another worker was stopped, 100");
    }

    @Test
    void shouldSayThatItIsLateAndGoOnWhereThatIsChosen() {
        setLock(0, LockToken.of(0, 1));
        final StoppedHolder holder = new StoppedHolder(0, 100);

        steadyLock(WaitLimit.of(Duration.ofMillis(200).toNanos()).goingOn(), holder)
                .acquire(0);

        assertThat(holder.late).hasSizeBetween(3, 7).allMatch(message -> message.contains("not free in time"));
        assertThat(holder.ends).isZero();
    }

    /** Such a lock is never freed, however long the wait. */
    @Test
    void shouldEndAWaitThatNeverEndsByItself() {
        final WaitLimit goingOn = WaitLimit.of(Duration.ofMillis(50).toNanos()).goingOn();
        final PartitionLock own = steadyLock(goingOn, token -> false);
        own.acquire(0);
        assertThatThrownBy(() -> own.acquire(0)).isInstanceOf(LockTimeoutException.class);
        own.release(0);

        setLock(0, 0xFFFF_FFFF_FFFFL);
        assertThatThrownBy(() -> steadyLock(goingOn, token -> false).acquire(0))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("corrupt");
    }

    /** A machine that was suspended, or a waiter that was stopped itself. */
    @Test
    void shouldNotCountTimeInWhichTheWaiterDidNotRun() {
        setLock(0, LockToken.of(0, 1));
        final StoppedHolder holder = new StoppedHolder(0, 20);
        final long[] now = new long[1];
        final PartitionLock lock = new PartitionLock(
                segment,
                1,
                LockToken.of(1, 3),
                WaitLimit.of(Duration.ofSeconds(10).toNanos()),
                () -> now[0] += Duration.ofHours(1).toNanos(),
                () -> {},
                holder);

        lock.acquire(0);

        assertThat(holder.looks).isEqualTo(20);
    }

    private void setLock(final long held, final long word) {
        assertThat(segment.partitions().compareAndSetLock(0, held, word)).isTrue();
    }
}
