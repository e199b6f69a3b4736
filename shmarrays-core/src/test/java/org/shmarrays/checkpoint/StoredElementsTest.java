package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.layout.ArrayOrder;

/** Elements in other orders and types become those of the array exactly, or are refused. */
class StoredElementsTest {
    @Test
    void shouldTurnEachOrderIntoTheOther() throws IOException {
        // Element (i, j, k) of the shape 2 × 3 × 4 is 100 i + 10 j + k.
        final int[] c = new int[24];
        final int[] f = new int[24];
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < 4; k++) {
                    c[(i * 3 + j) * 4 + k] = 100 * i + 10 * j + k;
                    f[i + 2 * (j + 3 * k)] = 100 * i + 10 * j + k;
                }
            }
        }
        assertThat(ints(converted("<i4", ArrayOrder.F, "<i4", ArrayOrder.C, bytes(f), 2, 3, 4)))
                .containsExactly(c);
        assertThat(ints(converted("<i4", ArrayOrder.C, "<i4", ArrayOrder.F, bytes(c), 2, 3, 4)))
                .containsExactly(f);
        assertThat(ints(converted("<i4", ArrayOrder.C, "<i4", ArrayOrder.C, bytes(c), 2, 3, 4)))
                .containsExactly(c);
    }

    @Test
    void shouldTurnOrdersBeyondOneBlock() throws IOException {
        final int rows = 300;
        final int columns = 257;
        final int[] f = new int[rows * columns];
        for (int i = 0; i < f.length; i++) {
            f[i] = i % rows * columns + i / rows; // what C order numbers it
        }
        final int[] c = ints(converted("<i4", ArrayOrder.F, "<i4", ArrayOrder.C, bytes(f), rows, columns));
        for (int i = 0; i < c.length; i++) {
            assertThat(c[i]).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "<f8, <f4, 0.1",
        "<f8, <f4, 1e300",
        "<f8, <f2, 65520",
        "<f4, <f2, 1e-8",
        "<f4, <u2, 1.001",
        "<f8, <i4, 1.5",
        "<f8, <i4, 2147483648",
        "<f8, <i4, -0.0",
        "<f8, <i8, 9223372036854775807",
        "<f8, <i4, NaN",
        "<f8, <i8, Infinity",
        ">f8, <f4, 0.1"
    })
    void shouldRefuseFloatsThatTheTypeLacks(final String from, final String to, final double value) {
        assertThatThrownBy(() -> converted(from, ArrayOrder.C, to, ArrayOrder.C, floats(from, value), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("can't be stored exactly")
                .hasMessageContaining("element=0");
    }

    @ParameterizedTest
    @CsvSource({
        "<f8, <f4, 0.5",
        "<f8, <f4, NaN",
        "<f8, <f4, -Infinity",
        "<f8, <f4, -0.0",
        "<f8, <f4, 1.401298464324817e-45",
        "<f4, <f8, 0.1",
        "<f8, <f2, 65504",
        "<f8, <i4, -2147483648",
        "<f8, <i8, 4611686018427387904",
        ">f8, <f4, -2.5",
        ">f4, <f8, 3"
    })
    void shouldKeepFloatsThatTheTypeHas(final String from, final String to, final double value) throws IOException {
        final byte[] stored = floats(from, from.endsWith("4") ? (float) value : value);
        final ByteBuffer found = ByteBuffer.wrap(converted(from, ArrayOrder.C, to, ArrayOrder.C, stored, 1))
                .order(ByteOrder.nativeOrder());

        final double kept = switch (to) {
            case "<f2" -> org.shmarrays.internal.kernel.HalfPrecision.fromHalf(found.getShort());
            case "<f4" -> found.getFloat();
            case "<f8" -> found.getDouble();
            case "<i4" -> found.getInt();
            default -> found.getLong();
        };
        final double expected = from.endsWith("4") ? (float) value : value;
        assertThat(Double.compare(kept, expected)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"|b1", "<c8", "<u2", "|S4", "|O", "<M8"})
    void shouldRefuseTypesThatAreNoNumbersOrMayBeBits(final String from) {
        assertThatThrownBy(() -> converted(from, ArrayOrder.C, "<f4", ArrayOrder.C, new byte[64], 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found=" + from);
    }

    @Test
    void shouldRefuseIntegersForBitsOfBfloat() {
        for (final String from : new String[] {"<i2", "<i4", "|u1"}) {
            assertThatThrownBy(() -> converted(from, ArrayOrder.C, "<u2", ArrayOrder.C, new byte[64], 2))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldRefuseIntegersBeyondTheType() {
        final byte[] large = with(8, ByteOrder.LITTLE_ENDIAN, buffer -> buffer.putLong(1L << 40));
        final byte[] unsigned = with(8, ByteOrder.LITTLE_ENDIAN, buffer -> buffer.putLong(-1));
        final byte[] odd = with(8, ByteOrder.LITTLE_ENDIAN, buffer -> buffer.putLong((1L << 53) + 1));

        for (final Runnable conversion : new Runnable[] {
            () -> run("<i8", "<i4", large),
            () -> run("<u8", "<i8", unsigned),
            () -> run("<u8", "<f8", unsigned),
            () -> run("<i8", "<f8", odd)
        }) {
            assertThatThrownBy(conversion::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("can't be stored exactly");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "<i8, <i4, -5000000000, -5000000000",
        "<i8, <f4, -16777217, -16777217",
        "<i8, <i4, 5000000000, 5000000000",
        "<u8, <i8, -1, 18446744073709551615",
        ">u8, <i4, -2, 18446744073709551614"
    })
    void shouldSayWhichIntegerCannotBeKept(final String from, final String to, final long bits, final String written) {
        final ByteOrder order = from.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;

        assertThatThrownBy(() -> run(from, to, with(8, order, buffer -> buffer.putLong(bits))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("element=0 as stored, value=" + written);
    }

    @Test
    void shouldRefuseAnotherShape() {
        final NpyHeader found = new NpyHeader("<f4", ArrayOrder.C, new int[] {2, 3});
        for (final int[] shape : new int[][] {{3, 2}, {6}, {2, 3, 1}, {}}) {
            assertThatThrownBy(() -> StoredElements.between(found, new NpyHeader("<f4", ArrayOrder.C, shape)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void run(final String from, final String to, final byte[] stored) {
        try {
            converted(from, ArrayOrder.C, to, ArrayOrder.C, stored, 1);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] converted(
            final String from,
            final ArrayOrder fromOrder,
            final String to,
            final ArrayOrder toOrder,
            final byte[] stored,
            final int... shape)
            throws IOException {
        final StoredElements elements =
                StoredElements.between(new NpyHeader(from, fromOrder, shape), new NpyHeader(to, toOrder, shape));
        final int size = Integer.parseInt(to.substring(2));
        int count = 1;
        for (final int length : shape) {
            count *= length;
        }
        final byte[] array = new byte[count * size];
        final ByteArrayInputStream in = new ByteArrayInputStream(stored);
        elements.read(
                (into, length) -> {
                    if (in.readNBytes(into, 0, length) != length) {
                        throw new EOFException();
                    }
                },
                (index, bytes, offset, length) -> System.arraycopy(bytes, offset, array, index * size, length));
        return array;
    }

    private static byte[] floats(final String descr, final double value) {
        final ByteOrder order = descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        return descr.endsWith("8")
                ? with(8, order, buffer -> buffer.putDouble(value))
                : with(4, order, buffer -> buffer.putFloat((float) value));
    }

    private static byte[] with(final int length, final ByteOrder order, final Consumer<ByteBuffer> content) {
        final ByteBuffer buffer = ByteBuffer.allocate(length).order(order);
        content.accept(buffer);
        return buffer.array();
    }

    private static byte[] bytes(final int[] values) {
        return with(4 * values.length, ByteOrder.LITTLE_ENDIAN, buffer -> {
            for (final int value : values) {
                buffer.putInt(value);
            }
        });
    }

    private static int[] ints(final byte[] bytes) {
        final int[] values = new int[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asIntBuffer().get(values);
        return values;
    }
}
