package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.shmarrays.spark.ChunkValues.Floats;

/** A chunk of a sparse array: four rows of two elements. The expected numbers are worked by hand. */
class CentreRowsTest {
    private static final CentreRows CENTRE =
            CentreRows.whole(7, 2, new CentreChunk(new Floats(new float[] {0, 0, 10, 10, 20, 20, 30, 30}), null));

    private static HostChunk host(final int host, final long samples, final int[] rows, final float... values) {
        return new HostChunk(host, samples, 7, ChunkRows.of(2, rows, 4, new Floats(values)));
    }

    private static int[] rows(final int... rows) {
        return rows;
    }

    private static float[] floats(final ChunkValues values) {
        return ((Floats) values).values();
    }

    @Test
    void shouldAverageEachRowOverTheHostsThatChangedIt() {
        final HostChunk a = host(0, 100, rows(0, 1), 4, 0, 14, 10);
        final HostChunk b = host(1, 300, rows(1, 3), 18, 10, 31, 32);

        final CentreRows next = CentreRows.next(Combine.average(), 7, List.of(CENTRE), List.of(b, a));

        assertThat(next.version()).isEqualTo(8);
        assertThat(next.rows().rows()).containsExactly(0, 1, 3);
        assertThat(floats(next.rows().values())).containsExactly(4, 0, 17, 10, 31, 32);
        assertThat(floats(CentreRows.merged(List.of(next, CENTRE)).chunk().values()))
                .containsExactly(4, 0, 17, 10, 20, 20, 31, 32);
    }

    @Test
    void shouldTakeTheBitsOfARowThatOneHostChanged() {
        final float odd = 0.1f;

        final CentreRows next = CentreRows.next(
                Combine.average(),
                7,
                List.of(CENTRE),
                List.of(host(0, 3, rows(0), -0.0f, odd), host(1, 7, rows(1), odd, odd), host(2, 0, rows(2), 5, 5)));

        assertThat(next.rows().rows()).containsExactly(0, 1);
        assertThat(floats(next.rows().values())).containsExactly(-0.0f, odd, odd, odd);
        assertThat(Float.floatToRawIntBits(floats(next.rows().values())[0])).isEqualTo(Integer.MIN_VALUE);
    }

    @Test
    void shouldHaveNoRowsWhenNoHostChangedOne() {
        final CentreRows next = CentreRows.next(
                Combine.delta(1, 0.5), 7, List.of(CENTRE), List.of(host(0, 3, rows()), host(1, 3, rows())));

        assertThat(next.rows().rows()).isEmpty();
        assertThat(CentreRows.merged(List.of(CENTRE, next)).chunk().values().carrier())
                .isEqualTo(CENTRE.rows().values().carrier());
    }

    /** Row 1 steps in both rounds, row 3 in the first alone: its momentum is as it was left. */
    @Test
    void shouldStepOnlyRowsThatChangedWithTheirOwnMomentum() {
        final Combine delta = Combine.delta(0.5, 0.5);

        // Row 1: g = 10 - 12 = -2, m = -2, w = 10 - 0.5 * (-2 + 0.5 * -2) = 11.5
        // Row 3: g = 30 - 26 = 4, m = 4, w = 30 - 0.5 * (4 + 0.5 * 4) = 27
        final CentreRows first =
                CentreRows.next(delta, 7, List.of(CENTRE), List.of(host(0, 1, rows(1, 3), 12, 10, 26, 30)));
        // Row 1: g = 11.5 - 10.5 = 1, m = 0.5 * -2 + 1 = 0, w = 11.5 - 0.5 * 1 = 11
        final HostChunk later =
                new HostChunk(0, 1, 8, ChunkRows.of(2, rows(1), 4, new Floats(new float[] {10.5f, 10})));
        final CentreRows second = CentreRows.next(delta, 8, List.of(CENTRE, first), List.of(later));
        final CentreChunk chunk =
                CentreRows.merged(List.of(second, CENTRE, first)).chunk();

        assertThat(floats(first.rows().values())).containsExactly(11.5f, 10, 27, 30);
        assertThat(floats(first.momentum())).containsExactly(-2, 0, 4, 0);
        assertThat(floats(second.rows().values())).containsExactly(11, 10);
        assertThat(floats(chunk.values())).containsExactly(0, 0, 11, 10, 20, 20, 27, 30);
        assertThat(floats(chunk.momentum())).containsExactly(0, 0, 0, 0, 0, 0, 4, 0);
    }

    @Test
    void shouldRefuseAHostThatTrainedAnotherVersion() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        CentreRows.next(Combine.average(), 8, List.of(CENTRE), List.of(host(0, 1, rows(0), 1, 1))))
                .withMessageContaining("expected=8, centre=7, hosts=[7]");
    }
}
