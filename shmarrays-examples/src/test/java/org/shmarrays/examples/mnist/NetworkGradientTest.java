package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class NetworkGradientTest {
    private static final long SEED = 20261123;
    private static final int BATCH_SIZE = 4;

    /**
     * Central differences, (L(w + h) - L(w - h)) / 2h, are off by h²·L'''/6 and by the rounding of L. With h = 1/256 the
     * first is about 2.5e-6·L''' ; the loss near 2.3 is computed from single-precision logits with an error of about 1e-6, which
     * 2h = 1/128 magnifies to 1e-4. Gradients are 1e-3 to 1, so 4e-4 + 2 % tells a wrong one. A ReLU or a maximum that
     * changes sides within ±h bends the difference: then the two one-sided differences disagree, and the element is passed over.
     */
    @ParameterizedTest
    @EnumSource(Model.class)
    void shouldHaveTheGradientOfItsLoss(final Model model) {
        final Map<String, INDArray> parameters = model.zeros();
        final Map<String, INDArray> gradients = model.zeros();
        model.initialise(parameters, SEED);
        final Network network = model.network(parameters, gradients, BATCH_SIZE, Dropout.of(SEED, 0));
        final Batch batch = RandomImages.batch(BATCH_SIZE, BATCH_SIZE, SEED);
        final double loss = network.gradient(batch, 7);
        final float h = 1f / 256;
        final SplittableRandom random = new SplittableRandom(SEED);

        for (final ParameterSpec spec : model.parameters()) {
            final float[] gradient = new float[spec.elementCount()];
            FloatMemory.of(gradients, spec).read(gradient);
            final float[] values = new float[spec.elementCount()];
            final FloatMemory memory = FloatMemory.of(parameters, spec);
            memory.read(values);
            int checked = 0;
            int smooth = 0;
            while (checked < Math.min(24, values.length)) {
                final int i = values.length <= 24 ? checked : random.nextInt(values.length);
                checked++;
                final float w = values[i];
                memory.write(i, new float[] {w + h}, 0, 1);
                final double above = network.gradient(batch, 7);
                memory.write(i, new float[] {w - h}, 0, 1);
                final double below = network.gradient(batch, 7);
                memory.write(i, values, i, 1);
                final double upward = (above - loss) / h;
                final double downward = (loss - below) / h;
                final double tolerance = 4e-4 + 0.02 * Math.abs(gradient[i]);
                if (Math.abs(upward - downward) < 0.01 + 0.1 * Math.abs(gradient[i])) {
                    smooth++;
                    assertThat((upward + downward) / 2)
                            .as("seed=%d, %s[%d]", SEED, spec.name(), i)
                            .isCloseTo(gradient[i], org.assertj.core.data.Offset.offset(tolerance));
                }
            }
            assertThat(smooth).as("elements checked of " + spec.name()).isGreaterThan(checked / 2);
        }
    }
}
