package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.stepfunctions.DefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.GradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.StepFunction;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.UpdaterBlock.ParamState;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.shmarrays.nd4j.UpdaterSlice.Objective;

/**
 * How a model's flat array of parameters is updated: which updater, state and regularisation each element has. A
 * model that {@link JoinChecks} accepts is expected.
 *
 * @param ranges in ascending order, without gaps, from element 0 on
 * @param objective whether the network's step function subtracts updates or adds them
 */
record NetworkRanges(List<UpdaterRange> ranges, Objective objective) {
    /**
     * The ranges of the network that a DL4J updater is for.
     *
     * @param updater of a MultiLayerNetwork or ComputationGraph, with DL4J's own blocks
     */
    static NetworkRanges of(final BaseMultiLayerUpdater<?> updater) {
        final List<UpdaterRange> ranges = new ArrayList<>();
        int next = 0;
        for (final UpdaterBlock block : updater.getUpdaterBlocks()) {
            final UpdaterRange range = range(block);
            if (range.from() != next) {
                throw new IllegalStateException(
                        "DL4J's updater blocks leave a gap: expected=" + next + ", found=" + range);
            }
            ranges.add(range);
            next = range.to();
        }
        return new NetworkRanges(ranges, objective(updater.getNetwork().conf()));
    }

    private static UpdaterRange range(final UpdaterBlock block) {
        final ParamState first = block.getLayersAndVariablesInBlock().get(0);
        final IUpdater updater = first.getLayer().getConfig().getUpdaterByParam(first.getParamName());
        final int from = block.getParamOffsetStart();
        final int to = block.getParamOffsetEnd();
        final int stateLength = block.getUpdaterViewOffsetEnd() - block.getUpdaterViewOffsetStart();
        return new UpdaterRange(
                from,
                to,
                updater,
                stateLength / (to - from),
                block.getUpdaterViewOffsetStart(),
                block.skipDueToPretrainConfig(false),
                block.getLayersAndVariablesInBlock().stream()
                        .map(NetworkRanges::parameter)
                        .toList());
    }

    private static UpdaterRange.Parameter parameter(final ParamState state) {
        final Trainable layer = state.getLayer();
        final List<Regularization> configured = layer.getConfig().getRegularizationByParam(state.getParamName());
        return new UpdaterRange.Parameter(
                state.getParamOffsetStart(),
                state.getParamOffsetEnd(),
                configured == null ? List.of() : List.copyOf(configured));
    }

    /** What a configuration's step function does with an update; without one DL4J subtracts. */
    static Objective objective(final NeuralNetConfiguration conf) {
        final StepFunction step = conf.getStepFunction();
        return step instanceof GradientStepFunction || step instanceof DefaultStepFunction
                ? Objective.MAXIMIZE
                : Objective.MINIMIZE;
    }

    /** Number of elements of the flat array of parameters. */
    int elementCount() {
        return ranges.isEmpty() ? 0 : ranges.get(ranges.size() - 1).to();
    }

    /** Number of state arrays that the flat array of parameters needs: the most that a range has. */
    int stateCount() {
        return ranges.stream().mapToInt(UpdaterRange::stateCount).max().orElse(0);
    }
}
