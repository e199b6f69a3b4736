package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.EarlyStoppingResult.TerminationReason;
import org.deeplearning4j.earlystopping.scorecalc.ScoreCalculator;
import org.deeplearning4j.earlystopping.termination.EpochTerminationCondition;
import org.deeplearning4j.earlystopping.termination.IterationTerminationCondition;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.InvocationType;
import org.shmarrays.dl4j.Stopping.Best;
import org.shmarrays.dl4j.Stopping.Decision;

/**
 * A fit that stops early, as DL4J's EarlyStoppingTrainer does, for all workers: rank 0 scores the shared model after
 * each epoch of the training, saves it and looks at the conditions of epochs; each worker looks at the conditions of
 * iterations after its own steps; the first condition that holds ends the fit of all. For the thread that trains.
 */
final class EarlyStopping<T extends Model> {
    private final EarlyStoppingConfiguration<T> configuration;
    private final List<IterationTerminationCondition> ofIteration;
    private final List<EpochTerminationCondition> ofEpoch;
    private final TrainingSegment segment;
    private final Stopping stopping;
    private final BaseTrainingListener iterations = new BaseTrainingListener() {
        @Override
        public void iterationDone(final Model model, final int iteration, final int epoch) {
            for (int i = 0; i < ofIteration.size() && !stopping.isDecided(); i++) {
                if (ofIteration.get(i).terminate(model.score())) {
                    decide(new Decision(false, i));
                }
            }
        }
    };

    private final MarkedListener ends =
            new MarkedListener(new BaseTrainingListener() {
                @Override
                public void onEpochEnd(final Model model) {
                    if (!segment.shouldStop()) { // else DL4J may tell the end of a pass that was cut off
                        endEpoch(model);
                    }
                }
            }) {
                @Override
                boolean readsModel(final InvocationType call, final int number) {
                    return call == InvocationType.EPOCH_END && isScored();
                }
            };

    private final Map<Integer, Double> scores = new LinkedHashMap<>();
    private ScoreCalculator<T> calculator;
    private double bestScore;
    private int bestEpoch = -1;

    /** Epochs of this fit that have ended. */
    private int epochs;

    EarlyStopping(final EarlyStoppingConfiguration<T> configuration, final TrainingSegment segment) {
        configuration.validate();
        this.configuration = configuration;
        ofIteration = orNone(configuration.getIterationTerminationConditions());
        ofEpoch = orNone(configuration.getEpochTerminationConditions());
        this.segment = segment;
        stopping = segment.stopping();
    }

    private static <C> List<C> orNone(final List<C> conditions) {
        return conditions == null ? List.of() : conditions;
    }

    private boolean isFirstRank() {
        return segment.worker().rank() == 0;
    }

    /**
     * Fits until a condition holds.
     *
     * @param passes goes through the data without end, until the training should stop
     * @param awaitOthers waits until all workers have ended theirs
     * @param latest gives the model as it is then
     */
    EarlyStoppingResult<T> fit(
            final NetworkSeam seam, final Runnable passes, final Runnable awaitOthers, final Supplier<T> latest) {
        ofIteration.forEach(IterationTerminationCondition::initialize);
        ofEpoch.forEach(EpochTerminationCondition::initialize);
        if (isFirstRank()) {
            calculator = configuration.getScoreCalculator();
            bestScore = calculator.minimizeScore() ? Double.MAX_VALUE : -Double.MAX_VALUE;
        }
        stopping.begin();
        seam.addListener(iterations);
        if (isFirstRank()) {
            seam.addListener(ends);
        }
        try {
            passes.run();
            return result(awaitOthers, latest);
        } finally {
            stopping.end();
            seam.removeListener(iterations);
            seam.removeListener(ends);
        }
    }

    private boolean isScored() {
        return !segment.shouldStop() && epochs % configuration.getEvaluateEveryNEpochs() == 0;
    }

    private void decide(final Decision decision) {
        segment.whilePaused(() -> stopping.decide(decision));
    }

    @SuppressWarnings("unchecked") // the user has given a configuration for the network's class
    private void endEpoch(final Model model) {
        if (isScored()) {
            score((T) model);
        }
        epochs++;
    }

    /** In the order of DL4J's trainer. */
    private void score(final T model) {
        final double score = calculator.calculateScore(model);
        scores.put(epochs, score);
        final boolean isBetter = calculator.minimizeScore() ? score < bestScore : score > bestScore;
        try {
            if (isBetter || bestEpoch < 0 && !Double.isFinite(score)) {
                bestScore = score;
                bestEpoch = epochs;
                configuration.getModelSaver().saveBestModel(model, score);
            }
            if (configuration.isSaveLastModel()) {
                configuration.getModelSaver().saveLatestModel(model, score);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("the model of this epoch can't be saved: epoch=" + epochs, e);
        }
        for (int i = 0; i < ofEpoch.size(); i++) {
            if (ofEpoch.get(i).terminate(epochs, score, calculator.minimizeScore())) {
                decide(new Decision(true, i));
                return;
            }
        }
    }

    private EarlyStoppingResult<T> result(final Runnable awaitOthers, final Supplier<T> latest) {
        if (!stopping.isDecided()) {
            return result(
                    TerminationReason.IterationTerminationCondition,
                    "the training was asked to stop",
                    new Best(bestEpoch, bestScore, epochs));
        }
        final Decision decision = stopping.decision();
        if (isFirstRank()) {
            stopping.best(new Best(bestEpoch, bestScore, epochs));
        }
        awaitOthers.run();
        if (decision.isOfEpoch()) {
            return result(
                    TerminationReason.EpochTerminationCondition,
                    ofEpoch.get(decision.condition()).toString(),
                    stopping.best());
        }
        if (isFirstRank() && configuration.isSaveLastModel()) {
            try {
                configuration.getModelSaver().saveLatestModel(latest.get(), 0);
            } catch (final IOException e) {
                throw new UncheckedIOException("the latest model can't be saved", e);
            }
        }
        return result(
                TerminationReason.IterationTerminationCondition,
                ofIteration.get(decision.condition()).toString(),
                stopping.best());
    }

    private EarlyStoppingResult<T> result(final TerminationReason reason, final String details, final Best best) {
        try {
            final T model =
                    best.epoch() < 0 ? null : configuration.getModelSaver().getBestModel();
            return new EarlyStoppingResult<>(reason, details, scores, best.epoch(), best.score(), best.epochs(), model);
        } catch (final IOException e) {
            throw new UncheckedIOException("the best model can't be read: epoch=" + best.epoch(), e);
        }
    }
}
