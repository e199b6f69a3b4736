package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Workers;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Workers that push in turn. */
@Tag("shared")
class OrderedIT {
    private static final int ELEMENTS = 9_000;
    private static final int STEPS = 40;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(6);
    }

    private static List<ArraySpec> specs() {
        return List.of(
                ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(Mode.ORDERED).withState(2),
                ArraySpec.of("v", FLOAT64, 77).inMode(Mode.ORDERED));
    }

    private static float[] gradient(final float[] values, final Random random) {
        final float[] gradient = new float[values.length];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = values[i] * 0.1f + (float) random.nextGaussian();
        }
        return gradient;
    }

    /** Gradients depend on what was read, so that any other order would show. Arguments: segment, seed, steps of rank 1. */
    static final class Trainer {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final int steps = worker.rank() == 1 ? Integer.parseInt(arguments[2]) : STEPS;
                final Random random = new Random(Long.parseLong(arguments[1]) * 31 + worker.rank());
                for (int step = 0; step < steps; step++) {
                    final Map<String, Object> values = arrays.read(Object.class);
                    final double[] v = (double[]) values.get("v");
                    v[step % v.length] += random.nextDouble();
                    // One rank has more to compute, now and then: time must not decide anything.
                    final float[] g = gradient((float[]) values.get("w"), random);
                    for (int extra = 0; worker.rank() == step % 2 && extra < 20; extra++) {
                        gradient(g, new Random(extra));
                    }
                    if (step % 10 == 9) {
                        arrays.skip();
                    } else if (step % 4 == 3) {
                        arrays.updateAndRead(Map.of("w", (Object) g, "v", v), Updates.ema(0.1));
                    } else {
                        arrays.update(Map.of("w", g, "v", v), Updates.sgd(0.01));
                    }
                }
            }
        }
    }

    /** Takes turns; rank 1 stops taking them. */
    static final class Sleeper {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                for (int step = 0; step < STEPS; step++) {
                    arrays.skip();
                    if (worker.rank() == 1 && step == 3) {
                        System.out.println("rank 1 sleeps");
                        Await.until("a signal", () -> false);
                    }
                }
                System.out.println("rank 0 is done");
            }
        }
    }

    private byte[] train(final String name, final long seed, final int stepsOfRankOne) {
        try (ShmArrays arrays = ShmArrays.create(
                name,
                specs(),
                created -> {
                    final float[] w = new float[ELEMENTS];
                    final Random random = new Random(seed);
                    for (int i = 0; i < w.length; i++) {
                        w[i] = random.nextFloat();
                    }
                    created.write(Map.of("w", w));
                },
                settings())) {
            Workers.run(Trainer.class, 2, directory, name, Long.toString(seed), Integer.toString(stepsOfRankOne));
            final Map<String, Object> values = arrays.read(Object.class);
            final java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(4 * ELEMENTS + 8 * 77);
            for (final float value : (float[]) values.get("w")) {
                bytes.putFloat(value);
            }
            for (final double value : (double[]) values.get("v")) {
                bytes.putDouble(value);
            }
            return bytes.array();
        }
    }

    @Test
    void shouldRepeatARunBitForBit() {
        final long seed = 20_260_101;

        final byte[] first = train("first", seed, STEPS);
        final byte[] second = train("second", seed, STEPS);
        final byte[] other = train("other", seed + 1, STEPS);

        assertThat(second).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void shouldNotWaitForAWorkerThatHasDeparted() {
        assertThat(train("early", 5, 7)).isEqualTo(train("early-again", 5, 7));
        assertThat(train("at-once", 5, 0).length).isPositive();
    }

    @Test
    void shouldNotWaitForAWorkerThatWasKilled() {
        try (ShmArrays arrays = ShmArrays.create("killed", specs(), settings());
                Jvm zero = Jvm.startWorker(0, 2, Sleeper.class, directory, arrays.name());
                Jvm one = Jvm.startWorker(1, 2, Sleeper.class, directory, arrays.name())) {
            one.awaitLine("rank 1 sleeps");

            one.kill();

            zero.awaitSuccess();
            assertThat(zero.output())
                    .contains("a worker died, so this run can't be reproduced")
                    .contains("rank 0 is done");
        }
    }
}
