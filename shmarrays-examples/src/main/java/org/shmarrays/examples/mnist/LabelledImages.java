package org.shmarrays.examples.mnist;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Grey images of 28 × 28 pixels and the digit on each, held as the raw bytes of the files: 47 MB for MNIST's training
 * set. Immutable; any thread.
 */
public final class LabelledImages {
    /** Pixels on a side. */
    public static final int SIDE = 28;

    /** Pixels of an image. */
    public static final int PIXELS = SIDE * SIDE;

    /** Different labels: the digits 0 to 9. */
    public static final int CLASSES = 10;

    private final ByteBuffer pixels;
    private final int[] labels;

    /**
     * Images that lie one after the other in a buffer, be it shared memory, and their digits; both are kept, not
     * copied.
     */
    LabelledImages(final ByteBuffer pixels, final int[] labels) {
        if (pixels.remaining() != (long) labels.length * PIXELS) {
            throw new IllegalArgumentException("not an image for each label: labels=" + labels.length
                    + ", bytes of images=" + pixels.remaining() + ", of each=" + PIXELS);
        }
        this.pixels = pixels.slice().asReadOnlyBuffer();
        this.labels = labels;
    }

    /**
     * Pairs images with labels.
     *
     * @throws MnistDataException if the images are not 28 × 28, the counts differ or a label is no digit.
     */
    static LabelledImages of(final IdxFile images, final IdxFile labels) {
        if (images.rank() != 3 || images.dim(1) != SIDE || images.dim(2) != SIDE) {
            throw new MnistDataException(
                    "not a file of 28x28 images: images=" + images + ", expected dimensions=[count, 28, 28]");
        }
        if (labels.rank() != 1) {
            throw new MnistDataException("not a file of labels: labels=" + labels + ", expected dimensions=[count]");
        }
        if (labels.dim(0) != images.dim(0)) {
            throw new MnistDataException("as many labels as images are needed: images=" + images + ", labels=" + labels
                    + "; do both files belong to the same set?");
        }
        final byte[] bytes = labels.elements();
        final int[] digits = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            digits[i] = bytes[i] & 0xFF;
            if (digits[i] >= CLASSES) {
                throw new MnistDataException("label is no digit: labels=" + labels + ", index=" + i + ", label="
                        + digits[i] + ", expected=0 to 9");
            }
        }
        return new LabelledImages(ByteBuffer.wrap(images.elements()), digits);
    }

    /** Number of images. */
    public int count() {
        return labels.length;
    }

    /** Their number and a checksum of all pixels and digits, to tell these images from others. */
    String fingerprint() {
        final CRC32 sum = new CRC32();
        sum.update(pixels());
        for (final int label : labels) {
            sum.update(label);
        }
        return String.format(Locale.ROOT, "%d images, CRC-32 %08x", count(), sum.getValue());
    }

    /** The digit on image {@code index}. */
    public int label(final int index) {
        return labels[index];
    }

    /** The pixels of all images, row after row. */
    ByteBuffer pixels() {
        return pixels.duplicate();
    }

    /** The digits: the array itself. */
    int[] labels() {
        return labels;
    }

    /** Copies the pixels of image {@code index}, row after row, to {@code offset} and behind. */
    void copy(final int index, final PixelValues to, final int offset) {
        to.put(offset, pixels, index * PIXELS, PIXELS);
    }
}
