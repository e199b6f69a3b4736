package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.List;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

/**
 * The training set as a segment of its own beside the training's, so that it is unpacked once and there is one copy of it,
 * however many workers draw from it. Workers attach read-only. All is written before the segment is published, and never
 * changed: who has attached may read it by plain loads.
 */
final class SharedImages implements AutoCloseable {
    private static final String IMAGES = "images";
    private static final String LABELS = "labels";

    /** Four pixels share an element: there is no type of one byte. */
    private static final int ELEMENTS = LabelledImages.PIXELS / Integer.BYTES;

    private final ShmArrays arrays;

    private SharedImages(final ShmArrays arrays) {
        this.arrays = arrays;
    }

    /** The name of the segment, by the name of the training's. */
    static String segmentName(final String training) {
        return training + "-data";
    }

    /** Removes the segment of a training when it is over. */
    static RemovalAtEnd removalAtEnd(final String training, final Settings settings) {
        return RemovalAtEnd.ofCreated(segmentName(training), settings.withSlots(1));
    }

    /**
     * Creates the segment.
     *
     * @param removal the training's, of {@link #removalAtEnd}
     */
    static SharedImages create(final LabelledImages images, final RemovalAtEnd removal) {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of(IMAGES, ElementType.INT32, images.count(), ELEMENTS)
                        .inMode(Mode.HOGWILD),
                ArraySpec.of(LABELS, ElementType.INT32, images.count()).inMode(Mode.HOGWILD));
        return new SharedImages(removal.create(specs, arrays -> {
            arrays.array(IMAGES).view().put(images.pixels());
            arrays.array(LABELS).write(images.labels());
        }));
    }

    /** Number of images. */
    int count() {
        return arrays.array(LABELS).elementCount();
    }

    /** Gives the segment's slot back; it stays there until it is removed. */
    @Override
    public void close() {
        arrays.close();
    }

    /**
     * The images in shared memory, as soon as they are there.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if they are not within this time
     */
    static LabelledImages attach(final String training, final Duration timeout, final Settings settings) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(segmentName(training), settings.withAttachTimeout(timeout))) {
            final int[] labels = new int[arrays.array(LABELS).elementCount()];
            arrays.array(LABELS).readInto(labels);
            return new LabelledImages(arrays.array(IMAGES).view(), labels);
        }
    }
}
