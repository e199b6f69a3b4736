package org.shmarrays;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Background;
import org.shmarrays.worker.Worker;

/**
 * The segment {@code turn} with two ORDERED arrays, {@code a} with an alias {@code a0} and a state array, and {@code
 * b}, and an ATOMIC one, {@code free}. Two workers are attached to it, and a handle that is no worker's.
 */
final class TwoInTurn implements AutoCloseable {
    /** A push that adds 1 to all ORDERED values. */
    static final Map<String, float[]> ONES = Map.of("a", ones(4), "b", ones(2));

    private final ShmArrays base;
    private final Worker zero = Worker.of(0, 2);
    private final Worker one = Worker.of(1, 2);
    private final ShmArrays first;
    private final ShmArrays second;

    TwoInTurn(final Path directory) {
        base = ShmArrays.create(
                "turn",
                List.of(
                        ArraySpec.of("a", FLOAT32, 4)
                                .inMode(Mode.ORDERED)
                                .withState(1)
                                .withAlias(new AliasSpec("a0", 0, ArrayOrder.C, 1)),
                        ArraySpec.of("b", FLOAT32, 2).inMode(Mode.ORDERED),
                        ArraySpec.of("free", FLOAT32, 2).inMode(Mode.ATOMIC)),
                Settings.fromProperties()
                        .withDirectory(directory)
                        .withSlots(6)
                        .withLockTimeout(Duration.ofMillis(100))
                        .withWorkerTimeout(Duration.ofSeconds(30)));
        first = base.newHandle(zero);
        second = base.newHandle(one);
    }

    ShmArrays base() {
        return base;
    }

    /** Rank 0. */
    Worker zero() {
        return zero;
    }

    /** Rank 1. */
    Worker one() {
        return one;
    }

    /** The handle of rank 0. */
    ShmArrays first() {
        return first;
    }

    /** The handle of rank 1. */
    ShmArrays second() {
        return second;
    }

    /** Rank 1 comes to a turn, beside the test, and lets it pass. */
    CompletableFuture<Void> secondSkips() {
        return Background.run(second::skip);
    }

    /** The present turn, counted from 0. */
    long turn() {
        return base.segment().runControl().turnAcquire();
    }

    /** Passes the present turn on, whoever has it. */
    void takeTurnAway() {
        base.segment().runControl().compareAndSetTurn(turn());
    }

    static float[] ones(final int count) {
        final float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** The first value of {@code a}. */
    static float a(final ShmArrays arrays) {
        return arrays.read().get("a")[0];
    }

    static void await(final CompletableFuture<?> future) {
        try {
            future.get(60, TimeUnit.SECONDS);
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        first.close();
        second.close();
        base.close();
    }
}
