package org.shmarrays.examples;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

/** Fits y = 3 x + 2 in shared memory: what another process sees when it attaches to the same name. */
final class Quickstart {
    private Quickstart() {}

    public static void main(final String... arguments) {
        try (ShmArrays params =
                ShmArrays.create("quickstart", ArraySpec.of("line", FLOAT32, 2).inMode(Mode.HOGWILD))) {
            final Random random = new Random(1);
            for (int step = 0; step < 2_000; step++) {
                final float x = random.nextFloat();
                final float y = 3 * x + 2;
                final float[] line = params.read().get("line"); // pull: slope and intercept
                final float error = line[0] * x + line[1] - y;
                final float[] gradient = {error * x, error};
                params.update(Map.of("line", gradient), Updates.sgd(0.1)); // push
            }
            try (ShmArrays other = ShmArrays.attach("quickstart")) { // any process, by name alone
                final float[] line = other.read().get("line");
                System.out.printf(Locale.ROOT, "y = %.2f x + %.2f%n", line[0], line[1]);
            }
            ShmArrays.remove("quickstart");
        }
    }
}
