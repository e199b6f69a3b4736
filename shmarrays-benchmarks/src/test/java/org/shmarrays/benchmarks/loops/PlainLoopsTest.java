package org.shmarrays.benchmarks.loops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Expected numbers are worked by hand; more elements than a block, so that its end is met. */
final class PlainLoopsTest {
    private static final int COUNT = 5000;
    private static final int LAST = COUNT - 1;

    @Test
    void shouldBlendFloats() {
        final ByteBuffer w = memory(Float.BYTES);
        w.putFloat(LAST * Float.BYTES, 2);
        final float[] g = new float[COUNT];
        g[LAST] = 10;
        new PlainFloatLoops(new ByteBuffer[] {w}, g).blend(0.9, 0.1);
        assertThat(w.getFloat(LAST * Float.BYTES)).isCloseTo(2.8f, within(1e-6f)); // 0.9 · 2 + 0.1 · 10
        assertThat(w.getFloat(0)).isZero();
    }

    @Test
    void shouldBlendDoubles() {
        final ByteBuffer w = memory(Double.BYTES);
        w.putDouble(LAST * Double.BYTES, 2);
        final double[] g = new double[COUNT];
        g[LAST] = 10;
        new PlainDoubleLoops(new ByteBuffer[] {w}, g).blend(0.9, 0.1);
        assertThat(w.getDouble(LAST * Double.BYTES)).isCloseTo(2.8, within(1e-12));
    }

    @Test
    void shouldGatherAndAddRows() {
        final ByteBuffer w = memory(Float.BYTES);
        w.putFloat(7 * Float.BYTES, 5); // row 3 of rows of 2, its second element
        final PlainSparseLoops loops = new PlainSparseLoops(new ByteBuffer[] {w}, 2);

        loops.add(new int[] {3, 0, 3}, new float[] {1, 2, 3, 4, 5, 6});

        final float[] gathered = new float[4];
        loops.gather(new int[] {0, 3}, gathered);
        assertThat(gathered).containsExactly(3, 4, 6, 13);
    }

    @Test
    void shouldStepRowsByTheRootOfTheirSquares() {
        final ByteBuffer w = memory(Float.BYTES);
        final ByteBuffer v = memory(Float.BYTES);
        v.putFloat(2 * Float.BYTES, 9);
        final PlainSparseLoops loops = new PlainSparseLoops(new ByteBuffer[] {w, v}, 2);

        loops.adagrad(new int[] {1}, new float[] {4, 1}, 0.5, 1e-10);

        assertThat(v.getFloat(2 * Float.BYTES)).isEqualTo(25); // 9 + 4 · 4
        assertThat(w.getFloat(2 * Float.BYTES)).isCloseTo(-0.4f, within(1e-6f)); // 0.5 · 4 / 5
        assertThat(w.getFloat(3 * Float.BYTES)).isCloseTo(-0.5f, within(1e-6f)); // 0.5 · 1 / 1
    }

    @Test
    void shouldFitTheJdkThatRuns() throws Exception {
        assertThat(VectorLoops.source(17))
                .contains("VectorSupport.load")
                .doesNotContain("MEMORY", "ACCESS", "MemorySegment");
        assertThat(VectorLoops.source(25))
                .contains("fromMemorySegment")
                .doesNotContain("MEMORY", "ACCESS", "VectorSupport");
    }

    private static ByteBuffer memory(final int bytes) {
        return ByteBuffer.allocateDirect(COUNT * bytes).order(ByteOrder.nativeOrder());
    }
}
