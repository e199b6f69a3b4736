package org.shmarrays.examples.mnist;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;

/** Images and idx files made for tests. */
final class RandomImages {
    private RandomImages() {}

    static byte[] idx(final int[] dims, final byte[] elements) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(0x800 + dims.length);
            for (final int dim : dims) {
                out.writeInt(dim);
            }
            out.write(elements);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static IdxFile parse(final byte[] content) {
        try {
            return IdxFile.read("test", new ByteArrayInputStream(content));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LabelledImages images(final int count, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] pixels = new byte[count * LabelledImages.PIXELS];
        random.nextBytes(pixels);
        final byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) random.nextInt(LabelledImages.CLASSES);
        }
        return LabelledImages.of(
                parse(idx(new int[] {count, LabelledImages.SIDE, LabelledImages.SIDE}, pixels)),
                parse(idx(new int[] {count}, labels)));
    }

    static Batch batch(final int capacity, final int size, final long seed) {
        final LabelledImages images = images(size, seed);
        final Batch batch = new Batch(capacity);
        for (int i = 0; i < size; i++) {
            batch.add(images, i);
        }
        return batch;
    }
}
