package org.shmarrays.examples.mnist;

import java.util.List;
import java.util.Locale;
import org.shmarrays.status.WorkerStatus;

/** Shows how a training goes on: a line that changes where a terminal shows it, else a plain line an epoch. */
final class Progress {
    private static final double REFRESH_SECONDS = 0.25;
    private static final int LINE_WIDTH = 100;

    private final TrainingPlan plan;
    private final int workers;
    private final int imageCount;
    private final LiveEvaluation evaluation;
    private final boolean terminal = "1".equals(System.getenv("SHMARRAYS_TERMINAL"));
    private double lastSeconds;
    private long lastSamples;
    private double epochSeconds;
    private long epochSamples;
    private double epochLossSum;
    private long epochSteps;
    private double lastLossSum;
    private long lastSteps;

    Progress(final TrainingPlan plan, final int workers, final int imageCount, final LiveEvaluation evaluation) {
        this.plan = plan;
        this.workers = workers;
        this.imageCount = imageCount;
        this.evaluation = evaluation;
    }

    void starting(final String segment) {
        System.out.printf(
                Locale.ROOT,
                "training %s on %,d images: %d workers, mode %s, batch %d, learning rate %s, momentum %s, seed %d,"
                        + " segment %s%n",
                plan.modelName(),
                imageCount,
                workers,
                plan.modeName(),
                plan.batchSize(),
                plan.learningRate(),
                plan.momentum(),
                plan.seed(),
                segment);
    }

    void epoch(final int epoch, final List<WorkerStatus> now, final double seconds) {
        final long samples = samples(now);
        final double lossSum = lossSum(now);
        final long steps = steps(now);
        print(String.format(
                Locale.ROOT,
                "epoch %d of %d: %,.0f samples/s, loss %.4f%s, %.1f s",
                epoch,
                plan.epochs(),
                (samples - epochSamples) / (seconds - epochSeconds),
                (lossSum - epochLossSum) / Math.max(1, steps - epochSteps),
                accuracy(),
                seconds));
        epochSamples = samples;
        epochSeconds = seconds;
        epochLossSum = lossSum;
        epochSteps = steps;
    }

    void tick(final List<WorkerStatus> now, final double seconds) {
        if (!terminal || seconds - lastSeconds < REFRESH_SECONDS) {
            return;
        }
        final long samples = samples(now);
        final double lossSum = lossSum(now);
        final long steps = steps(now);
        final String line = String.format(
                Locale.ROOT,
                "epoch %.2f of %d: %,.0f samples/s, loss %.4f%s, %.1f s",
                (double) samples / imageCount / workers,
                plan.epochs(),
                (samples - lastSamples) / (seconds - lastSeconds),
                (lossSum - lastLossSum) / Math.max(1, steps - lastSteps),
                accuracy(),
                seconds);
        System.out.print('\r' + pad(line));
        System.out.flush();
        lastSamples = samples;
        lastSeconds = seconds;
        lastLossSum = lossSum;
        lastSteps = steps;
    }

    void finished() {
        if (terminal) {
            System.out.print('\r' + pad("") + '\r');
        }
    }

    private void print(final String line) {
        System.out.println(terminal ? '\r' + pad(line) : line);
    }

    private static String pad(final String line) {
        return line + " ".repeat(Math.max(0, LINE_WIDTH - line.length()));
    }

    private String accuracy() {
        return evaluation.accuracy().isPresent()
                ? String.format(
                        Locale.ROOT,
                        ", test accuracy %.2f %%",
                        100 * evaluation.accuracy().getAsDouble())
                : "";
    }

    private static long samples(final List<WorkerStatus> workers) {
        return workers.stream().mapToLong(WorkerStatus::samples).sum();
    }

    private static long steps(final List<WorkerStatus> workers) {
        return workers.stream().mapToLong(WorkerStatus::steps).sum();
    }

    private static double lossSum(final List<WorkerStatus> workers) {
        return workers.stream().mapToDouble(WorkerStatus::lossSum).sum();
    }
}
