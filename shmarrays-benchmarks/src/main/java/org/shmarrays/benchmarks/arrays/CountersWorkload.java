package org.shmarrays.benchmarks.arrays;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.ArrayGroup;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.TimedLoop;
import org.shmarrays.benchmarks.harness.Workload;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Reads and updates of a set in one mode, and both in turn, as a worker does; whether they are counted is up to the JVM. */
public final class CountersWorkload implements Workload {
    /** What is measured, in the order of the candidates. */
    static final List<String> OPS = List.of("read", "update-ema", "read+update");

    private static final double RATE = 0.1;

    private final ShmArrays arrays;
    private final List<Runnable> passes;

    /** Arguments: set, mode, name of the segment. */
    public CountersWorkload(final Rendezvous rendezvous, final String... arguments) {
        final ArraySet set = ArraySet.of(arguments[0]);
        final Mode mode = Mode.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        final Settings settings =
                Settings.fromProperties().withSlots(rendezvous.workers() + 1).withWorkerTimeout(Duration.ofMinutes(1));
        if (rendezvous.rank() == 0) {
            ShmArrays.create(arguments[2], set.specs(mode, 0), settings).close();
        }
        arrays = ShmArrays.attach(Worker.of(rendezvous.rank(), rendezvous.workers()), arguments[2], settings);
        final Map<String, Object> gradients = ModeCandidate.buffers(set, ArrayOp.EMA);
        final ArrayGroup group = arrays.group(gradients.keySet().toArray(String[]::new));
        final Object[] pushed = gradients.values().toArray();
        final Object[] pulled =
                ModeCandidate.buffers(set, ArrayOp.READ).values().toArray();
        final UpdateFunction ema = Updates.ema(RATE);
        passes = List.of(() -> group.readInto(pulled), () -> group.update(pushed, ema), () -> {
            group.readInto(pulled);
            group.update(pushed, ema);
        });
    }

    @Override
    public Candidate candidate(final int number) {
        return new TimedLoop(passes.get(number))::run;
    }

    @Override
    public void close() {
        arrays.close();
    }
}
