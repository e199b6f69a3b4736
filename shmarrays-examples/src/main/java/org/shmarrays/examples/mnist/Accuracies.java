package org.shmarrays.examples.mnist;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.shmarrays.report.ThinnedList;

/**
 * What evaluations have found, in memory that does not grow with the training: the curve of the accuracy, the
 * accuracies at the ends of epochs, and which snapshot first met each level that is asked for. For any thread.
 */
final class Accuracies {
    private static final int CAPACITY = 1_024;
    private static final int LATEST_EPOCHS = 64;

    private final Double target;
    private final List<Double> levels;
    private final Map<Double, Point> firsts = new TreeMap<>();
    private final ThinnedList<Point> curve = new ThinnedList<>(CAPACITY);
    private final ThinnedList<Point> epochs = new ThinnedList<>(CAPACITY);
    private final Deque<Point> latestEpochs = new ArrayDeque<>();
    private Point newest;
    private Consumer<Point> listener = point -> {};
    private Map<String, float[]> targetValues;

    /** The accuracy of a snapshot; its epoch as in {@link Snapshot#epoch()}. */
    record Point(double seconds, long samples, long steps, int epoch, double accuracy) {}

    /**
     * Nothing yet.
     *
     * @param target the parameters that first met it are kept; null for none
     * @param levels for each, the snapshot that first met it is told
     */
    Accuracies(final Double target, final List<Double> levels) {
        this.target = target;
        this.levels = List.copyOf(levels);
    }

    /** Has each further accuracy passed on, in the thread that adds it. */
    synchronized void onEach(final Consumer<Point> consumer) {
        listener = consumer;
    }

    /** Whether there is a target, or a level. */
    boolean seeksFirsts() {
        return target != null || !levels.isEmpty();
    }

    boolean hasTarget() {
        return target != null;
    }

    /** Takes a snapshot's accuracy. Snapshots may come in any order. */
    synchronized Point add(final Snapshot snapshot, final double accuracy) {
        final Point point =
                new Point(snapshot.seconds(), snapshot.samples(), snapshot.steps(), snapshot.epoch(), accuracy);
        curve.add(point);
        if (point.epoch() > 0) {
            epochs.add(point);
            latestEpochs.addLast(point);
            if (latestEpochs.size() > LATEST_EPOCHS) {
                latestEpochs.removeFirst();
            }
        }
        for (final double level : levels) {
            addFirst(level, point);
        }
        if (target != null && addFirst(target, point)) {
            targetValues = snapshot.values();
        }
        listener.accept(point);
        newest = newest == null || newest.samples() <= point.samples() ? point : newest;
        return point;
    }

    /** Whether the point is the first that meets the level, as far as is known. */
    private boolean addFirst(final double level, final Point point) {
        final Point known = firsts.get(level);
        if (point.accuracy() < level || known != null && known.samples() <= point.samples()) {
            return false;
        }
        firsts.put(level, point);
        return true;
    }

    /** The least of target and levels that no snapshot up to so many samples is known to meet; NaN if there is none. */
    synchronized double leastOpen(final long samples) {
        double least = target != null && isOpen(target, samples) ? target : Double.NaN;
        for (final double level : levels) {
            least = isOpen(level, samples) && !(level >= least) ? level : least;
        }
        return least;
    }

    private boolean isOpen(final double level, final long samples) {
        final Point first = firsts.get(level);
        return first == null || first.samples() > samples;
    }

    /** The first snapshot that met a level or the target, or null. */
    synchronized Point first(final double level) {
        return firsts.get(level);
    }

    /** The parameters that first met the target, or null. */
    synchronized Map<String, float[]> targetValues() {
        return targetValues;
    }

    /** The accuracy of the latest snapshot that was evaluated, or null. */
    synchronized Point newest() {
        return newest;
    }

    /** The accuracy at the end of an epoch, null if it is not known, or of no late epoch. */
    synchronized Point ofEpoch(final int epoch) {
        return latestEpochs.stream()
                .filter(point -> point.epoch() == epoch)
                .findFirst()
                .orElse(null);
    }

    /** Accuracies by samples; of many, a part that is spread over the whole training. */
    synchronized List<Point> curve() {
        return sorted(curve);
    }

    /** Accuracies at the ends of epochs, likewise. */
    synchronized List<Point> epochs() {
        return sorted(epochs);
    }

    private static List<Point> sorted(final ThinnedList<Point> points) {
        return points.entries().stream()
                .sorted(Comparator.comparingLong(Point::samples))
                .distinct()
                .toList();
    }
}
