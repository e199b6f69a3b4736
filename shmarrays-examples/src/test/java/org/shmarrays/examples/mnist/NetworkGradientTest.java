package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class NetworkGradientTest {
    private static final long SEED = 20261123;
    private static final int CAPACITY = 5;
    private static final long STEP = 7;
    private static final int CHECKED_PER_ARRAY = 12;

    static List<Arguments> modelsBySizeAndDropout() {
        return Stream.of(Model.values())
                .flatMap(model -> Stream.of(
                        Arguments.of(model, CAPACITY, Dropout.off()),
                        Arguments.of(model, CAPACITY, Dropout.of(SEED, 3)),
                        Arguments.of(model, 3, Dropout.of(SEED, 0))))
                .toList();
    }

    /**
     * The differences are of a reference loss in double precision with h = 1e-6: its rounding, 1e-15, becomes 1e-9, the
     * formula's error is of the order of h², and a maximum that changes sides within ±h is unlikely. So what is left is the single precision
     * of the network: sums of up to 784 · 5 products, errors of about 1e-6 of the largest, where the largest gradient of
     * each array is 0.01 to 1.
     */
    @ParameterizedTest
    @MethodSource("modelsBySizeAndDropout")
    void shouldHaveTheGradientOfTheReferenceLoss(final Model model, final int size, final Dropout dropout) {
        final Map<String, INDArray> parameters = model.zeros();
        final Map<String, INDArray> gradients = model.zeros();
        model.initialise(parameters, SEED);
        final Batch batch = RandomImages.batch(CAPACITY, size, SEED);
        final Network network = model.network(parameters, gradients, CAPACITY, dropout);

        final double loss = network.gradient(batch, STEP);

        final Map<String, double[]> doubles = new HashMap<>();
        for (final ParameterSpec spec : model.parameters()) {
            doubles.put(spec.name(), values(parameters, spec));
        }
        final float[] keepMaps = new float[20 * CAPACITY];
        final float[] keepHidden = new float[50 * CAPACITY];
        dropout.fill(STEP, keepMaps, keepHidden);
        final ReferenceLoss reference = new ReferenceLoss(model, doubles, batch, keepMaps, keepHidden);
        assertThat(loss).as("seed=%d", SEED).isCloseTo(reference.mean(), within(1e-5));
        final SplittableRandom random = new SplittableRandom(SEED);
        for (final ParameterSpec spec : model.parameters()) {
            final double[] gradient = values(gradients, spec);
            final double largest = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
            assertThat(largest).as(spec.name()).isPositive();
            for (int checked = 0; checked < CHECKED_PER_ARRAY; checked++) {
                final int i = random.nextInt(gradient.length);
                assertThat(gradient[i])
                        .as("seed=%d, %s[%d]", SEED, spec.name(), i)
                        .isCloseTo(slope(reference, doubles.get(spec.name()), i), within(1e-5 * largest + 1e-7));
            }
        }
    }

    /** With weights of ±1/√fanIn the logits are small, so that each digit has a probability of about a tenth: ln 10 = 2.303. */
    @ParameterizedTest
    @EnumSource(Model.class)
    void shouldBeginWithTheLossOfGuessing(final Model model) {
        final Map<String, INDArray> parameters = model.zeros();
        model.initialise(parameters, SEED);
        final Network network = model.network(parameters, model.zeros(), 64, Dropout.off());

        assertThat(Evaluation.of(network, RandomImages.images(200, SEED)).meanLoss())
                .isCloseTo(Math.log(10), within(0.5));
    }

    private static double slope(final ReferenceLoss loss, final double[] values, final int i) {
        final double h = 1e-6;
        final double w = values[i];
        values[i] = w + h;
        final double above = loss.mean();
        values[i] = w - h;
        final double below = loss.mean();
        values[i] = w;
        return (above - below) / (2 * h);
    }

    private static double[] values(final Map<String, INDArray> arrays, final ParameterSpec spec) {
        final float[] values = new float[spec.elementCount()];
        FloatMemory.of(arrays, spec).read(values);
        final double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
