package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;
import org.shmarrays.nd4j.UpdaterSlice.Objective;
import org.shmarrays.nd4j.UpdaterSlice.Regularized;

/** Expected numbers are those of ND4J's own updaters over whole arrays, with regularisation in DL4J's order. */
class UpdaterSliceTest {
    private static final long SEED = Long.getLong("seed", 20261201);
    private static final int STEPS = 12;
    private static final int STEPS_PER_EPOCH = 4;

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new Sgd(0.1),
                new Sgd(new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.9)),
                new NoOp(),
                new Nesterovs(0.1, 0.9),
                new Nesterovs(
                        new StepSchedule(ScheduleType.EPOCH, 0.05, 0.5, 1),
                        new MapSchedule.Builder(ScheduleType.ITERATION)
                                .add(0, 0.5)
                                .add(6, 0.9)
                                .build()),
                new AdaGrad(0.05),
                new AdaGrad(new ExponentialSchedule(ScheduleType.EPOCH, 0.05, 0.7), 1e-4),
                new RmsProp(0.01),
                new RmsProp(0.01, 0.8, 1e-4),
                new AdaDelta(),
                new AdaDelta(0.8, 1e-4),
                new Adam(0.01),
                new Adam(new StepSchedule(ScheduleType.ITERATION, 0.01, 0.5, 5)),
                new AdaMax(0.01),
                new AdaMax(new ExponentialSchedule(ScheduleType.ITERATION, 0.01, 0.9)),
                new Nadam(0.01),
                new Nadam(new ExponentialSchedule(ScheduleType.ITERATION, 0.01, 0.9)),
                new AMSGrad(0.01),
                new AMSGrad(new ExponentialSchedule(ScheduleType.EPOCH, 0.01, 0.9)));
    }

    static Map<Class<?>, List<String>> keysInOrder() {
        final Map<Class<?>, List<String>> keys = new LinkedHashMap<>();
        keys.put(Sgd.class, List.of());
        keys.put(NoOp.class, List.of());
        keys.put(Nesterovs.class, List.of("V"));
        keys.put(AdaGrad.class, List.of("grad"));
        keys.put(RmsProp.class, List.of("G"));
        keys.put(AdaDelta.class, List.of("msg", "msdx"));
        keys.put(Adam.class, List.of("M", "V"));
        keys.put(Nadam.class, List.of("M", "V"));
        keys.put(AdaMax.class, List.of("M", "V"));
        keys.put(AMSGrad.class, List.of("M", "V", "V_HAT"));
        return keys;
    }

    /** The regularisations that a layer's parameters may have: none, DL4J's combinations, and schedules. */
    private static List<List<Regularization>> regularizations() {
        return List.of(
                List.of(),
                List.of(new L1Regularization(0.01), new L2Regularization(0.02)),
                List.of(new WeightDecay(0.03, true)),
                List.of(
                        new WeightDecay(new ExponentialSchedule(ScheduleType.EPOCH, 0.03, 0.5), false),
                        new L2Regularization(new ExponentialSchedule(ScheduleType.ITERATION, 0.02, 0.9))));
    }

    /** One parameter of a block: elements from, to, and its regularisations. */
    private record Parameter(int from, int to, List<Regularization> regularizations) {}

    private static INDArray cut(final INDArray vector, final long from, final long to) {
        return vector.get(NDArrayIndex.interval(from, to));
    }

    /** 0, count, and some distinct indices in between, in ascending order. */
    private static int[] cuts(final Random random, final int count, final int most) {
        final TreeSet<Integer> cuts = new TreeSet<>(List.of(0, count));
        random.ints(random.nextInt(most), 1, count).forEach(cuts::add);
        return cuts.stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Parameter> parameters(final Random random, final int count) {
        final int[] cuts = cuts(random, count, 6);
        final List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.length; i++) {
            parameters.add(new Parameter(
                    cuts[i],
                    cuts[i + 1],
                    regularizations().get(random.nextInt(regularizations().size()))));
        }
        return parameters;
    }

    /** What UpdaterBlock of DL4J does with a block, and then DL4J's step functions. */
    private static final class WholeBlock {
        final List<Parameter> parameters;
        final GradientUpdater<?> updater;
        final INDArray values;
        final Objective objective;

        WholeBlock(
                final List<Parameter> parameters,
                final GradientUpdater<?> updater,
                final INDArray values,
                final Objective objective) {
            this.parameters = parameters;
            this.updater = updater;
            this.values = values;
            this.objective = objective;
        }

        void apply(final INDArray gradient, final int iteration, final int epoch) {
            regularize(ApplyStep.BEFORE_UPDATER, gradient, iteration, epoch);
            updater.applyUpdater(gradient, iteration, epoch);
            regularize(ApplyStep.POST_UPDATER, gradient, iteration, epoch);
            if (objective == Objective.MINIMIZE) {
                values.subi(gradient);
            } else {
                values.addi(gradient);
            }
        }

        private void regularize(final ApplyStep step, final INDArray gradient, final int iteration, final int epoch) {
            final IUpdater config = updater.getConfig();
            final double rate = config.hasLearningRate() ? config.getLearningRate(iteration, epoch) : 1.0;
            for (final Parameter parameter : parameters) {
                for (final Regularization regularization : parameter.regularizations()) {
                    if (regularization.applyStep() == step) {
                        regularization.apply(
                                cut(values, parameter.from(), parameter.to()),
                                cut(gradient, parameter.from(), parameter.to()),
                                rate,
                                iteration,
                                epoch);
                    }
                }
            }
        }
    }

    private static List<UpdaterSlice> slices(
            final int[] cuts,
            final IUpdater updater,
            final List<Parameter> parameters,
            final INDArray values,
            final INDArray gradient,
            final List<INDArray> states,
            final Objective objective,
            final UpdaterKernels kernels) {
        final List<UpdaterSlice> slices = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.length; i++) {
            final int from = cuts[i];
            final int to = cuts[i + 1];
            slices.add(new UpdaterSlice(
                    updater,
                    cut(values, from, to),
                    cut(gradient, from, to),
                    states.stream().map(state -> cut(state, from, to)).toList(),
                    parameters.stream()
                            .filter(parameter -> parameter.from() < to && from < parameter.to())
                            .map(parameter -> new Regularized(
                                    Math.max(parameter.from(), from) - from,
                                    Math.min(parameter.to(), to) - from,
                                    parameter.regularizations()))
                            .toList(),
                    objective,
                    kernels));
        }
        return slices;
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void shouldEqualUpdateOfWholeBlockToTheLastBit(final IUpdater updater) {
        final Random random = new Random(SEED);
        for (final DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            final List<UpdaterKernels> kernels = List.of(UpdaterKernels.of(type), UpdaterKernels.none());
            for (final int count : new int[] {2 + random.nextInt(40), 500 + random.nextInt(3000), 70_001}) {
                for (final Objective objective : Objective.values()) {
                    checkEqual(random, updater, type, count, objective, kernels.get(random.nextInt(2)));
                }
            }
        }
    }

    private static void checkEqual(
            final Random random,
            final IUpdater updater,
            final DataType type,
            final int count,
            final Objective objective,
            final UpdaterKernels kernels) {
        Nd4j.getRandom().setSeed(random.nextLong());
        final List<Parameter> parameters = parameters(random, count);
        final int keys = UpdaterSlice.stateKeys(updater).size();
        final INDArray flatState = keys == 0 ? null : Nd4j.zeros(type, 1, (long) keys * count);
        final GradientUpdater<?> whole = updater.instantiate(flatState, true);
        final INDArray expected = Nd4j.randn(type, count);
        final INDArray values = expected.dup();
        final INDArray gradient = Nd4j.zeros(type, count);
        final List<INDArray> states = IntStream.range(0, keys)
                .mapToObj(i -> cut(flatState.reshape(flatState.length()), (long) i * count, (i + 1L) * count)
                        .dup())
                .toList();
        final WholeBlock block = new WholeBlock(parameters, whole, expected, objective);
        final int[] cuts = cuts(random, count, 12);
        final List<UpdaterSlice> slices =
                slices(cuts, updater, parameters, values, gradient, states, objective, kernels);
        for (int step = 0; step < STEPS; step++) {
            final INDArray update = Nd4j.randn(type, count);
            gradient.assign(update);
            block.apply(update, step, step / STEPS_PER_EPOCH);
            for (final UpdaterSlice slice : slices) {
                slice.apply(step, step / STEPS_PER_EPOCH);
            }
            assertSameBits(gradient, update, "update %d of %s", step, updater);
        }
        final String description = updater + ", " + type + ", count " + count + ", " + objective + ", seed " + SEED;
        assertSameBits(values, expected, description);
        for (int i = 0; i < keys; i++) {
            assertSameBits(
                    states.get(i),
                    cut(flatState.reshape(flatState.length()), (long) i * count, (i + 1L) * count),
                    description);
        }
    }

    private static void assertSameBits(
            final INDArray actual, final INDArray expected, final String description, final Object... arguments) {
        assertThat(actual.toDoubleVector()).as(description, arguments).isEqualTo(expected.toDoubleVector());
    }

    @Test
    void shouldKnowOrderOfStateOfEachUpdater() {
        final Map<Class<?>, List<String>> keys = new LinkedHashMap<>();
        updaters().forEach(updater -> keys.put(updater.getClass(), UpdaterSlice.stateKeys(updater)));

        assertThat(keys).containsExactlyInAnyOrderEntriesOf(keysInOrder());
    }

    /** Worked by hand: 1 - 0.5 * (1 + 0.1 * 1) - 0 and 1 - (0.5 * 1 + 0.1 * 0.5 * 1). */
    @Test
    void shouldRegularizeBeforeAndDecayAfterTheUpdater() {
        final INDArray values = Nd4j.ones(DataType.DOUBLE, 2);
        final INDArray gradient = Nd4j.ones(DataType.DOUBLE, 2);

        new UpdaterSlice(
                        new Sgd(0.5),
                        values,
                        gradient,
                        List.of(),
                        List.of(
                                new Regularized(0, 1, List.of(new L2Regularization(0.1))),
                                new Regularized(1, 2, List.of(new WeightDecay(0.1, true)))),
                        Objective.MINIMIZE)
                .apply(0, 0);

        assertThat(values.toDoubleVector()).containsExactly(1 - 0.5 * 1.1, 1 - 0.55);
        assertThat(gradient.toDoubleVector()).containsExactly(0.5 * 1.1, 0.55);
    }

    @Test
    void shouldRefuseArraysThatDoNotFitTogether() {
        final INDArray three = Nd4j.zeros(DataType.FLOAT, 3);
        final INDArray four = Nd4j.zeros(DataType.FLOAT, 4);
        final INDArray wide = Nd4j.zeros(DataType.DOUBLE, 3);
        final INDArray row = Nd4j.zeros(DataType.FLOAT, 1, 3);

        assertRefused(three, four, List.of(three)).hasMessageContaining("array=gradient");
        assertRefused(three, wide, List.of(three)).hasMessageContaining("array=gradient");
        assertRefused(row, row, List.of(row)).hasMessageContaining("array=values");
        assertRefused(three, three, List.of(four)).hasMessageContaining("array=state V");
        assertRefused(three, three, List.of()).hasMessageContaining("needed=[V], given=0");
        assertRefused(three, three, List.of(three, three)).hasMessageContaining("needed=[V], given=2");
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            final INDArray values, final INDArray gradient, final List<INDArray> states) {
        return assertThatThrownBy(() ->
                        new UpdaterSlice(new Nesterovs(0.1), values, gradient, states, List.of(), Objective.MINIMIZE))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
