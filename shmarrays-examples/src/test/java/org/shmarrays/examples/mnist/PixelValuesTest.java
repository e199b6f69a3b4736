package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PixelValuesTest {
    private static final int OFFSET = 3;

    @Test
    void shouldNormaliseEachByte() {
        final byte[] bytes = new byte[256];
        for (int x = 0; x < bytes.length; x++) {
            bytes[x] = (byte) x;
        }
        final PixelValues values = new PixelValues(OFFSET + bytes.length + 1);
        values.put(OFFSET, ByteBuffer.wrap(bytes), 0, bytes.length);
        final float[] numbers = new float[OFFSET + bytes.length + 1];
        values.read(numbers);

        for (int x = 0; x < bytes.length; x++) {
            assertThat((double) numbers[OFFSET + x])
                    .as("byte %d", x)
                    .isCloseTo((x / 255.0 - 0.1307) / 0.3081, within(1e-6));
        }
        assertThat(numbers[0]).isEqualTo(numbers[OFFSET]);
        assertThat(numbers[OFFSET + bytes.length]).isEqualTo(numbers[OFFSET]);
    }

    @Test
    void shouldReadWhatWasPutLast() {
        final PixelValues values = new PixelValues(2);
        final float[] numbers = new float[2];
        values.put(0, ByteBuffer.wrap(new byte[] {0, -1}), 0, 2);
        values.read(numbers);
        final float white = numbers[1];
        values.put(0, ByteBuffer.wrap(new byte[] {0, -1}), 1, 1);
        values.read(numbers);

        assertThat(numbers).containsOnly(white);
    }
}
