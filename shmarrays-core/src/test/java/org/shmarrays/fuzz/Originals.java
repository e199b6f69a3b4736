package org.shmarrays.fuzz;

import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT64;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * The files that mutants are made of: a process makes them, and dies in the middle of an update, with a lock in its
 * hand and an undo area that says how to take the update back.
 */
final class Originals {
    static final String WHOLE = "whole";
    static final String OTHER = "other";
    static final String HELD = "held";
    static final String CHECKPOINT = "whole.npz";

    /** The slot whose owner died. */
    static final int DEAD_SLOT = 1;

    private static final int PARTITION_BYTES = 1024;

    private Originals() {}

    static Settings settings() {
        return Settings.fromProperties().withSlots(3).withPartitionBytes(PARTITION_BYTES);
    }

    /** Arrays of all families, types and orders, some with state arrays and aliases, over several partitions. */
    static List<ArraySpec> specs() {
        return List.of(
                ArraySpec.of("w", FLOAT32, 30, 20)
                        .withState(2)
                        .withAlias(new AliasSpec("w/head", 0, ArrayOrder.F, 10, 5))
                        .withAlias(new AliasSpec("w/tail", 595, ArrayOrder.C, 5)),
                ArraySpec.of("b", FLOAT32, 20).withState(2),
                ArraySpec.of("d", FLOAT64),
                ArraySpec.of("h", BFLOAT16, 7, 11).inOrder(ArrayOrder.F).inMode(Mode.HOGWILD),
                ArraySpec.of("q", FLOAT16, 5, 80).withState(2).withRounding(Rounding.stochastic(42)),
                ArraySpec.of("n", INT64, 9).inMode(Mode.ATOMIC),
                ArraySpec.of("o", FLOAT32, 6).inMode(Mode.ORDERED));
    }

    /** The files of a segment. */
    static Map<String, byte[]> files(final Path segment) {
        final Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> paths = Files.list(segment)) {
            for (final Path path : paths.toList()) {
                files.put(path.getFileName().toString(), Files.readAllBytes(path));
            }
            return files;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a segment without a look at it. */
    static void delete(final Path segment) {
        try (Stream<Path> paths = Files.list(segment)) {
            for (final Path path : paths.toList()) {
                Files.delete(path);
            }
            Files.delete(segment);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void main(final String... arguments) {
        final Path directory = Path.of(arguments[0]);
        try (ShmArrays whole = ShmArrays.create(WHOLE, specs(), settings())) {
            train(whole);
            Checkpoint.write(whole, directory.resolve(CHECKPOINT));
        }
        final List<ArraySpec> others =
                List.of(ArraySpec.of("w", FLOAT32, 31, 20).withState(1), ArraySpec.of("v", ElementType.INT32, 50));
        ShmArrays.create(OTHER, others, settings()).close();
        final ShmArrays first = ShmArrays.create(HELD, specs(), settings());
        final ShmArrays second = first.newHandle();
        train(first);
        first.close();
        second.update(Map.of("w", new float[600], "b", new float[20]), death());
    }

    private static void train(final ShmArrays arrays) {
        final float[] w = new float[600];
        final float[] b = new float[20];
        for (int i = 0; i < w.length; i++) {
            w[i] = i * 0.25f;
            b[i % b.length] = i;
        }
        arrays.write(Map.of("w", w, "b", b));
        arrays.update(Map.of("w", w, "b", b), Updates.adam(0.1));
    }

    /** Ends the process in the partition that two arrays share: the first one is changed already. */
    private static UpdateFunction death() {
        final AtomicInteger calls = new AtomicInteger();
        return FloatUpdate.of(2, (g, gOffset, w, wOffset, state, n, step) -> {
            for (int i = wOffset; i < wOffset + n; i++) {
                w[i] = -1;
                state[0][i] = -2;
            }
            if (calls.incrementAndGet() == 4) {
                Runtime.getRuntime().halt(0);
            }
        });
    }
}
