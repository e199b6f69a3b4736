package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shmarrays.cli.ValueHistogram.Bin;

class ValueHistogramTest {
    private final ValueHistogram histogram = new ValueHistogram();

    private void add(final double... values) {
        histogram.add(
                values,
                values.length,
                Arrays.stream(values).min().orElse(0),
                Arrays.stream(values).max().orElse(0));
    }

    @Test
    void shouldCountInBinsWhoseWidthIsAPowerOfTwo() {
        add(0, 1, 2, 3, 15, 15.5);

        // From 0 to 15.5 sixteen bins of width 1.
        assertThat(histogram.bins()).hasSize(16);
        assertThat(histogram.bins().get(0)).isEqualTo(new Bin(0, 1, 1));
        assertThat(histogram.bins().get(4)).isEqualTo(new Bin(4, 5, 0));
        assertThat(histogram.bins().get(15)).isEqualTo(new Bin(15, 16, 2));
    }

    @Test
    void shouldDoubleTheWidthWhenAValueIsOutOfReach() {
        add(0, 1, 2, 3, 15, 15.5);
        add(-1, 20);

        // From -1 to 20 in width 1 would be 22 bins: width 2, from -2 to 22.
        assertThat(histogram.bins()).hasSize(12);
        assertThat(histogram.bins().get(0)).isEqualTo(new Bin(-2, 0, 1));
        assertThat(histogram.bins().get(1)).isEqualTo(new Bin(0, 2, 2));
        assertThat(histogram.bins().get(2)).isEqualTo(new Bin(2, 4, 2));
        assertThat(histogram.bins().get(8)).isEqualTo(new Bin(14, 16, 2));
        assertThat(histogram.bins().get(11)).isEqualTo(new Bin(20, 22, 1));
    }

    @Test
    void shouldPutEqualValuesIntoOneBin() {
        add(0.1, 0.1);
        add(0.1);

        assertThat(histogram.bins()).singleElement().satisfies(bin -> {
            assertThat(bin.count()).isEqualTo(3);
            assertThat(bin.from()).isLessThanOrEqualTo(0.1);
            assertThat(bin.to()).isGreaterThan(0.1);
        });
    }

    @Test
    void shouldReachFromTheLeastDoubleToTheGreatest() {
        add(0.1);
        add(Double.MIN_VALUE, -Double.MIN_VALUE, 0);
        add(Double.MAX_VALUE);
        add(-Double.MAX_VALUE);

        assertThat(histogram.bins()).hasSizeBetween(2, 16);
        assertThat(histogram.bins().stream().mapToLong(Bin::count).sum()).isEqualTo(6);
        assertThat(histogram.bins().get(0).count()).isEqualTo(1);
    }

    @Test
    void shouldCountAsIfTheRangeHadBeenKnown() {
        final long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("ValueHistogramTest: -Dseed=" + seed);
        final Random random = new Random(seed);
        final double[] all = new double[1000];
        double scale = 1e-3;
        for (int i = 0; i < all.length; i += 10) {
            final double[] some = new double[10];
            for (int j = 0; j < some.length; j++) {
                some[j] = random.nextGaussian() * scale;
                all[i + j] = some[j];
            }
            scale *= 1.1;
            add(some);
        }

        final List<Bin> bins = histogram.bins();
        assertThat(bins).hasSizeBetween(8, 16);
        for (final Bin bin : bins) {
            assertThat(bin.count())
                    .isEqualTo(Arrays.stream(all)
                            .filter(value -> value >= bin.from() && value < bin.to())
                            .count());
        }
        assertThat(bins.stream().mapToLong(Bin::count).sum()).isEqualTo(all.length);
    }

    @Test
    void shouldHaveNoBinsWithoutValues() {
        add();

        assertThat(histogram.bins()).isEmpty();
    }
}
