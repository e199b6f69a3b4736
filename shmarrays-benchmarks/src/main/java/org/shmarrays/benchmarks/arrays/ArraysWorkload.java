package org.shmarrays.benchmarks.arrays;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.Workload;
import org.shmarrays.layout.Mode;

/** One operation on one set in a worker process: bare loops, then modes. */
public final class ArraysWorkload implements Workload {
    private static final int FIXED_ARGUMENTS = 3;

    private final List<Candidate> candidates = new ArrayList<>();
    private final List<ModeCandidate> modes = new ArrayList<>();

    /** Arguments: set, operation, a name for files of the bare loops, then candidates. */
    public ArraysWorkload(final Rendezvous rendezvous, final String... arguments) {
        final ArraySet set = ArraySet.of(arguments[0]);
        final ArrayOp op = ArrayOp.valueOf(arguments[1]);
        final Path file = Path.of(arguments[2]);
        final Map<String, Object> buffers = ModeCandidate.buffers(set, op);
        final boolean shared = rendezvous.workers() > 1;
        final Limit limit = new Limit(set, op.stateCount(), file, flat(set, op, buffers), rendezvous.rank() == 0);
        for (int i = FIXED_ARGUMENTS; i < arguments.length; i++) {
            final String name = arguments[i];
            if (LimitLoop.isLabel(name)) {
                candidates.add(new LimitCandidate(set, op, limit, LimitLoop.ofLabel(name), shared));
            } else {
                final Mode mode = Mode.valueOf(name.toUpperCase(Locale.ROOT));
                final String segment = file.getFileName() + "-" + name;
                final ModeCandidate candidate = new ModeCandidate(set, op, mode, rendezvous, segment, buffers);
                candidates.add(candidate);
                modes.add(candidate);
            }
        }
    }

    /** The buffer of a bare loop: that of the only array, or one as long as all. */
    private static Object flat(final ArraySet set, final ArrayOp op, final Map<String, Object> buffers) {
        if (buffers.size() == 1) {
            return buffers.values().iterator().next();
        }
        return op == ArrayOp.READ
                ? Values.allocate(set.type(), set.elementCount())
                : Values.gradients(set.type(), 0, set.elementCount());
    }

    @Override
    public Candidate candidate(final int number) {
        return candidates.get(number);
    }

    @Override
    public void close() {
        modes.forEach(ModeCandidate::close);
    }
}
