package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Snapshots that wait for their evaluation in a temporary file of limited size, so that they take no heap however long
 * the training is. When the file is full, every second snapshot from the midst of epochs is dropped, and from then on
 * every second one that comes; where there are none, every second end of an epoch. Where the file can't be written,
 * that is said once, and no further one is kept. For any thread.
 */
final class SpilledSnapshots implements AutoCloseable {
    private final int capacity;
    private final List<Kept> kept = new ArrayList<>();
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<String, Integer> lengths = new LinkedHashMap<>();
    private RandomAccessFile file;
    private byte[] record;
    private int places;
    private boolean isBroken;
    private long offeredMidst;
    private long strideMidst = 1;
    private long offeredEnds;
    private long strideEnds = 1;

    /** A snapshot in the file. */
    private record Kept(double seconds, long samples, long steps, int epoch, int place) {
        boolean isMidst() {
            return epoch == 0;
        }
    }

    /** None yet, and no file; at most {@code capacity} of them. */
    SpilledSnapshots(final int capacity) {
        if (capacity < 2) {
            throw new IllegalArgumentException("at least two snapshots must have a place: " + capacity);
        }
        this.capacity = capacity;
    }

    /** Room for so many bytes of parameters. */
    static SpilledSnapshots ofBytes(final long limitBytes, final long snapshotBytes) {
        return new SpilledSnapshots((int) Math.max(2, Math.min(limitBytes / snapshotBytes, 1 << 16)));
    }

    /** Keeps a snapshot, unless it falls through the present grid. They come in the order of their samples. */
    synchronized void put(final Snapshot snapshot) {
        final boolean isWanted =
                snapshot.epoch() == 0 ? offeredMidst++ % strideMidst == 0 : offeredEnds++ % strideEnds == 0;
        if (isBroken || !isWanted) {
            return;
        }
        if (kept.size() == capacity) {
            thin();
        }
        try {
            final int place = free.isEmpty() ? places : free.remove();
            write(place, snapshot.values());
            places = Math.max(places, place + 1);
            kept.add(new Kept(snapshot.seconds(), snapshot.samples(), snapshot.steps(), snapshot.epoch(), place));
        } catch (final IOException e) {
            isBroken = true;
            System.err.println("shmarrays: snapshots can't be stored in " + System.getProperty("java.io.tmpdir") + ": "
                    + e.getMessage() + "; from now on, only snapshots that are evaluated at once give an accuracy");
        }
    }

    private void thin() {
        if (kept.stream().filter(Kept::isMidst).count() >= 2) {
            strideMidst *= 2;
            dropEverySecond(Kept::isMidst);
        } else {
            strideEnds *= 2;
            dropEverySecond(entry -> !entry.isMidst());
        }
    }

    private void dropEverySecond(final Predicate<Kept> which) {
        boolean stays = false;
        final List<Kept> all = List.copyOf(kept);
        kept.clear();
        for (final Kept entry : all) {
            stays = which.test(entry) ? !stays : stays;
            if (!which.test(entry) || stays) {
                kept.add(entry);
            } else {
                free.add(entry.place());
            }
        }
    }

    /** Forgets a snapshot that has been evaluated. */
    synchronized void remove(final Snapshot snapshot) {
        kept.removeIf(entry -> {
            final boolean isIt = entry.samples() == snapshot.samples() && entry.epoch() == snapshot.epoch();
            if (isIt) {
                free.add(entry.place());
            }
            return isIt;
        });
    }

    /**
     * Takes the earliest one out, or returns null if there is none.
     *
     * @throws IOException if it can't be read
     */
    synchronized Snapshot next() throws IOException {
        if (kept.isEmpty()) {
            return null;
        }
        final Kept entry = kept.remove(0);
        final Map<String, float[]> values = read(entry.place());
        free.add(entry.place());
        return new Snapshot(entry.seconds(), entry.samples(), entry.steps(), entry.epoch(), values);
    }

    /** How many wait. */
    synchronized int size() {
        return kept.size();
    }

    private void write(final int place, final Map<String, float[]> values) throws IOException {
        if (file == null) {
            values.forEach((name, array) -> lengths.put(name, array.length));
            record = new byte
                    [lengths.values().stream().mapToInt(Integer::intValue).sum() * Float.BYTES];
            final Path path = Files.createTempFile("shmarrays-mnist", ".snapshots");
            file = new RandomAccessFile(path.toFile(), "rw");
            Files.delete(path); // it lives as long as it is open, and nothing is left behind
        }
        final ByteBuffer buffer = ByteBuffer.wrap(record);
        for (final String name : lengths.keySet()) {
            buffer.asFloatBuffer().put(values.get(name));
            buffer.position(buffer.position() + lengths.get(name) * Float.BYTES);
        }
        file.seek((long) place * record.length);
        file.write(record);
    }

    private Map<String, float[]> read(final int place) throws IOException {
        file.seek((long) place * record.length);
        file.readFully(record);
        final ByteBuffer buffer = ByteBuffer.wrap(record);
        final Map<String, float[]> values = new LinkedHashMap<>();
        lengths.forEach((name, length) -> {
            final float[] array = new float[length];
            buffer.asFloatBuffer().get(array);
            buffer.position(buffer.position() + length * Float.BYTES);
            values.put(name, array);
        });
        return values;
    }

    /** Gives the file back. Twice is harmless. */
    @Override
    public synchronized void close() throws IOException {
        kept.clear();
        if (file != null) {
            file.close();
        }
    }
}
