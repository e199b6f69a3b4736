package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.shmarrays.report.RunPage;
import org.shmarrays.report.RunWatcher;

/**
 * Writes the page of a training ({@code --report}), also of one that fails, if it ever began.
 *
 * @param file where the page goes
 */
record TrainingPage(TrainingPlan plan, int workers, Path file) {

    /** What trains. */
    @FunctionalInterface
    interface Training {
        RunReport run() throws InterruptedException, IOException;
    }

    /** Trains. If that fails after it began, writes the page of the failure. */
    RunReport train(final TrainingRun run) throws InterruptedException, IOException {
        return train(run.watched()::run, run::watcher);
    }

    /** The same of any training. */
    RunReport train(final Training training, final Supplier<RunWatcher> watcher)
            throws InterruptedException, IOException {
        try {
            return training.run();
        } catch (final RuntimeException | IOException e) {
            if (watcher.get() != null) {
                writeFailed(e, watcher.get());
            }
            throw e;
        }
    }

    /** Writes the page of a training that has ended well. */
    void write(final RunReport report, final RunWatcher watcher) {
        final RunPage page =
                page(watcher).settings(settings(report.learningRates())).results(results(report));
        report.evaluated().forEach(point -> page.accuracy(point.seconds(), point.samples(), point.accuracy()));
        page.write(file);
    }

    /** A page that can't be written must not hide why the training failed. */
    private void writeFailed(final Exception failure, final RunWatcher watcher) {
        final String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        try {
            page(watcher)
                    .settings(settings(learningRates(watcher)))
                    .results(Map.of("failed", why))
                    .write(file);
        } catch (final RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private RunPage page(final RunWatcher watcher) {
        return new RunPage("MNIST: " + plan.modelName() + ", " + workers + " workers, " + plan.modeName(), watcher);
    }

    private String learningRates(final RunWatcher watcher) {
        final double last = watcher.learningRate();
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
        if (plan.model() instanceof Model) {
            settings.put("momentum", Double.toString(plan.momentum()));
        } else {
            settings.put("updater", plan.updater());
        }
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
        results.put("workers", report.workerNumbers());
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
