package org.shmarrays.benchmarks.arrays;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.Interleaving;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.WorkerJvm;
import org.shmarrays.benchmarks.loops.VectorLoops;

/** The bare loops that this machine and JDK have, and the JVMs that know them. */
public final class Bounds {
    private static final int MIB = 1 << 20;
    private static final int BASE_HEAP_MIB = 64;

    private final List<Path> classPath;
    private final boolean hasVectors;

    private Bounds(final List<Path> classPath, final boolean hasVectors) {
        this.classPath = classPath;
        this.hasVectors = hasVectors;
    }

    /** Compiles what must be; says so where that can't be done. */
    public static Bounds prepare(final BenchDirectory directory, final Report report) {
        try {
            final String obstacle = VectorLoops.compile(directory.classes());
            if (obstacle == null) {
                return new Bounds(List.of(directory.classes()), true);
            }
            report.say("the limits are without the Vector API: " + obstacle);
        } catch (final IOException e) {
            report.say("the limits are without the Vector API: " + e);
        }
        return new Bounds(List.of(), false);
    }

    /** Names of the candidates that bound an operation. */
    List<String> candidates(final ArrayOp op) {
        return labels(op.limitLoops());
    }

    /** Names of those of these loops that can be had. */
    List<String> labels(final List<LimitLoop> loops) {
        final List<String> names = new ArrayList<>();
        for (final LimitLoop loop : loops) {
            if (loop != LimitLoop.VECTOR || hasVectors) {
                names.add(loop.label());
            }
        }
        return names;
    }

    /** The fastest of them. */
    static String best(final Interleaving measured, final List<String> candidates) {
        return candidates.stream()
                .max(Comparator.comparingDouble(name -> measured.rate(name).median()))
                .orElseThrow();
    }

    /** The fastest by CPU time. */
    static String bestByCpu(final Interleaving measured, final List<String> candidates) {
        return candidates.stream()
                .max(Comparator.comparingDouble(name -> measured.cpuRate(name).median()))
                .orElseThrow();
    }

    static Summary rate(final Interleaving measured, final List<String> candidates) {
        return measured.rate(best(measured, candidates));
    }

    /** A JVM with room for a set: buffers, a flat copy, the copies of ORDERED, those of checks, and one for BLAS. */
    WorkerJvm jvm(final ArraySet set, final boolean ordered) {
        final long bytes = set.lengthBytes();
        return withVectors(WorkerJvm.ofHeap(heapMib(set, ordered))
                .with("-Xmn16m", "-XX:MaxDirectMemorySize=" + (bytes / MIB + 16) + "m"));
    }

    /** A JVM for rows: it has no buffer as long as the set. */
    WorkerJvm jvmForRows() {
        return withVectors(WorkerJvm.ofHeap(BASE_HEAP_MIB));
    }

    private WorkerJvm withVectors(final WorkerJvm jvm) {
        return (hasVectors ? jvm.with(VectorLoops.JVM_OPTION) : jvm).withClassPath(classPath);
    }

    private static long heapMib(final ArraySet set, final boolean ordered) {
        int largest = 0;
        for (int array = 0; array < set.shapes().size(); array++) {
            largest = Math.max(largest, set.elementCount(array));
        }
        final int copies = (set.shapes().size() > 1 ? 2 : 1) + (ordered ? 1 : 0);
        return BASE_HEAP_MIB
                + (copies * set.lengthBytes() + (long) largest * set.type().sizeBytes()) / MIB;
    }

    /** Whether there is room for a group: its memory, shared and private. */
    boolean fits(
            final BenchDirectory directory, final ArraySet set, final ArrayOp op, final int modes, final int workers) {
        final long shared = (modes + 1L) * (op.stateCount() + 1) * set.lengthBytes();
        final long each = heapMib(set, true) * MIB + set.lengthBytes();
        return shared + workers * each < BenchmarkMachine.roomBytes(directory);
    }

    /** {@link #fits} for rows. */
    boolean fitsRows(
            final BenchDirectory directory, final ArraySet set, final RowOp op, final int modes, final int workers) {
        final long shared = (modes + 1L) * (op.stateCount() + 1) * set.lengthBytes();
        return shared + workers * 2L * BASE_HEAP_MIB * MIB < BenchmarkMachine.roomBytes(directory);
    }
}
