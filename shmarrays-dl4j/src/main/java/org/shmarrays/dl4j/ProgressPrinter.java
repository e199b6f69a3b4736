package org.shmarrays.dl4j;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.shmarrays.RunControl;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/**
 * Prints about once a second how far a training is, by the counters and the clock of all workers. Where the samples of
 * an epoch are not known, they are counted from one change of the epoch to another. For the thread that trains.
 */
final class ProgressPrinter {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    /** Number of lines over which the rate is measured. */
    private static final int RATE_LINES = 10;

    private static final double NS_OF_SECOND = 1e9;

    /**
     * What the segment tells at a moment.
     *
     * @param epoch of the training's clock
     * @param samples counted so far
     * @param lossSum of the finite losses so far
     * @param losses counted so far, finite or not
     * @param nonFiniteLosses counted so far
     * @param samplesOfEpoch 0 if unknown
     */
    record Reading(long epoch, long samples, double lossSum, long losses, long nonFiniteLosses, long samplesOfEpoch) {

        /** Of the counters of all workers. */
        static Reading of(final SegmentStatus status, final RunControl control) {
            long samples = 0;
            double lossSum = 0;
            long losses = 0;
            long nonFiniteLosses = 0;
            for (final WorkerStatus worker : status.workers()) {
                final WorkerStatus.Counters counters = worker.counters();
                samples += counters.samples();
                lossSum += counters.lossSum();
                losses += counters.steps();
                nonFiniteLosses += counters.nonFiniteLosses();
            }
            return new Reading(control.epoch(), samples, lossSum, losses, nonFiniteLosses, control.samplesOfEpoch());
        }

        double lossSince(final Reading earlier) {
            return nonFiniteLosses == earlier.nonFiniteLosses
                    ? (lossSum - earlier.lossSum) / (losses - earlier.losses)
                    : Double.NaN;
        }
    }

    /** Where the training is read. */
    interface Source {
        /** Of the training's clock: cheap enough for each step. */
        long epoch();

        Reading read();

        /** The counters and the clock of a segment. */
        static Source of(final SegmentStatus status, final RunControl control) {
            return new Source() {
                @Override
                public long epoch() {
                    return control.epoch();
                }

                @Override
                public Reading read() {
                    return Reading.of(status, control);
                }
            };
        }
    }

    /** A reading and its time. */
    private record Moment(long ns, Reading reading) {}

    private final PrintStream out;
    private final Source source;
    private final LongSupplier clockNs;
    private final Deque<Moment> lines = new ArrayDeque<>();

    /** The clock's epoch at the begin of the fit that is under way. */
    private long firstEpoch;

    private long epochs;
    private boolean isFitting;

    /** The first and the last moment at which the clock's epoch was seen to begin; null before. */
    private Moment firstBegin;

    private Moment lastBegin;
    private long lastEpoch;

    /**
     * Progress of a training.
     *
     * @param firstEpoch the epoch with which the training began
     * @param beginsEpoch whether that epoch begins now, and the worker did not come late
     */
    ProgressPrinter(
            final PrintStream out,
            final Source source,
            final LongSupplier clockNs,
            final long firstEpoch,
            final boolean beginsEpoch) {
        this.out = out;
        this.source = source;
        this.clockNs = clockNs;
        this.firstEpoch = firstEpoch;
        final Moment now = read();
        lastEpoch = now.reading.epoch;
        if (beginsEpoch) {
            firstBegin = now;
            lastBegin = now;
        }
    }

    private Moment read() {
        return new Moment(clockNs.getAsLong(), source.read());
    }

    /** A fit of so many epochs begins. */
    void begin(final int newEpochs) {
        epochs = newEpochs;
        isFitting = true;
        lines.clear();
        lines.add(read());
    }

    /** A step is done: prints a line if the last one is a second old. */
    void step() {
        if (source.epoch() > lastEpoch) {
            noteEpoch(read());
        }
        if (isFitting && clockNs.getAsLong() - lines.getLast().ns >= INTERVAL_NS) {
            print();
        }
    }

    /** The fit is over. */
    void end() {
        print();
        isFitting = false;
        firstEpoch += epochs;
    }

    private void print() {
        final Moment now = read();
        noteEpoch(now);
        final Moment from = lines.getFirst();
        final Reading reading = now.reading;
        final double rate = (reading.samples - from.reading.samples) * NS_OF_SECOND / Math.max(1, now.ns - from.ns);
        final long epoch = Math.min(epochs - 1, Math.max(0, reading.epoch - firstEpoch));
        final boolean isOver = reading.epoch - firstEpoch >= epochs;
        final double samplesOfEpoch = samplesOfEpoch(reading);
        OptionalDouble share = OptionalDouble.empty();
        OptionalDouble secondsLeft = OptionalDouble.empty();
        if (isOver) {
            share = OptionalDouble.of(1);
            secondsLeft = OptionalDouble.of(0);
        } else if (samplesOfEpoch > 0 && lastBegin != null) {
            final double done = Math.min(1, (reading.samples - lastBegin.reading.samples) / samplesOfEpoch);
            share = OptionalDouble.of(done);
            if (rate > 0) {
                secondsLeft = OptionalDouble.of((epochs - epoch - done) * samplesOfEpoch / rate);
            }
        }
        out.println(new ProgressLine(epoch + 1, epochs, share, rate, reading.lossSince(from.reading), secondsLeft));
        out.flush();
        lines.add(now);
        if (lines.size() > RATE_LINES) {
            lines.removeFirst();
        }
    }

    private void noteEpoch(final Moment now) {
        if (now.reading.epoch > lastEpoch) {
            lastEpoch = now.reading.epoch;
            lastBegin = now;
            if (firstBegin == null) {
                firstBegin = now;
            }
        }
    }

    /** 0 while it is unknown. */
    private double samplesOfEpoch(final Reading reading) {
        if (reading.samplesOfEpoch > 0) {
            return reading.samplesOfEpoch;
        }
        if (firstBegin == null || lastEpoch == firstBegin.reading.epoch) {
            return 0;
        }
        return (lastBegin.reading.samples - firstBegin.reading.samples)
                / (double) (lastEpoch - firstBegin.reading.epoch);
    }
}
