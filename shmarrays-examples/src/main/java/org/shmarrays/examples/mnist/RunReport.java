package org.shmarrays.examples.mnist;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.output.DurableFile;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/**
 * The result of a training, as {@code --json} writes it. The parameters that count as its result are those that met the
 * target first, or the last ones where none did or no target was given.
 *
 * @param dtype element type of the parameters in shared memory
 * @param rounding how they are rounded
 * @param workers with which the training began
 * @param trainedWorkers that have made a step: more or fewer where the number was changed meanwhile
 * @param learningRate at the beginning
 * @param lastLearningRate of the last steps; null if no step was made
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
 * @param stepShare parts of the workers' time in steps; the rest is preparing batches; null if no step was made
 * @param arrays what was counted while the workers trained
 * @param samples that all workers have seen, also before the training was resumed
 * @param network the model, or null where DL4J trains it
 */
record RunReport(
        String model,
        String mode,
        String dtype,
        String rounding,
        int workers,
        int trainedWorkers,
        int batchSize,
        double learningRate,
        Double lastLearningRate,
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

    /** Accuracy at the end of an epoch, and when it was measured. */
    record Epoch(int epoch, double accuracy, double seconds, long samples) {}

    /** The accuracy of a snapshot. */
    record Evaluated(double seconds, long samples, double accuracy) {}

    /** When an accuracy was met; null where it never was. */
    record Reached(double accuracy, Double seconds, Long samples) {}

    /** Parts of the time in steps, 0 to 1. */
    record StepShare(double gradient, double pull, double push) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "gradient %.1f %%, pull %.1f %%, push %.1f %%",
                    100 * gradient,
                    100 * pull,
                    100 * push);
        }
    }

    /** What the meters say of an array; the locks' part is 0 in the lock-free modes. */
    record ArrayLine(
            String array,
            long updates,
            long lockAcquisitions,
            long lockWaits,
            double lockWaitMs,
            double longestWaitMs) {

        private boolean isUsed() {
            return updates > 0 || lockAcquisitions > 0;
        }

        /** The columns of the locks. */
        private String locks() {
            return String.format(
                    Locale.ROOT,
                    "  %,12d  %,10d  %,10.1f  %,10.2f",
                    lockAcquisitions,
                    lockWaits,
                    lockWaitMs,
                    longestWaitMs);
        }
    }

    static RunReport of(
            final TrainingPlan plan,
            final int workers,
            final int trainedWorkers,
            final Double target,
            final List<Double> levels,
            final double startupSeconds,
            final Snapshot last,
            final Accuracies accuracies,
            final StatusSnapshot.Change change,
            final double lastLearningRate,
            final long earlierSamples) {
        final List<Accuracies.Point> curve = accuracies.curve();
        final double lastAccuracy = curve.get(curve.size() - 1).accuracy();
        final Accuracies.Point first = target == null ? null : accuracies.first(target);
        return new RunReport(
                plan.modelName(),
                plan.modeName(),
                plan.elementsName(),
                plan.roundingName(),
                workers,
                trainedWorkers,
                plan.batchSize(),
                plan.learningRate(),
                Double.isNaN(lastLearningRate) ? null : lastLearningRate,
                plan.momentum(),
                plan.seed(),
                first == null ? lastAccuracy : first.accuracy(),
                lastAccuracy,
                target,
                first != null,
                last.seconds(),
                startupSeconds,
                first == null ? null : first.seconds(),
                first == null ? null : first.samples(),
                levels.stream()
                        .map(level -> reached(level, accuracies.first(level)))
                        .toList(),
                (last.samples() - earlierSamples) / last.seconds(),
                last.samples(),
                accuracies.epochs().stream()
                        .map(point -> new Epoch(point.epoch(), point.accuracy(), point.seconds(), point.samples()))
                        .toList(),
                curve.stream()
                        .map(point -> new Evaluated(point.seconds(), point.samples(), point.accuracy()))
                        .toList(),
                stepShare(change.total()),
                change.arrays().stream()
                        .filter(array -> !plan.isOwnArray(array.name()))
                        .map(RunReport::arrayLine)
                        .toList(),
                first == null ? last.values() : accuracies.targetValues(),
                plan.model() instanceof Model own ? own : null);
    }

    private static Reached reached(final double level, final Accuracies.Point first) {
        return new Reached(level, first == null ? null : first.seconds(), first == null ? null : first.samples());
    }

    private static StepShare stepShare(final WorkerStatus.Counters total) {
        final double stepNs = total.stepNs();
        return stepNs == 0
                ? null
                : new StepShare(total.gradientNs() / stepNs, total.pullNs() / stepNs, total.pushNs() / stepNs);
    }

    private static ArrayLine arrayLine(final ArrayStatus array) {
        return new ArrayLine(
                array.name(),
                array.updates(),
                array.acquisitions(),
                array.contended(),
                array.waitNs() / 1e6,
                array.maxWaitNs() / 1e6);
    }

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
        if (trainedWorkers != workers) {
            out.println("workers           " + workerNumbers());
        }
        out.println("learning rate     " + learningRates());
        out.println("a step            " + (stepShare == null ? "-" : stepShare) + "\n");
        printArrays(out, arrays.stream().filter(ArrayLine::isUsed).toList());
    }

    private static void printArrays(final PrintStream out, final List<ArrayLine> used) {
        final int width = Math.max(
                5, used.stream().mapToInt(line -> line.array().length()).max().orElse(0));
        // Lock-free modes have no lock columns.
        final boolean hasLocks = used.stream().anyMatch(line -> line.lockAcquisitions() > 0);
        out.printf(Locale.ROOT, "%-" + width + "s  %10s", "array", "updates");
        out.println(
                hasLocks
                        ? String.format(
                                Locale.ROOT,
                                "  %12s  %10s  %10s  %10s",
                                "acquisitions",
                                "lock waits",
                                "waited ms",
                                "longest ms")
                        : "");
        for (final ArrayLine line : used) {
            out.printf(Locale.ROOT, "%-" + width + "s  %,10d", line.array(), line.updates());
            out.println(hasLocks ? line.locks() : "");
        }
    }

    /** At the beginning and, where it was changed, in all. */
    String workerNumbers() {
        return workers + (trainedWorkers == workers ? "" : " at the beginning, " + trainedWorkers + " have trained");
    }

    /** At the beginning and, where it was changed, at the end. */
    String learningRates() {
        return lastLearningRate == null || lastLearningRate == learningRate
                ? Double.toString(learningRate)
                : learningRate + ", and " + lastLearningRate + " at the end";
    }

    /**
     * Writes the result for programs.
     *
     * @throws UncheckedIOException if the file can't be written
     */
    void writeJson(final Path file) {
        try {
            DurableFile.replace(
                    file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this));
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot write the result: file=" + file + ", " + DurableFile.reason(e), e);
        }
    }

    /** Writes the parameters as {@code .npz}, with the shapes that they have in the network. */
    void save(final Path file) {
        save(file, network, parameters);
    }

    /** The same of other parameters, by name. */
    static void save(final Path file, final Model network, final Map<String, float[]> parameters) {
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
