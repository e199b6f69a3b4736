package org.shmarrays.benchmarks.jmh;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.shmarrays.ArrayHandle;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** Prepared handles of an array of 100 float64. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HandleBenchmark {
    @Param({TinySegment.HOGWILD, TinySegment.LOCKED})
    private String mode;

    private final double[] gradient = new double[TinySegment.ELEMENTS];
    private final double[] values = new double[TinySegment.ELEMENTS];
    private final UpdateFunction ema = Updates.ema(0.1);
    private ArrayHandle handle;

    /** Prepares the handle. */
    @Setup(Level.Trial)
    public void prepare(final TinySegment tiny) {
        Arrays.setAll(gradient, i -> 0.5 + i / (double) TinySegment.ELEMENTS);
        handle = tiny.arrays().array(mode);
    }

    /** A consistent copy. */
    @Benchmark
    public double[] readInto() {
        handle.readInto(values);
        return values;
    }

    /** A push. */
    @Benchmark
    public void update() {
        handle.update(gradient, ema);
    }
}
