package org.shmarrays.benchmarks.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.segment.PartitionLock;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.worker.LockHolders;
import org.shmarrays.internal.worker.Slot;

/** What no thread contends for: a lock and its release beside a bare compare-and-set pair, a version, a counter. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class LockBenchmark {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);

    private Segment segment;
    private Slot slot;
    private PartitionLock lock;
    private PartitionReader reader;
    private PartitionTable partitions;
    private long token;

    /** Claims a slot of the segment. */
    @Setup(Level.Trial)
    public void attach(final TinySegment tiny) {
        segment = Doors.SEGMENT.of(tiny.arrays());
        slot = Slot.claim(segment);
        token = slot.token();
        lock = new PartitionLock(
                segment,
                slot.slotId(),
                token,
                WaitLimit.of(TIMEOUT_NS),
                System::nanoTime,
                segment::checkNotRemoved,
                new LockHolders(segment));
        reader = new PartitionReader(segment);
        partitions = segment.partitions();
    }

    /** Frees the slot. */
    @TearDown(Level.Trial)
    public void detach() {
        slot.close();
    }

    /** The library's lock. */
    @Benchmark
    public void lockAndUnlock() {
        lock.acquire(0);
        lock.release(0);
    }

    /** The limit: the same word, nothing else. */
    @Benchmark
    public boolean compareAndSetPair() {
        return partitions.compareAndSetLock(0, 0, token) && partitions.compareAndSetLock(0, token, 0);
    }

    /** What a read does around its copy. */
    @Benchmark
    public boolean versionTwice() {
        final long version = reader.begin(0);
        return reader.isConsistent(0, version);
    }

    /** What counting adds to a lock. */
    @Benchmark
    public void countAcquisition() {
        partitions.countAcquisition(0);
    }
}
