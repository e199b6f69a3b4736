package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.spark.ChunkValues.Doubles;
import org.shmarrays.spark.ChunkValues.Floats;

/** The expected numbers are worked by hand. */
class CombineTest {
    private static final CentreChunk CENTRE = new CentreChunk(new Floats(new float[] {1, 10}), null);

    private static HostChunk host(final int host, final long samples, final float... values) {
        return new HostChunk(host, samples, 0, ChunkRows.whole(values.length, new Floats(values)));
    }

    /** The chunk of a dense array after a round. */
    private static CentreChunk next(final CentreChunk before, final Combine combine, final List<HostChunk> hosts) {
        final List<CentreRows> layers =
                List.of(CentreRows.whole(0, before.values().count(), before));
        return CentreRows.merged(List.of(layers.get(0), CentreRows.next(combine, 0, layers, hosts)))
                .chunk();
    }

    private static float[] floats(final ChunkValues values) {
        return ((Floats) values).values();
    }

    @Test
    void shouldAverageBySamples() {
        final CentreChunk next = next(CENTRE, Combine.average(), List.of(host(1, 300, 4, 10), host(0, 100, 0, 14)));

        assertThat(floats(next.values())).containsExactly(3, 11);
        assertThat(next.momentum()).isNull();
    }

    @Test
    void shouldLeaveOutHostsWithoutSamples() {
        final float odd = 0.1f;

        final CentreChunk next = next(CENTRE, Combine.average(), List.of(host(0, 0, 100, 100), host(1, 7, odd, -odd)));

        assertThat(floats(next.values())).containsExactly(odd, -odd); // to the last bit
        assertThat(floats(next(CENTRE, Combine.average(), List.of(host(0, 0, 5, 5)))
                        .values()))
                .containsExactly(1, 10);
    }

    @Test
    void shouldTakeNesterovStepsAlongTheMeanChange() {
        final Combine delta = Combine.delta(0.5, 0.5);

        // g = 1 - 3 = -2, m = -2, w = 1 - 0.5 * (-2 + 0.5 * -2) = 2.5; the other does not change
        final CentreChunk first = next(CENTRE, delta, List.of(host(0, 1, 3, 10)));
        // g = 2.5 - 1.5 = 1, m = 0.5 * -2 + 1 = 0, w = 2.5 - 0.5 * (1 + 0) = 2
        final CentreChunk second = next(first, delta, List.of(host(0, 1, 1.5f, 10)));

        assertThat(floats(first.values())).containsExactly(2.5f, 10);
        assertThat(floats(first.momentum())).containsExactly(-2, 0);
        assertThat(floats(second.values())).containsExactly(2, 10);
        assertThat(floats(second.momentum())).containsExactly(0, 0);
    }

    @Test
    void shouldBeTheAverageWithLearningRateOneAndNoMomentum() {
        final CentreChunk next = next(CENTRE, Combine.delta(1, 0), List.of(host(0, 1, 4, 10), host(1, 1, 2, 12)));

        assertThat(floats(next.values())).containsExactly(3, 11);
        assertThat(next.momentum()).isNull();
    }

    @Test
    void shouldGiveTheSameBitsInWhateverOrderHostsArrive() {
        final HostChunk a = host(0, 3, 0.1f, 1e8f);
        final HostChunk b = host(1, 5, 0.2f, -1e8f);
        final HostChunk c = host(2, 7, 0.3f, 1);

        assertThat(floats(next(CENTRE, Combine.average(), List.of(c, a, b)).values()))
                .containsExactly(
                        floats(next(CENTRE, Combine.average(), List.of(a, b, c)).values()));
    }

    @Test
    void shouldKeepFloat64() {
        final CentreChunk centre = new CentreChunk(new Doubles(new double[] {1}), null);
        final double exact = 1 + 1e-12;

        final CentreChunk next = next(
                centre, Combine.average(), List.of(new HostChunk(0, 2, 0, ChunkRows.whole(1, new Doubles(new double[] {
                    exact
                })))));

        assertThat(((Doubles) next.values()).values()).containsExactly(exact);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void shouldRefuseLearningRates(final double rate) {
        assertThatIllegalArgumentException().isThrownBy(() -> Combine.delta(rate, 0.5));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, -0.1, Double.NaN})
    void shouldRefuseMomenta(final double momentum) {
        assertThatIllegalArgumentException().isThrownBy(() -> Combine.delta(1, momentum));
    }
}
