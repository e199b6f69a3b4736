package org.shmarrays.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Changes bytes as damage and malice do: bits, numbers at their limits, fields exchanged, ends cut off or grown. */
final class Mutator {
    private static final long[] LIMITS = {
        0,
        1,
        2,
        3,
        -1,
        -2,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x10000,
        64,
        128,
        4096,
        8192,
        262_144,
        262_145,
        Integer.MAX_VALUE,
        Integer.MAX_VALUE - 7,
        Integer.MIN_VALUE,
        0xffff_ffffL,
        1L << 32,
        (1L << 32) + 1,
        1L << 48,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 1,
        Long.MIN_VALUE
    };

    private static final int MOST_GROWN = 300;

    private final Random random;

    Mutator(final Random random) {
        this.random = random;
    }

    /** A bit, or a byte, between two offsets. */
    void changeByte(final byte[] bytes, final int from, final int to) {
        final int at = from + random.nextInt(to - from);
        switch (random.nextInt(3)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) LIMITS[random.nextInt(11)];
            default -> bytes[at] = (byte) random.nextInt(256);
        }
    }

    /** A number of 4 or 8 bytes, at a multiple of its size from {@code from} on. */
    void changeNumber(final byte[] bytes, final int from, final int to, final int size) {
        if (to - from < size) {
            return;
        }
        final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        final int at = from + random.nextInt((to - from) / size) * size;
        final int other = from + random.nextInt((to - from) / size) * size;
        final long old = size == Integer.BYTES ? buffer.getInt(at) : buffer.getLong(at);
        final long its = size == Integer.BYTES ? buffer.getInt(other) : buffer.getLong(other);
        final long changed = switch (random.nextInt(7)) {
            case 0, 1 -> LIMITS[random.nextInt(LIMITS.length)];
            case 2 -> old + 1;
            case 3 -> old - 1;
            case 4 -> its;
            case 5 -> old ^ 1L << random.nextInt(size * Byte.SIZE);
            default -> old + its;
        };
        put(buffer, at, size, changed);
        if (random.nextInt(4) == 0) {
            put(buffer, other, size, old); // exchanged
        }
    }

    private static void put(final ByteBuffer buffer, final int at, final int size, final long value) {
        if (size == Integer.BYTES) {
            buffer.putInt(at, (int) value);
        } else {
            buffer.putLong(at, value);
        }
    }

    /** One value of the interesting ones, for a field of a known meaning. */
    long limit() {
        return LIMITS[random.nextInt(LIMITS.length)];
    }

    /** Cut off anywhere, or longer than it was. */
    byte[] resize(final byte[] bytes) {
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            case 1 -> Arrays.copyOf(bytes, Math.max(0, bytes.length - 1 - random.nextInt(64)));
            default -> {
                final byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(MOST_GROWN));
                if (random.nextBoolean()) {
                    Arrays.fill(longer, bytes.length, longer.length, (byte) LIMITS[random.nextInt(11)]);
                }
                yield longer;
            }
        };
    }

    /** A run of bytes taken out, or put in twice, in units of {@code size} bytes. */
    byte[] shift(final byte[] bytes, final int from, final int size) {
        final int at = from + random.nextInt(Math.max(1, (bytes.length - from) / size)) * size;
        final int n = Math.min(bytes.length - at, (1 + random.nextInt(6)) * size);
        final boolean out = random.nextBoolean();
        final byte[] shifted = new byte[out ? bytes.length - n : bytes.length + n];
        System.arraycopy(bytes, 0, shifted, 0, at);
        if (out) {
            System.arraycopy(bytes, at + n, shifted, at, bytes.length - at - n);
        } else {
            System.arraycopy(bytes, at, shifted, at, n);
            System.arraycopy(bytes, at, shifted, at + n, bytes.length - at);
        }
        return shifted;
    }
}
