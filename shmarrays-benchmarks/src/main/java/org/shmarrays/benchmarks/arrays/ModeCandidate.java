package org.shmarrays.benchmarks.arrays;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.TimedLoop;
import org.shmarrays.benchmarks.harness.Window;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** A set in one mode, in a segment of its own. */
final class ModeCandidate implements Candidate, AutoCloseable {
    private final ArraySet set;
    private final ArrayOp op;
    private final Mode mode;
    private final Rendezvous rendezvous;
    private final Map<String, Object> buffers;
    private final ShmArrays arrays;
    private final Candidate loop;

    /**
     * Attaches to the segment; rank 0 creates it.
     *
     * @param buffers of all arrays, by name: gradients, or where a read goes
     */
    ModeCandidate(
            final ArraySet set,
            final ArrayOp op,
            final Mode mode,
            final Rendezvous rendezvous,
            final String segmentName,
            final Map<String, Object> buffers) {
        this.set = set;
        this.op = op;
        this.mode = mode;
        this.rendezvous = rendezvous;
        this.buffers = buffers;
        final Settings settings =
                Settings.fromProperties().withSlots(rendezvous.workers() + 1).withWorkerTimeout(Duration.ofMinutes(1));
        if (rendezvous.rank() == 0) {
            ShmArrays.create(segmentName, set.specs(mode, op.stateCount()), this::initialise, settings)
                    .close();
        }
        arrays = ShmArrays.attach(Worker.of(rendezvous.rank(), rendezvous.workers()), segmentName, settings);
        final Runnable pass = op.pass(arrays, buffers);
        loop = mode.takesTurns() && op.isUpdate() ? new OrderedPasses(pass, rendezvous) : new TimedLoop(pass)::run;
    }

    private void initialise(final ShmArrays created) {
        long first = 0;
        for (int array = 0; array < set.shapes().size(); array++) {
            final int count = set.elementCount(array);
            created.array(set.arrayName(array)).write(Values.initials(set.type(), first, count));
            first += count;
        }
    }

    @Override
    public Outcome run(final Window window) {
        return loop.run(window);
    }

    @Override
    public long check(final long passes) {
        final boolean racing = mode == Mode.HOGWILD && rendezvous.workers() > 1 && op.isUpdate();
        final Check check = new Check(op, set.type(), passes, racing);
        long wrong = 0;
        long first = 0;
        try (ShmArrays reader = ShmArrays.attachReadOnly(arrays.name())) {
            for (int array = 0; array < set.shapes().size(); array++) {
                final int count = set.elementCount(array);
                final Object values;
                if (op == ArrayOp.READ) {
                    values = buffers.get(set.arrayName(array));
                } else {
                    values = Values.allocate(set.type(), count);
                    reader.array(set.arrayName(array)).readInto(values);
                }
                wrong += check.wrongValues(i -> Values.get(values, i), first, count);
                first += count;
            }
        }
        return wrong;
    }

    @Override
    public void close() {
        arrays.close();
    }

    /** Buffers for each array of a set, by name. */
    static Map<String, Object> buffers(final ArraySet set, final ArrayOp op) {
        final Map<String, Object> buffers = new LinkedHashMap<>();
        long first = 0;
        for (int array = 0; array < set.shapes().size(); array++) {
            final int count = set.elementCount(array);
            buffers.put(
                    set.arrayName(array),
                    op == ArrayOp.READ
                            ? Values.allocate(set.type(), count)
                            : Values.gradients(set.type(), first, count));
            first += count;
        }
        return buffers;
    }
}
