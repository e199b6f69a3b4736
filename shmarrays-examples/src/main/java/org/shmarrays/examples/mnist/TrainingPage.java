package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.report.RunPage;

/**
 * Writes the page of a training ({@code --report}), also of one that fails, if it ever began.
 *
 * @param file where the page goes
 */
record TrainingPage(TrainingPlan plan, int workers, Path file) {

    /**
     * Trains and writes.
     *
     * @throws IllegalStateException if a worker failed, after the page is written
     */
    RunReport of(final TrainingRun run) throws InterruptedException, IOException {
        try {
            final RunReport report = run.watched().run();
            final RunPage page =
                    page(run).settings(settings(report.learningRates())).results(results(report));
            report.evaluated().forEach(point -> page.accuracy(point.seconds(), point.samples(), point.accuracy()));
            page.write(file);
            return report;
        } catch (final IllegalStateException e) {
            if (run.watcher() != null) {
                page(run)
                        .settings(settings(learningRates(run)))
                        .results(Map.of("failed", e.getMessage()))
                        .write(file);
            }
            throw e;
        }
    }

    private RunPage page(final TrainingRun run) {
        return new RunPage(
                "MNIST: " + plan.modelName() + ", " + workers + " workers, " + plan.modeName(), run.watcher());
    }

    private String learningRates(final TrainingRun run) {
        final double last = run.watcher().learningRate();
        return plan.learningRate()
                + (Double.isNaN(last) || last == plan.learningRate() ? "" : ", and " + last + " at the end");
    }

    private Map<String, String> settings(final String learningRates) {
        final Map<String, String> settings = new LinkedHashMap<>();
        settings.put("model", plan.modelName());
        settings.put("mode", plan.modeName());
        settings.put("type of the parameters", plan.elementsName());
        settings.put("rounding", plan.roundingName());
        settings.put("workers", Integer.toString(workers));
        settings.put("epochs of each worker", Integer.toString(plan.epochs()));
        settings.put("batch size", Integer.toString(plan.batchSize()));
        settings.put("learning rate", learningRates);
        settings.put("momentum", Double.toString(plan.momentum()));
        settings.put("seed", Long.toString(plan.seed()));
        settings.put("data", plan.data() == null ? "MNIST" : plan.data().toString());
        return settings;
    }

    private static Map<String, String> results(final RunReport report) {
        final Map<String, String> results = new LinkedHashMap<>();
        results.put("test accuracy", format("%.2f %%", 100 * report.accuracy()));
        if (report.targetAccuracy() != null) {
            results.put(
                    format("time to %.2f %%", 100 * report.targetAccuracy()),
                    report.reachedTarget()
                            ? format("%.2f s, %,d samples", report.secondsToTarget(), report.samplesToTarget())
                            : "missed");
        }
        results.put("training", format("%.2f s, and %.2f s to start", report.seconds(), report.startupSeconds()));
        results.put("samples", format("%,d, %,.0f a second", report.samples(), report.samplesPerSecond()));
        if (report.stepShare() != null) {
            results.put("a step", report.stepShare().toString());
        }
        return results;
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
