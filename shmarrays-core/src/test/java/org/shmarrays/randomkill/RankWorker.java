package org.shmarrays.randomkill;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.WorkerEnvironment;
import org.shmarrays.worker.Worker;

/**
 * A worker of the test: pushes to all accounts and reads, round after round, until it is killed or the run is stopped.
 */
final class RankWorker {
    static final String SEGMENT = "kills";

    /** Ranks come again while others are there. */
    private static final long RUN = 1;

    /** Seed of the faults that the worker causes itself; without it there are none. */
    static final String FAULTS_SEED = "shmarrays.test.faults";

    private static final long GRADIENT_NS = 2_000_000;

    private final Worker worker;
    private final ShmArrays arrays;
    private final Tally tally;
    private final long[] sum = new long[Account.SUM.specs().get(0).elementCount()];
    private final double[] moments = new double[Account.MOMENTS.specs().get(0).elementCount()];

    private RankWorker(final Worker worker, final ShmArrays arrays, final Tally tally) {
        this.worker = worker;
        this.arrays = arrays;
        this.tally = tally;
    }

    public static void main(final String... arguments) {
        final WorkerEnvironment told = WorkerEnvironment.current();
        try (Worker worker = Worker.of(told.rank(), told.worldSize(), RUN);
                ShmArrays arrays = ShmArrays.attach(worker, SEGMENT, Settings.fromProperties())) {
            final Tally tally = Tally.open(Path.of(arguments[0]));
            tally.token(token(arrays));
            new RankWorker(worker, arrays, tally).run();
        }
    }

    private static long token(final ShmArrays arrays) {
        final Segment segment = Doors.SEGMENT.of(arrays);
        return LockToken.of(arrays.slotId(), segment.slots().generationAcquire(arrays.slotId()));
    }

    private void run() {
        final Long seed = Long.getLong(FAULTS_SEED);
        final Faults faults = seed == null ? null : new Faults(arrays, tally, seed, (int) (seed % Account.RANKS));
        final Map<Account, Map<String, Object>> gradients = new EnumMap<>(Account.class);
        for (final Account account : Account.values()) {
            gradients.put(account, account.gradients(worker.rank()));
        }
        for (int round = 0; !worker.shouldStop(); round++) {
            gradients.forEach(this::push);
            final Account account = Account.values()[round % Account.values().length];
            if (faults != null && faults.causeOne(account, gradients.get(account))) {
                return; // the handle is broken
            }
            if (round % 2 == 0) {
                pull("sum", sum);
                tally.read(!isEven(Doors.SEGMENT.of(arrays), "sum", sum));
            } else {
                pull("moments", moments);
                tally.read(!isEven(Doors.SEGMENT.of(arrays), "moments", moments));
            }
            // As if a device computed a gradient: time for workers that are about to start.
            LockSupport.parkNanos(GRADIENT_NS);
        }
    }

    private void push(final Account account, final Map<String, Object> gradients) {
        final long began = System.nanoTime();
        arrays.update(gradients, account.function());
        tally.pushed(account);
        tally.took(System.nanoTime() - began);
    }

    private void pull(final String name, final Object into) {
        final long began = System.nanoTime();
        arrays.readInto(Map.of(name, into));
        tally.took(System.nanoTime() - began);
    }

    /** In each partition all elements of a rank are equal. */
    static boolean isEven(final Segment segment, final String name, final Object values) {
        final SegmentLayout layout = segment.layout();
        final ArrayLayout array = layout.array(name);
        for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
            final PartitionLayout partition = layout.partitions().get(p);
            final int first = (SegmentLayout.pieceStart(array, partition) - array.offset()) / Long.BYTES;
            final int end = (SegmentLayout.pieceEnd(array, partition) - array.offset()) / Long.BYTES;
            if (values instanceof long[] longs ? !isEven(longs, first, end) : !isEven((double[]) values, first, end)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEven(final long[] values, final int first, final int end) {
        for (int i = first + Account.RANKS; i < end; i++) {
            if (values[i] != values[i - Account.RANKS]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEven(final double[] values, final int first, final int end) {
        for (int i = first + Account.RANKS; i < end; i++) {
            if (values[i] != values[i - Account.RANKS]) {
                return false;
            }
        }
        return true;
    }
}
