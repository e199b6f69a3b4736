package org.shmarrays.benchmarks.scale;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.shmarrays.ShmArrays;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Window;
import org.shmarrays.layout.ArraySpec;

/**
 * Attaches to all segments, and closes them again. Extra of the outcome: median of a pass, and its CPU time, in ns.
 */
final class AttachCycles implements Candidate {
    static final int MEDIAN_NS = 0;
    static final int CPU_NS = 1;

    /** How many mappings may wait for the garbage collector. */
    private static final int MOST_PASSES = 50;

    private static final float MARK = 0.5f;

    private final List<String> names;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    AttachCycles(final List<String> names) {
        this.names = names;
    }

    /** Writes what {@link #check} looks for. */
    static void mark(final ShmArrays arrays) {
        final ArraySpec spec = arrays.specs().get(0);
        arrays.array(spec.name()).view().putFloat(0, MARK);
    }

    @Override
    public Outcome run(final Window window) {
        final List<Long> times = new ArrayList<>();
        final List<ShmArrays> attached = new ArrayList<>(names.size());
        window.awaitStart();
        long cpu = 0;
        long worst = 0;
        long elapsed = 0;
        do {
            final long cpuBegan = threads.getCurrentThreadCpuTime();
            final long began = System.nanoTime();
            for (final String name : names) {
                attached.add(ShmArrays.attach(name));
            }
            final long took = System.nanoTime() - began;
            cpu += threads.getCurrentThreadCpuTime() - cpuBegan;
            elapsed += took;
            worst = Math.max(worst, took);
            times.add(took);
            attached.forEach(ShmArrays::close);
            attached.clear();
        } while (System.nanoTime() < window.endNs() && times.size() < MOST_PASSES);
        times.sort(null);
        final long median = times.get(times.size() / 2);
        return new Outcome(times.size(), elapsed, 0, worst, median, cpu / times.size());
    }

    @Override
    public long check(final long passes) {
        long wrong = 0;
        for (final String name : names) {
            try (ShmArrays arrays = ShmArrays.attach(name)) {
                final ArraySpec spec = arrays.specs().get(0);
                wrong += arrays.array(spec.name()).view().getFloat(0) == MARK ? 0 : 1;
            }
        }
        return wrong;
    }
}
