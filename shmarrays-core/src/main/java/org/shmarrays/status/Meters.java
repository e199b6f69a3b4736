package org.shmarrays.status;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Registers meters with the same tags. A meter refers weakly to the object that it measures, and strongly to its
 * function: so the function refers to the object, and lasts as long as the registry. In registries that have no type
 * for them, percentiles are gauges with the tag {@code phi}, and histograms are counters with the tag {@code le}, as
 * Micrometer's own timers register them.
 */
final class Meters {
    private static final double[] PERCENTILES = {0.5, 0.9, 0.99};

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> registered = new ArrayList<>();

    Meters(final MeterRegistry registry, final Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /** Those that were registered. */
    List<Meter> registered() {
        return registered;
    }

    Meters counter(final String name, final String unit, final String description, final LongSupplier value) {
        return counter(name, unit, description, tags, value::getAsLong);
    }

    /** A counter of each kind of something. */
    Meters kind(final String name, final String description, final String kind, final LongSupplier value) {
        return counter(name, null, description, tags.and("kind", kind), value::getAsLong);
    }

    private Meters counter(
            final String name,
            final String unit,
            final String description,
            final Tags countersTags,
            final DoubleSupplier value) {
        registered.add(FunctionCounter.builder(name, value, ignored -> value.getAsDouble())
                .baseUnit(unit)
                .description(description)
                .tags(countersTags)
                .register(registry));
        return this;
    }

    Meters gauge(final String name, final String unit, final String description, final DoubleSupplier value) {
        return gauge(name, unit, description, tags, value);
    }

    private Meters gauge(
            final String name,
            final String unit,
            final String description,
            final Tags gaugesTags,
            final DoubleSupplier value) {
        registered.add(Gauge.builder(name, value::getAsDouble)
                .baseUnit(unit)
                .description(description)
                .tags(gaugesTags)
                .register(registry));
        return this;
    }

    Meters state(final String name, final String description, final String state, final DoubleSupplier value) {
        return gauge(name, null, description, tags.and("state", state), value);
    }

    Meters time(final String name, final TimeUnit unit, final String description, final DoubleSupplier value) {
        return time(name, unit, description, tags, value);
    }

    private Meters time(
            final String name,
            final TimeUnit unit,
            final String description,
            final Tags gaugesTags,
            final DoubleSupplier value) {
        registered.add(TimeGauge.builder(name, value::getAsDouble, unit)
                .description(description)
                .tags(gaugesTags)
                .register(registry));
        return this;
    }

    /** A timer, and what was its longest. */
    Meters timer(final String name, final String description, final LongSupplier count, final LongSupplier totalNs) {
        registered.add(FunctionTimer.builder(
                        name, count, ignored -> count.getAsLong(), ignored -> totalNs.getAsLong(), TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry));
        return this;
    }

    /** Percentiles of times in ns; NaN of none. */
    Meters timePercentiles(final String name, final String description, final Supplier<Log2Histogram> histogram) {
        for (final double phi : PERCENTILES) {
            time(name, TimeUnit.NANOSECONDS, description, phi(phi), () -> percentile(histogram.get(), phi));
        }
        return this;
    }

    /** Percentiles of numbers; NaN of none. */
    Meters percentiles(
            final String name, final String unit, final String description, final Supplier<Log2Histogram> histogram) {
        for (final double phi : PERCENTILES) {
            gauge(name, unit, description, phi(phi), () -> percentile(histogram.get(), phi));
        }
        return this;
    }

    private static double percentile(final Log2Histogram histogram, final double phi) {
        return histogram.isEmpty() ? Double.NaN : histogram.percentile(100 * phi);
    }

    private Tags phi(final double phi) {
        return tags.and("phi", Double.toString(phi));
    }

    /** Counters of the values that are not greater than the tag {@code le}; of times it is in seconds. */
    Meters histogram(final SegmentHistogram histogram) {
        for (int bucket = 0; bucket < histogram.buckets(); bucket++) {
            final int last = bucket;
            final double bound = histogram.upperBound(bucket);
            final String le = bound == Double.POSITIVE_INFINITY
                    ? "+Inf"
                    : histogram.isOfTimes() ? Double.toString(bound) : Long.toString((long) bound);
            counter(
                    histogram.name() + ".histogram",
                    null,
                    histogram.description() + ": how many were not greater",
                    tags.and("le", le),
                    () -> histogram.countUpTo(last));
        }
        return this;
    }
}
