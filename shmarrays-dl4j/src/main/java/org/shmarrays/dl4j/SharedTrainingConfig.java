package org.shmarrays.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * The TrainingConfig of a joined graph: the graph's own, with regularisations that change nothing. What the push does
 * with gradients can't be changed while the graph is joined.
 */
final class SharedTrainingConfig extends TrainingConfig {
    private final TrainingConfig own;
    private final SameDiffSeam seam;

    /**
     * A configuration to stand for another.
     *
     * @param own the graph's own
     * @param inert its regularisations, which change nothing
     */
    SharedTrainingConfig(final TrainingConfig own, final List<Regularization> inert, final SameDiffSeam seam) {
        super(
                own.getUpdater(),
                inert,
                own.isMinimize(),
                own.getDataSetFeatureMapping(),
                own.getDataSetLabelMapping(),
                own.getDataSetFeatureMaskMapping(),
                own.getDataSetLabelMaskMapping(),
                own.getLossVariables(),
                own.getIterationCount(),
                own.getEpochCount(),
                own.getInitialLossDataType(),
                own.getTrainEvaluations(),
                own.getTrainEvaluationLabels(),
                own.getValidationEvaluations(),
                own.getValidationEvaluationLabels());
        this.own = own;
        this.seam = seam;
    }

    /** The graph's own configuration, with the counts of this one. */
    TrainingConfig own() {
        own.setIterationCount(getIterationCount());
        own.setEpochCount(getEpochCount());
        return own;
    }

    /** Written to model files: the graph's own configuration. */
    @Override
    public String toJson() {
        return own().toJson();
    }

    /**
     * The first that DL4J's fit asks for. During a step DL4J asks for the names, to compute what they name; the loss is
     * added to them, which DL4J leaves out where no gradient needs it.
     */
    @Override
    @SuppressWarnings("rawtypes") // as DL4J declares it
    public Map<String, List<IEvaluation>> getTrainEvaluations() {
        final Map<String, List<IEvaluation>> configured = super.getTrainEvaluations();
        if (seam == null) { // while the superclass is being constructed
            return configured;
        }
        seam.followListeners();
        if (!seam.isStepUnderWay()) {
            return configured;
        }
        final Map<String, List<IEvaluation>> withLoss = new LinkedHashMap<>();
        seam.losses().forEach(name -> withLoss.put(name, List.of()));
        if (configured != null) {
            withLoss.putAll(configured);
        }
        return withLoss;
    }

    @Override
    public void setUpdater(final IUpdater updater) {
        throw refused("updater");
    }

    @Override
    public void setRegularization(final List<Regularization> regularization) {
        throw refused("regularization");
    }

    @Override
    public void setMinimize(final boolean minimize) {
        throw refused("minimize");
    }

    private static IllegalStateException refused(final String setting) {
        return new IllegalStateException("the TrainingConfig can't change while the graph is joined to a training:"
                + " setting=" + setting + "; set it before the graph joins, or after the training is closed");
    }
}
