package org.shmarrays.stress;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentBuilder;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/**
 * Mapped segments for the states of the stress tests: one array of one partition, and a few slots. A state borrows one and
 * its arbiter gives it back, so no two live states share memory, and files are made only for as many as live at a time. Any
 * thread may use it.
 *
 * @param <T> what a test keeps with a segment
 */
final class SegmentPool<T> {
    /** Where the segments of a JVM stand. */
    static final String DIRECTORY = "shmarrays.stress.segments";

    static final int ELEMENTS = 16;

    private final Queue<T> free = new ConcurrentLinkedQueue<>();
    private final SegmentRoot root = new SegmentRoot(directory());
    private final int slots;
    private final Furnishing<T> furnishing;
    private int built;

    /** Makes what a test keeps with a segment. */
    @FunctionalInterface
    interface Furnishing<T> {
        T of(Segment segment);
    }

    /** Segments of so many slots. */
    SegmentPool(final int slots, final Furnishing<T> furnishing) {
        this.slots = slots;
        this.furnishing = furnishing;
    }

    private static Path directory() {
        try {
            final Path parent = Files.createDirectories(Path.of(System.getProperty(DIRECTORY)));
            return Files.createTempDirectory(parent, "jvm-");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that no live state has. It is as the last state left it. */
    T borrow() {
        final T used = free.poll();
        return used == null ? build() : used;
    }

    void giveBack(final T segment) {
        free.add(segment);
    }

    private synchronized T build() {
        final SegmentBuilder builder = SegmentBuilder.build(
                root,
                "s" + built++,
                Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(Mode.LOCKED)), slots, 0),
                0);
        builder.publish();
        return furnishing.of(builder.segment());
    }
}
