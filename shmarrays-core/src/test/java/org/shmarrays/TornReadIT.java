package org.shmarrays;

import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Workers;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Writers fill each partition with one value at a time; no reader may ever see two values in a partition. */
class TornReadIT {
    private static final int ELEMENTS = 40_000;
    private static final int READS = 1_500;
    private static final int LEAST_SEEN = 5;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(6).withPartitionBytes(64 * 1024);
    }

    private static List<ArraySpec> specs(final Mode mode) {
        return List.of(
                ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(mode).withState(1),
                ArraySpec.of("v", FLOAT64, 900).inMode(mode).withState(1));
    }

    /** Writes until the run is stopped. */
    static final class Filler {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final float[] w = new float[ELEMENTS];
                final double[] v = new double[900];
                for (int i = 0; !worker.shouldStop(); i++) {
                    final int value = 2 * i + worker.rank();
                    Arrays.fill(w, value);
                    Arrays.fill(v, value);
                    if (arguments[1].equals("ORDERED") || i % 2 == 0) {
                        arrays.update(Map.of("w", (Object) w, "v", v), Updates.assign());
                    } else {
                        arrays.update(Map.of("w", w), (g, old) -> g);
                        arrays.update(Map.of("v", v), (g, old) -> g);
                    }
                }
            }
        }
    }

    @Test
    void shouldNeverShowHalfWrittenPartitionsUnderLocks() {
        readWhileOthersWrite(Mode.LOCKED);
    }

    @Test
    void shouldNeverShowHalfWrittenPartitionsInTurns() {
        readWhileOthersWrite(Mode.ORDERED);
    }

    private void readWhileOthersWrite(final Mode mode) {
        try (ShmArrays arrays = ShmArrays.create("torn", specs(mode), settings());
                Workers workers = Workers.start(Filler.class, 2, directory, "torn", mode.name());
                ShmArrays watcher = ShmArrays.attachReadOnly("torn", settings())) {
            Await.until(
                    "first values", () -> watcher.array("w").elementCount() > 0 && first(watcher) > 2 * READS / 1_000);

            read(arrays, () -> arrays.read(Object.class));
            read(arrays, () -> watcher.read(Object.class));
            arrays.runControl().stop();
            workers.awaitSuccess();
        }
    }

    private static int first(final ShmArrays arrays) {
        return (int) ((float[]) arrays.read(Object.class).get("w"))[0];
    }

    /** Reads at least so often, and until several different values were seen. */
    private static void read(final ShmArrays arrays, final Supplier<Map<String, Object>> reader) {
        final Set<Float> seen = new HashSet<>();
        Await.until("values change while they are read", () -> {
            for (int i = 0; i < READS; i++) {
                final Map<String, Object> values = reader.get();
                check(arrays, "w", values.get("w"));
                check(arrays, "v", values.get("v"));
                seen.add(((float[]) values.get("w"))[0]);
            }
            return seen.size() > LEAST_SEEN;
        });
    }

    private static void check(final ShmArrays arrays, final String name, final Object values) {
        final var layout = arrays.segment().layout();
        final var array = layout.array(name);
        final int size = array.spec().elementType().sizeBytes();
        for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
            final var partition = layout.partitions().get(p);
            final int start = Math.max(partition.offset(), array.offset());
            final int end = Math.min(partition.end(), array.end());
            final int from = (start - array.offset()) / size;
            final int to = (end - array.offset()) / size;
            final double expected = value(values, from);
            for (int i = from; i < to; i++) {
                if (value(values, i) != expected) {
                    throw new AssertionError("partition " + p + " of " + name + " has " + expected + " at " + from
                            + " and " + value(values, i) + " at " + i);
                }
            }
        }
    }

    private static double value(final Object values, final int i) {
        return values instanceof float[] floats ? floats[i] : ((double[]) values)[i];
    }
}
