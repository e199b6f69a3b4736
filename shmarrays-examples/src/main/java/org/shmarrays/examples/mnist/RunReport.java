package org.shmarrays.examples.mnist;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.output.DurableFile;
import org.shmarrays.status.SegmentMetrics;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/**
 * The result of a training, as {@code --json} writes it. The parameters that count as its result are those that met the
 * target first, or the last ones where none did or no target was given.
 *
 * @param accuracy of the result, on the test set, 0 to 1
 * @param lastAccuracy of the parameters at the end of the training
 * @param seconds from the moment when all workers were ready to the end of the training
 * @param startupSeconds from the start of the program to that moment
 * @param secondsToTarget to the first snapshot that met the target; null if none did
 * @param samplesToTarget that all workers had seen then; null if none did
 * @param reached for each accuracy that was asked for the first snapshot that met it
 * @param samplesPerSecond of all workers, over the whole training
 * @param epochs accuracy at the end of each epoch, which is every worker's pass over the training set
 * @param evaluated the snapshots whose accuracy was measured
 * @param stepShare parts of the workers' time in steps; the rest is preparing batches
 */
record RunReport(
        String model,
        String mode,
        int workers,
        int batchSize,
        double learningRate,
        double momentum,
        long seed,
        double accuracy,
        double lastAccuracy,
        Double targetAccuracy,
        boolean reachedTarget,
        double seconds,
        double startupSeconds,
        Double secondsToTarget,
        Long samplesToTarget,
        List<Reached> reached,
        double samplesPerSecond,
        long samples,
        List<Epoch> epochs,
        List<Evaluated> evaluated,
        StepShare stepShare,
        List<ArrayLine> arrays,
        @JsonIgnore Map<String, float[]> parameters,
        @JsonIgnore Model network) {

    /** Accuracy at the end of an epoch. */
    record Epoch(int epoch, double accuracy, double seconds) {}

    /** The accuracy of a snapshot. */
    record Evaluated(double seconds, long samples, double accuracy) {}

    /** When an accuracy was met; null where it never was. */
    record Reached(double accuracy, Double seconds, Long samples) {}

    /** Parts of the time in steps, 0 to 1. */
    record StepShare(double gradient, double pull, double push) {}

    /** What the meters say of an array; the locks' part is 0 in the lock-free modes. */
    record ArrayLine(
            String array,
            long updates,
            long lockAcquisitions,
            long lockWaits,
            double lockWaitMs,
            double longestWaitMs) {}

    static RunReport of(
            final TrainingPlan plan,
            final int workers,
            final Double target,
            final List<Double> levels,
            final double startupSeconds,
            final List<Snapshot> snapshots,
            final Evaluator evaluator,
            final SegmentStatus status,
            final long epochSamples) {
        final Snapshot last = snapshots.get(snapshots.size() - 1);
        final Snapshot first = target == null ? null : firstThatReaches(target, snapshots, evaluator);
        final Snapshot result = first == null ? last : first;
        return new RunReport(
                plan.modelName(),
                plan.modeName(),
                workers,
                plan.batchSize(),
                plan.learningRate(),
                plan.momentum(),
                plan.seed(),
                evaluator.accuracy(result),
                evaluator.accuracy(last),
                target,
                first != null,
                last.seconds(),
                startupSeconds,
                first == null ? null : first.seconds(),
                first == null ? null : first.samples(),
                levels.stream()
                        .map(level -> reached(level, firstThatReaches(level, snapshots, evaluator)))
                        .toList(),
                last.samples() / last.seconds(),
                last.samples(),
                epochs(snapshots, evaluator, epochSamples),
                evaluated(snapshots, evaluator),
                stepShare(status.workers()),
                arrayLines(status),
                result.values(),
                plan.model());
    }

    private static Snapshot firstThatReaches(
            final double target, final List<Snapshot> snapshots, final Evaluator evaluator) {
        return snapshots.stream()
                .filter(snapshot -> evaluator.reaches(snapshot, target))
                .findFirst()
                .orElse(null);
    }

    private static Reached reached(final double level, final Snapshot first) {
        return new Reached(level, first == null ? null : first.seconds(), first == null ? null : first.samples());
    }

    /** The first snapshot at or behind each epoch's end. */
    private static List<Epoch> epochs(
            final List<Snapshot> snapshots, final Evaluator evaluator, final long epochSamples) {
        final List<Epoch> epochs = new ArrayList<>();
        for (final Snapshot snapshot : snapshots) {
            if (snapshot.samples() >= (epochs.size() + 1) * epochSamples) {
                epochs.add(new Epoch(epochs.size() + 1, evaluator.accuracy(snapshot), snapshot.seconds()));
            }
        }
        return epochs;
    }

    private static List<Evaluated> evaluated(final List<Snapshot> snapshots, final Evaluator evaluator) {
        final List<Evaluated> evaluated = new ArrayList<>();
        for (final Snapshot snapshot : snapshots) {
            evaluator
                    .knownAccuracy(snapshot)
                    .ifPresent(
                            accuracy -> evaluated.add(new Evaluated(snapshot.seconds(), snapshot.samples(), accuracy)));
        }
        return evaluated;
    }

    private static StepShare stepShare(final List<WorkerStatus> workers) {
        final double total =
                Math.max(1, workers.stream().mapToLong(WorkerStatus::stepNs).sum());
        return new StepShare(
                workers.stream().mapToLong(WorkerStatus::gradientNs).sum() / total,
                workers.stream().mapToLong(WorkerStatus::pullNs).sum() / total,
                workers.stream().mapToLong(WorkerStatus::pushNs).sum() / total);
    }

    private static List<ArrayLine> arrayLines(final SegmentStatus status) {
        final MeterRegistry registry = new SimpleMeterRegistry();
        new SegmentMetrics(status).bindTo(registry);
        return status.arrayNames().stream()
                .map(array -> arrayLine(registry, array))
                .toList();
    }

    private static ArrayLine arrayLine(final MeterRegistry registry, final String array) {
        final FunctionTimer waits =
                registry.find("shmarrays.lock.wait").tag("array", array).functionTimer();
        final var longest =
                registry.find("shmarrays.lock.wait.max").tag("array", array).timeGauge();
        return new ArrayLine(
                array,
                count(registry, "shmarrays.updates", array),
                count(registry, "shmarrays.lock.acquisitions", array),
                count(registry, "shmarrays.lock.contended", array),
                waits == null ? 0 : waits.totalTime(TimeUnit.MILLISECONDS),
                longest == null ? 0 : longest.value(TimeUnit.MILLISECONDS));
    }

    private static long count(final MeterRegistry registry, final String meter, final String array) {
        final var counter = registry.find(meter).tag("array", array).functionCounter();
        return counter == null ? 0 : (long) counter.count();
    }

    /** True if a target was given and not met. */
    boolean missedTarget() {
        return targetAccuracy != null && !reachedTarget;
    }

    /** Prints the result for people. */
    void print(final PrintStream out) {
        out.printf(Locale.ROOT, "%ntest accuracy     %.2f %%", 100 * accuracy);
        out.println(reachedTarget ? String.format(Locale.ROOT, " (%.2f %% at the end)", 100 * lastAccuracy) : "");
        if (targetAccuracy != null) {
            out.println(
                    reachedTarget
                            ? String.format(
                                    Locale.ROOT,
                                    "time to %.2f %%   %.2f s, %,d samples",
                                    100 * targetAccuracy,
                                    secondsToTarget,
                                    samplesToTarget)
                            : String.format(Locale.ROOT, "target %.2f %%    missed", 100 * targetAccuracy));
        }
        out.printf(Locale.ROOT, "training          %.2f s, and %.2f s to start%n", seconds, startupSeconds);
        out.printf(Locale.ROOT, "samples           %,d, %,.0f a second%n", samples, samplesPerSecond);
        out.printf(
                Locale.ROOT,
                "a step            gradient %.1f %%, pull %.1f %%, push %.1f %%%n%n",
                100 * stepShare.gradient(),
                100 * stepShare.pull(),
                100 * stepShare.push());
        final int width = Math.max(
                5, arrays.stream().mapToInt(line -> line.array().length()).max().orElse(0));
        out.printf(
                Locale.ROOT,
                "%-" + width + "s  %10s  %12s  %10s  %10s  %10s%n",
                "array",
                "updates",
                "acquisitions",
                "lock waits",
                "waited ms",
                "longest ms");
        for (final ArrayLine line : arrays) {
            out.printf(
                    Locale.ROOT,
                    "%-" + width + "s  %,10d  %,12d  %,10d  %,10.1f  %,10.2f%n",
                    line.array(),
                    line.updates(),
                    line.lockAcquisitions(),
                    line.lockWaits(),
                    line.lockWaitMs(),
                    line.longestWaitMs());
        }
    }

    /** Writes the result for programs. */
    void writeJson(final Path file) throws IOException {
        DurableFile.replace(
                file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this));
    }

    /** Writes the parameters as {@code .npz}, with the shapes that they have in the network. */
    void save(final Path file) {
        final List<ArraySpec> specs = network.parameters().stream()
                .map(parameter -> ArraySpec.of(parameter.name(), ElementType.FLOAT32, shape(parameter)))
                .toList();
        Checkpoint.export(
                file,
                specs,
                specs.stream().map(spec -> parameters.get(spec.name())).toList());
    }

    private static int[] shape(final ParameterSpec parameter) {
        return parameter.shape().stream().mapToInt(Math::toIntExact).toArray();
    }
}
