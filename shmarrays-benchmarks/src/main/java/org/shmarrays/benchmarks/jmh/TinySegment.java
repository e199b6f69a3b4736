package org.shmarrays.benchmarks.jmh;

import java.util.List;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

/** A segment of two tiny arrays, gone after the trial. */
@State(Scope.Thread)
public class TinySegment {
    static final String LOCKED = "locked";
    static final String HOGWILD = "hogwild";
    static final int ELEMENTS = 100;

    private BenchDirectory directory;
    private ShmArrays arrays;

    /** Creates it. */
    @Setup(Level.Trial)
    public void create() {
        directory = BenchDirectory.create();
        arrays = ShmArrays.create(
                "tiny",
                List.of(
                        ArraySpec.of(LOCKED, ElementType.FLOAT64, ELEMENTS),
                        ArraySpec.of(HOGWILD, ElementType.FLOAT64, ELEMENTS).inMode(Mode.HOGWILD)),
                Settings.fromProperties().withDirectory(directory.segments()).withSlots(4));
    }

    /** Deletes it. */
    @TearDown(Level.Trial)
    public void delete() {
        arrays.close();
        directory.close();
    }

    ShmArrays arrays() {
        return arrays;
    }

    BenchDirectory directory() {
        return directory;
    }
}
