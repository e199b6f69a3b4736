package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.shmarrays.nd4j.UpdaterSlice.Objective;
import org.shmarrays.nd4j.UpdaterSlice.Regularized;

/** Slices with kernels against slices that compute by ND4J's operations: values, updates and state to the bit. */
class UpdaterKernelsTest {
    private static final long SEED = Long.getLong("seed", 20261202);
    private static final double[] SPECIAL = {
        0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-40, Float.MAX_VALUE, 1
    };

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new Sgd(0.1),
                new Nesterovs(0.1, 0.9),
                new AdaGrad(0.05, 1e-4),
                new RmsProp(0.01, 0.8, 1e-4),
                new Adam(0.01),
                new Adam(0.01, 0.5, 0.99, 1e-3),
                new Adam(0.01, 0, 0.99, 1e-3));
    }

    /** The arrays of a slice, which begin somewhere in the arrays of a model. */
    private static final class Elements {
        private final List<INDArray> whole = new ArrayList<>();
        private final List<INDArray> parts = new ArrayList<>();
        private final UpdaterSlice slice;

        /** Values, gradient and state arrays, with the elements that a seed gives. */
        Elements(
                final IUpdater updater,
                final DataType type,
                final int first,
                final int length,
                final List<Regularized> regularized,
                final UpdaterKernels kernels) {
            final Random random = new Random(SEED);
            final int count = 2 + UpdaterSlice.stateKeys(updater).size();
            for (int i = 0; i < count; i++) {
                whole.add(random(random, type, first + length + 3));
                parts.add(whole.get(i).get(NDArrayIndex.interval(first, first + length)));
            }
            slice = new UpdaterSlice(
                    updater,
                    parts.get(0),
                    parts.get(1),
                    parts.subList(2, count),
                    regularized,
                    Objective.MINIMIZE,
                    kernels);
        }

        void step(final int iteration) {
            final INDArray gradient = parts.get(1);
            gradient.assign(random(new Random(SEED + iteration), gradient.dataType(), (int) gradient.length()));
            slice.apply(iteration, 0);
        }

        List<List<Double>> contents() {
            return whole.stream()
                    .map(array -> Arrays.stream(array.toDoubleVector()).boxed().toList())
                    .toList();
        }
    }

    private static INDArray random(final Random random, final DataType type, final int length) {
        final double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextInt(40) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextGaussian();
        }
        return Nd4j.createFromArray(values).castTo(type);
    }

    @ParameterizedTest
    @MethodSource("updaters")
    @DisabledForJreRange(min = JRE.JAVA_18, max = JRE.JAVA_24, disabledReason = "kernels are built by Java 17 and 25")
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64", disabledReason = "other builds may round otherwise")
    void shouldComputeByKernels(final IUpdater updater) {
        for (final DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            assertThat(UpdaterKernels.of(type).formula(updater, type)).isNotNull();
            assertThat(UpdaterKernels.of(type).adds(type)).isTrue();
            assertThat(UpdaterKernels.of(type).addsScaled(type)).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void shouldEqualNd4jsOperationsAtEachLength(final IUpdater updater) {
        for (final DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            final UpdaterKernels kernels = UpdaterKernels.of(type);
            for (int length = 1; length <= 40; length++) {
                final List<Regularized> regularized = length % 3 == 0
                        ? List.of()
                        : List.of(new Regularized(
                                0,
                                1 + length / 2,
                                length % 3 == 1
                                        ? List.of(new L2Regularization(0.02))
                                        : List.of(new WeightDecay(0.03, length % 2 == 0))));
                final Elements expected =
                        new Elements(updater, type, length % 7, length, regularized, UpdaterKernels.none());
                final Elements actual = new Elements(updater, type, length % 7, length, regularized, kernels);
                for (int iteration = 0; iteration < 3; iteration++) {
                    expected.step(iteration);
                    actual.step(iteration);
                }
                assertThat(actual.contents())
                        .as("%s, %s, length %d, seed %d", updater, type, length, SEED)
                        .isEqualTo(expected.contents());
            }
        }
    }

    /** Longer than a block, and not a multiple of it. */
    @ParameterizedTest
    @MethodSource("updaters")
    void shouldEqualNd4jsOperationsInSeveralBlocks(final IUpdater updater) {
        final Elements expected = new Elements(updater, DataType.FLOAT, 5, 5003, List.of(), UpdaterKernels.none());
        final Elements actual =
                new Elements(updater, DataType.FLOAT, 5, 5003, List.of(), UpdaterKernels.of(DataType.FLOAT));

        expected.step(0);
        actual.step(0);

        assertThat(actual.contents()).isEqualTo(expected.contents());
    }

    /** The powers of Adam are the C library's; a rate of 0 is a special case of ND4J's operation. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void shouldCorrectTheBiasOfAdamAsNd4jDoes(final DataType type) {
        final ISchedule rates = new MapSchedule.Builder(ScheduleType.ITERATION)
                .add(0, 0.01)
                .add(100, 0)
                .add(103, 1e-30)
                .add(106, 0.02)
                .build();
        final IUpdater updater = new Adam(rates);
        final Elements expected = new Elements(updater, type, 0, 20, List.of(), UpdaterKernels.none());
        final Elements actual = new Elements(updater, type, 0, 20, List.of(), UpdaterKernels.of(type));

        for (int iteration = 0; iteration < 150; iteration++) {
            expected.step(iteration);
            actual.step(iteration);
            assertThat(actual.contents()).as("iteration %d", iteration).isEqualTo(expected.contents());
        }
    }

    /** Builds of ND4J for AVX2 and AVX-512 fuse one of a sum's two products with it. */
    @ParameterizedTest
    @CsvSource({"1, 0.77", "1, 0.0123", "0.9, 0.1", "0.999, 0.001"})
    void shouldTryNumbersThatTellFusedProductsApart(final float a, final float b) {
        final Random random = new Random(SEED);
        int first = 0;
        int second = 0;
        for (int i = 0; i < 700; i++) { // as many as in a trial
            final float x = (float) KernelTrial.random(random);
            final float y = (float) KernelTrial.random(random);
            first += Float.compare(Math.fma(a, x, b * y), a * x + b * y) == 0 ? 0 : 1;
            second += Float.compare(Math.fma(b, y, a * x), a * x + b * y) == 0 ? 0 : 1;
        }
        if (a != 1) { // a product by 1 is exact
            assertThat(first).isGreaterThan(10);
        }
        assertThat(second).isGreaterThan(10);
    }

    @Test
    void shouldLeaveToNd4jWhatRoundsOtherwise() {
        final UpdaterKernels kernels = UpdaterKernels.of(
                DataType.FLOAT, (updater, type) -> UpdaterFormula.of(new Sgd(Math.nextUp(0.77f)), type));
        final IUpdater updater = new Sgd(0.1);
        final Elements expected = new Elements(updater, DataType.FLOAT, 0, 20, List.of(), UpdaterKernels.none());
        final Elements actual = new Elements(updater, DataType.FLOAT, 0, 20, List.of(), kernels);

        expected.step(0);
        actual.step(0);

        assertThat(kernels.formula(updater, DataType.FLOAT)).isNull();
        assertThat(actual.contents()).isEqualTo(expected.contents());
    }

    /** A user's own updater may compute anything. */
    @Test
    void shouldKnowNoFormulaOfOtherClasses() {
        final Sgd subclass = new Sgd(0.1) {
            private static final long serialVersionUID = 1;
        };

        assertThat(UpdaterFormula.of(subclass, DataType.FLOAT)).isNull();
        assertThat(UpdaterFormula.of(new AMSGrad(0.1), DataType.FLOAT)).isNull();
    }

    @Test
    void shouldNotComputeArraysOfOtherTypes() {
        assertThat(UpdaterKernels.of(DataType.FLOAT).formula(new Sgd(0.1), DataType.DOUBLE))
                .isNull();
        assertThat(UpdaterKernels.of(DataType.FLOAT).adds(DataType.DOUBLE)).isFalse();
        assertThat(UpdaterKernels.of(DataType.FLOAT).addsScaled(DataType.DOUBLE))
                .isFalse();
        assertThat(UpdaterKernels.of(DataType.FLOAT16).adds(DataType.FLOAT16)).isFalse();
    }

    /** A schedule may count its calls. */
    @Test
    void shouldNotCallSchedulesInTrials() {
        final List<Integer> calls = new ArrayList<>();
        final ISchedule counted = new ISchedule() {
            private static final long serialVersionUID = 1;

            @Override
            public double valueAt(final int iteration, final int epoch) {
                calls.add(iteration);
                return 0.1;
            }

            @Override
            public ISchedule clone() {
                return this;
            }
        };

        UpdaterKernels.of(DataType.FLOAT).formula(new Nesterovs(counted, counted), DataType.FLOAT);

        assertThat(calls).isEmpty();
    }
}
