package org.shmarrays.examples.mnist;

/**
 * A minibatch: room for {@code capacity} images and their labels, made once and filled again and again. One thread.
 */
public final class Batch {
    private final PixelValues values;
    private final float[] pixels;
    private final int[] labels;
    private int size;
    private boolean isCurrent;

    /**
     * An empty batch.
     *
     * @param capacity the most images it takes, at least 1.
     */
    public Batch(final int capacity) {
        if (capacity < 1 || capacity > Integer.MAX_VALUE / LabelledImages.PIXELS) {
            throw new IllegalArgumentException("batch capacity must be 1 to "
                    + Integer.MAX_VALUE / LabelledImages.PIXELS + ": capacity=" + capacity);
        }
        values = new PixelValues(capacity * LabelledImages.PIXELS);
        pixels = new float[capacity * LabelledImages.PIXELS];
        labels = new int[capacity];
    }

    /** Forgets the images. */
    public void clear() {
        size = 0;
    }

    /** Copies an image and its label behind those already here. */
    public void add(final LabelledImages images, final int index) {
        if (size == labels.length) {
            throw new IllegalStateException("batch is full: capacity=" + labels.length + "; clear it first");
        }
        images.copy(index, values, size * LabelledImages.PIXELS);
        isCurrent = false;
        labels[size] = images.label(index);
        size++;
    }

    /** The most images it takes. */
    public int capacity() {
        return labels.length;
    }

    /** Images in it. What the arrays hold behind them are images of earlier batches, or black. */
    public int size() {
        return size;
    }

    void requireFor(final Network network) {
        if (size == 0 || labels.length != network.batchSize()) {
            throw new IllegalArgumentException("batch must hold images and have the network's capacity: size=" + size
                    + ", capacity=" + labels.length + ", network=" + network.batchSize());
        }
    }

    /** Normalised pixels, {@code [capacity, 784]} row-major: the array itself. The first call behind {@link #add} computes them. */
    float[] pixels() {
        if (!isCurrent) {
            values.read(pixels);
            isCurrent = true;
        }
        return pixels;
    }

    /** The digits, {@code [capacity]}: the array itself. */
    int[] labels() {
        return labels;
    }
}
