package org.shmarrays.examples.mnist;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.function.IntSupplier;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.WorkerStatus;

/**
 * Shows how a training goes on: a line for each epoch, as soon as its accuracy is known, and on a terminal one that
 * changes. All figures of an epoch's line are of that epoch; a figure that is not known is left out.
 */
final class Progress {
    private static final double REFRESH_SECONDS = 0.25;

    /** Snapshots are taken a little later than an epoch ends; from here on the line says when. */
    private static final double LATE_EPOCHS = 0.05;

    private final TrainingPlan plan;
    private final long epochSamples;
    private final Accuracies accuracies;
    private final PrintStream out;
    private final IntSupplier columns;
    private final Queue<Line> waiting = new ArrayDeque<>();
    private Mark epochMark = Mark.ZERO;
    private Mark tickMark = Mark.ZERO;
    private long earlierSamples;
    private double learningRate;
    private boolean isAskedToStop;

    /** Counters at one moment. */
    private record Mark(double seconds, long samples, long steps, double lossSum, long nonFiniteLosses) {
        static final Mark ZERO = new Mark(0, 0, 0, 0, 0);

        static Mark of(final List<WorkerStatus> workers, final double seconds) {
            return new Mark(
                    seconds,
                    workers.stream().mapToLong(WorkerStatus::samples).sum(),
                    workers.stream().mapToLong(WorkerStatus::steps).sum(),
                    workers.stream().mapToDouble(WorkerStatus::lossSum).sum(),
                    workers.stream()
                            .mapToLong(worker -> worker.counters().nonFiniteLosses())
                            .sum());
        }

        /** Rate and loss since an earlier moment, as far as they are known. */
        List<String> since(final Mark earlier) {
            final List<String> parts = new ArrayList<>();
            if (seconds > earlier.seconds) {
                parts.add(format("%,.0f samples/s", (samples - earlier.samples) / (seconds - earlier.seconds)));
            }
            if (steps > earlier.steps) {
                final double sum = nonFiniteLosses == earlier.nonFiniteLosses ? lossSum - earlier.lossSum : Double.NaN;
                parts.add(format("loss %.4f", sum / (steps - earlier.steps)));
            }
            return parts;
        }
    }

    /**
     * The line of an epoch.
     *
     * @param parts but the accuracy and the time
     * @param seconds when the epoch ended
     * @param isEvaluated whether its accuracy will be known by and by
     */
    private record Line(int epoch, List<String> parts, double seconds, boolean isEvaluated) {}

    /**
     * Shows on a stream.
     *
     * @param epochSamples samples of an epoch of all workers
     * @param accuracies known so far
     * @param columns of the terminal, 0 where there is none
     */
    Progress(
            final TrainingPlan plan,
            final long epochSamples,
            final Accuracies accuracies,
            final PrintStream out,
            final IntSupplier columns) {
        this.plan = plan;
        this.epochSamples = epochSamples;
        this.accuracies = accuracies;
        this.out = out;
        this.columns = columns;
        this.learningRate = plan.learningRate();
    }

    /** The training was resumed with so many samples. */
    void continuesWith(final long samples) {
        earlierSamples = samples;
        if (samples > 0) {
            print(format("resumed at epoch %.2f", (double) samples / epochSamples));
        }
    }

    void starting(final String segment, final int workers, final int images) {
        out.println(format(
                "training %s on %,d images: %d workers, mode %s, batch %d, %s, seed %d, segment %s",
                plan.modelName(),
                images,
                workers,
                plan.modeName(),
                plan.batchSize(),
                plan.updater(),
                plan.seed(),
                segment));
    }

    /** An epoch has ended; {@code isEvaluated} if its accuracy is measured while the training goes on. */
    void epoch(final int epoch, final List<WorkerStatus> now, final double seconds, final boolean isEvaluated) {
        final Mark mark = Mark.of(now, seconds);
        waiting.add(new Line(epoch, mark.since(epochMark), seconds, isEvaluated));
        epochMark = mark;
        printWhatIsKnown(false);
    }

    /** What someone has changed in the run control is told once. */
    void control(final double rate, final boolean isStopped, final double seconds) {
        if (!Double.isNaN(rate) && rate != learningRate) {
            learningRate = rate;
            print(format("learning rate %s from here on, %.1f s", rate, seconds));
        }
        if (isStopped && !isAskedToStop) {
            isAskedToStop = true;
            print(format("asked to stop, %.1f s", seconds));
        }
    }

    void tick(final List<WorkerStatus> now, final double seconds) {
        printWhatIsKnown(false);
        final int width = columns.getAsInt();
        if (width == 0 || seconds - tickMark.seconds() < REFRESH_SECONDS) {
            return;
        }
        final Mark mark = Mark.of(now, seconds);
        final List<String> parts = new ArrayList<>();
        parts.add(format("epoch %.2f of %d", (double) (earlierSamples + mark.samples()) / epochSamples, plan.epochs()));
        parts.addAll(timeLeft(mark));
        parts.addAll(mark.since(tickMark));
        final long stopped = now.stream()
                .filter(worker -> worker.hasRank() && worker.state() == WorkerState.STOPPED)
                .count();
        if (stopped > 0) {
            parts.add(format("stopped workers %d", stopped));
        }
        final Accuracies.Point newest = accuracies.newest();
        if (newest != null) {
            parts.add(accuracy(newest.accuracy()) + atEpoch(newest.samples()));
        }
        parts.add(format("%.1f s", seconds));
        out.print('\r' + pad(fitting(parts, width - 1), width));
        out.flush();
        tickMark = mark;
    }

    /** At the mean rate so far; a target may be met before. */
    private List<String> timeLeft(final Mark now) {
        if (isAskedToStop || now.samples() == 0) {
            return List.of();
        }
        final double samplesLeft = Math.max(0, (double) plan.epochs() * epochSamples - earlierSamples - now.samples());
        final long seconds = Math.round(samplesLeft / now.samples() * now.seconds());
        return List.of((accuracies.hasTarget() ? "at most " : "") + duration(seconds) + " left");
    }

    private static String duration(final long seconds) {
        final long minutes = seconds / 60;
        if (minutes == 0) {
            return seconds + " s";
        }
        return minutes < 60 ? minutes + " min " + seconds % 60 + " s" : minutes / 60 + " h " + minutes % 60 + " min";
    }

    /** Prints the lines of the epochs that still wait, and clears the changing one. */
    void finished() {
        printWhatIsKnown(true);
        if (columns.getAsInt() > 0) {
            out.print('\r' + pad("", columns.getAsInt()) + '\r');
            out.flush();
        }
    }

    private void printWhatIsKnown(final boolean all) {
        for (Line line = waiting.peek(); line != null; line = waiting.peek()) {
            final int epoch = line.epoch();
            final Accuracies.Point point = line.isEvaluated() ? accuracies.ofEpoch(epoch) : null;
            if (line.isEvaluated() && point == null && !all) {
                return;
            }
            waiting.remove();
            final List<String> parts = new ArrayList<>(line.parts());
            if (point != null) {
                final boolean isLate = point.samples() - epoch * epochSamples > LATE_EPOCHS * epochSamples;
                parts.add(accuracy(point.accuracy()) + (isLate ? atEpoch(point.samples()) : ""));
            }
            parts.add(format("%.1f s", line.seconds()));
            print(format("epoch %d of %d: ", epoch, plan.epochs()) + String.join(", ", parts));
        }
    }

    private static String accuracy(final double accuracy) {
        return format("test accuracy %.2f %%", 100 * accuracy);
    }

    private String atEpoch(final long samples) {
        return format(" at epoch %.2f", (double) samples / epochSamples);
    }

    private void print(final String line) {
        final int width = columns.getAsInt();
        out.println(width == 0 ? line : '\r' + pad(line, width));
    }

    /** The first parts, as many as the width takes. */
    private static String fitting(final List<String> parts, final int width) {
        final StringBuilder line = new StringBuilder();
        for (final String part : parts) {
            final String next =
                    (line.isEmpty() ? "" : line.length() == parts.get(0).length() ? ": " : ", ") + part;
            if (line.length() + next.length() > width) {
                break;
            }
            line.append(next);
        }
        return line.isEmpty()
                ? parts.get(0)
                        .substring(0, Math.max(0, Math.min(width, parts.get(0).length())))
                : line.toString();
    }

    /** Covers what the line before has left, and leaves the last column free, so that no terminal begins a new line. */
    private static String pad(final String line, final int width) {
        return line + " ".repeat(Math.max(0, width - 1 - line.length()));
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
