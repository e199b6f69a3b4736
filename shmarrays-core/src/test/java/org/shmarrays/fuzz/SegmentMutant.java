package org.shmarrays.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.internal.layout.CatalogCodec;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.ControlOffsets;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.SlotTable;

/** The files of a segment, some of them changed. */
final class SegmentMutant {
    private static final String CONTROL = "control.dat";
    private static final int CATALOG_LENGTH_OFFSET = 56;
    private static final int CATALOG_CRC_OFFSET = 60;
    private static final int FILE_LENGTH_OFFSET = 48;
    private static final int HEADER_CRC_OFFSET = 64;
    private static final int COUNTS_LENGTH = 24;
    private static final int LONGEST_FILE = 1 << 20;
    private static final int UNDO_HEADER_LENGTH = 128;
    private static final int EVENT_CRC_OFFSET = 252;

    /** The part of the live areas that has the events. */
    private static final int EVENTS = 6;

    /** What is changed. */
    enum Kind {
        /** The control file's first bytes. */
        HEADER,
        /** The tables. */
        CATALOG,
        /** Run control, partition blocks, slots, counters, step counts, events. */
        LIVE,
        /** Live areas of a segment of which one partition's lock is held by a dead process. */
        LIVE_HELD,
        /** The undo area of the dead process. */
        UNDO,
        /** Lengths and headers of the other files. */
        OTHER_FILES,
        /** Files of another segment. */
        SPLICED
    }

    private final Kind kind;
    private final Map<String, byte[]> files;
    private final Random random;
    private final Mutator mutator;
    private boolean isChecksumRight;

    private SegmentMutant(final Kind kind, final Map<String, byte[]> files, final Random random) {
        this.kind = kind;
        this.files = files;
        this.random = random;
        this.mutator = new Mutator(random);
    }

    /** A mutant of one of the originals, by the name of each. */
    static SegmentMutant of(final Map<String, Map<String, byte[]>> originals, final Random random) {
        final Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        final boolean held = kind == Kind.LIVE_HELD || kind == Kind.UNDO;
        final Map<String, byte[]> files = new TreeMap<>();
        originals.get(held ? Originals.HELD : Originals.WHOLE).forEach((name, bytes) -> files.put(name, bytes.clone()));
        final SegmentMutant mutant = new SegmentMutant(kind, files, random);
        for (int n = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1; n > 0; n--) {
            mutant.change(originals.get(Originals.OTHER));
        }
        if (kind == Kind.HEADER || kind == Kind.CATALOG) {
            mutant.mendChecksums();
        }
        return mutant;
    }

    Kind kind() {
        return kind;
    }

    Map<String, byte[]> files() {
        return files;
    }

    /** True if what was changed stands under a checksum that was made right again. */
    boolean isBehindChecksum() {
        return isChecksumRight;
    }

    private void change(final Map<String, byte[]> other) {
        if (files.get(CONTROL).length <= ControlOffsets.CATALOG) {
            return; // cut short by an earlier change
        }
        switch (kind) {
            case HEADER -> changeHeader();
            case CATALOG -> changeCatalog();
            case LIVE, LIVE_HELD -> changeLive();
            case UNDO -> changeUndo();
            case OTHER_FILES -> changeOtherFiles();
            default -> splice(other);
        }
    }

    private void changeHeader() {
        final byte[] control = files.get(CONTROL);
        switch (random.nextInt(8)) {
            case 0 -> mutator.changeByte(control, 0, HEADER_CRC_OFFSET + Integer.BYTES);
            case 1 -> mutator.changeByte(control, 0, ControlHeader.HEADER_LENGTH);
            case 2 -> files.put(CONTROL, mutator.resize(control));
            case 3 -> buffer().putInt(CATALOG_LENGTH_OFFSET, (int) mutator.limit());
            case 4 -> buffer().putLong(FILE_LENGTH_OFFSET, mutator.limit());
            default ->
                mutator.changeNumber(
                        control, Long.BYTES, HEADER_CRC_OFFSET, random.nextBoolean() ? Integer.BYTES : Long.BYTES);
        }
    }

    private void changeCatalog() {
        final byte[] control = files.get(CONTROL);
        final int from = ControlOffsets.CATALOG;
        final int length = catalogLength();
        switch (random.nextInt(8)) {
            case 0 -> mutator.changeByte(control, from, from + length);
            case 1 -> mutator.changeNumber(control, from, from + COUNTS_LENGTH, Integer.BYTES);
            case 2 -> shiftCatalog();
            default -> mutator.changeNumber(control, from, from + length, Integer.BYTES);
        }
    }

    /** A record too many or too few, and mostly the count that says so. */
    private void shiftCatalog() {
        final byte[] control = files.get(CONTROL);
        final int from = ControlOffsets.CATALOG;
        final byte[] catalog = Arrays.copyOfRange(control, from, from + catalogLength());
        final byte[] shifted = mutator.shift(catalog, COUNTS_LENGTH, Integer.BYTES);
        final ByteBuffer counts = ByteBuffer.wrap(shifted).order(ByteOrder.nativeOrder());
        if (random.nextInt(4) > 0) {
            final int count = random.nextInt(4) * Integer.BYTES;
            counts.putInt(count, counts.getInt(count) + Integer.signum(shifted.length - catalog.length));
        }
        replaceCatalog(shifted);
    }

    /** The live parts stand behind the catalog, so they move with its end. */
    private void replaceCatalog(final byte[] catalog) {
        final byte[] control = files.get(CONTROL);
        final int from = ControlOffsets.CATALOG;
        final byte[] longer = Arrays.copyOf(control, Math.max(control.length, from + catalog.length));
        System.arraycopy(catalog, 0, longer, from, catalog.length);
        files.put(CONTROL, longer);
        buffer().putInt(CATALOG_LENGTH_OFFSET, catalog.length);
    }

    private void changeLive() {
        final byte[] control = files.get(CONTROL);
        final ControlLayout layout = layout(control);
        final int[] ends = {
            ControlHeader.HEADER_LENGTH,
            ControlOffsets.CATALOG,
            ControlOffsets.partitions(layout),
            ControlOffsets.slots(layout),
            ControlOffsets.slotArrays(layout),
            ControlOffsets.steps(layout),
            ControlOffsets.events(layout),
            control.length
        };
        final int part = new int[] {0, 2, 2, 2, 3, 3, 3, 4, 5, EVENTS, EVENTS}[random.nextInt(11)];
        final int from = ends[part];
        final int to = ends[part + 1];
        switch (random.nextInt(5)) {
            case 0 -> mutator.changeByte(control, from, to);
            case 1 -> changeWord(control, layout, part);
            default -> changeNonZero(control, from, to);
        }
        if (part == EVENTS && random.nextInt(4) > 0) {
            mendEvents(new EventRing(new UnsafeBuffer(control), layout));
        }
    }

    /** The checksums of all records are right, so that what is in them is read. */
    private void mendEvents(final EventRing ring) {
        for (int number = 0; number < EventRing.CAPACITY; number++) {
            final byte[] image = new byte[EventDescriptor.LENGTH];
            ring.copy(number, image);
            final CRC32 crc = new CRC32();
            crc.update(image, 0, EVENT_CRC_OFFSET);
            ByteBuffer.wrap(image).order(ByteOrder.nativeOrder()).putInt(EVENT_CRC_OFFSET, (int) crc.getValue());
            ring.content(number, image);
        }
    }

    /** Numbers stand far apart in the live areas: one that is not 0, or the first ones of a line. */
    private void changeNonZero(final byte[] control, final int from, final int to) {
        final ByteBuffer buffer = buffer();
        final List<Integer> places = new ArrayList<>();
        for (int at = from; at < to; at += Long.BYTES) {
            if (buffer.getLong(at) != 0 || at % ControlHeader.LINE_PAIR < 2 * Long.BYTES) {
                places.add(at);
            }
        }
        final int at = places.get(random.nextInt(places.size()));
        mutator.changeNumber(control, at, Math.min(to, at + 2 * Long.BYTES), Long.BYTES);
    }

    /**
     * A token in a lock word, as reserved waiter or in the pause word; a state; an odd version; the number of events.
     */
    private void changeWord(final byte[] control, final ControlLayout layout, final int part) {
        final ByteBuffer buffer = ByteBuffer.wrap(control).order(ByteOrder.nativeOrder());
        final long token = (long) random.nextInt(4) << 16 | random.nextInt(5);
        if (part == 0) {
            final RunControlBlock runControl = new RunControlBlock(new UnsafeBuffer(control));
            runControl.compareAndSetPause(runControl.pauseAcquire(), token);
        } else if (part == 2) {
            final PartitionTable table = new PartitionTable(new UnsafeBuffer(control), layout);
            final int partition =
                    random.nextInt((ControlOffsets.slots(layout) - ControlOffsets.partitions(layout)) / 256);
            switch (random.nextInt(3)) {
                case 0 -> table.compareAndSetLock(partition, table.lockAcquire(partition), token);
                case 1 -> table.compareAndSetReservedWaiter(partition, table.reservedWaiterAcquire(partition), token);
                default -> table.versionRelease(partition, table.versionPlain(partition) + random.nextInt(3));
            }
        } else if (part == EVENTS) {
            // The tail, so that it lies a round, or nearly, before or behind the events that are there.
            buffer.putLong(ControlOffsets.events(layout), random.nextInt(4) * (EventRing.CAPACITY - 1L));
        } else {
            new SlotTable(new UnsafeBuffer(control), layout).stateRelease(random.nextInt(3), random.nextInt(4));
        }
    }

    private void changeUndo() {
        final String name = "undo-" + Originals.DEAD_SLOT + ".dat";
        final byte[] undo = files.get(name);
        if (undo.length < 2 * UNDO_HEADER_LENGTH) {
            return;
        }
        switch (random.nextInt(12)) {
            case 0 -> mutator.changeByte(undo, 0, undo.length);
            case 1 -> files.put(name, mutator.resize(undo));
            case 2 -> files.put(name, Arrays.copyOf(mutator.shift(undo, UNDO_HEADER_LENGTH, 4), undo.length));
            case 3, 4 -> mutator.changeNumber(undo, 16, 40, Long.BYTES);
            case 5 -> mutator.changeNumber(undo, UNDO_HEADER_LENGTH, undo.length, Integer.BYTES);
            default -> changeEntry(undo);
        }
    }

    /** File, offset or length of one of the entries. */
    private void changeEntry(final byte[] undo) {
        final ByteBuffer buffer = ByteBuffer.wrap(undo).order(ByteOrder.nativeOrder());
        final List<Integer> entries = new ArrayList<>();
        final long end = Math.min(undo.length - 16L, UNDO_HEADER_LENGTH + buffer.getLong(32));
        for (int at = UNDO_HEADER_LENGTH; at < end; ) {
            entries.add(at);
            final int length = buffer.getInt(at + 8);
            at += 16 + (Math.max(0, Math.min(length, undo.length)) + 7 & -8);
        }
        if (!entries.isEmpty()) {
            final int entry = entries.get(random.nextInt(entries.size()));
            mutator.changeNumber(undo, entry, entry + 12, Integer.BYTES);
        }
    }

    private void changeOtherFiles() {
        final List<String> names =
                files.keySet().stream().filter(name -> !name.equals(CONTROL)).toList();
        final String name = names.get(random.nextInt(names.size()));
        final byte[] bytes = files.get(name);
        if (bytes.length > 64 && random.nextInt(3) > 0) {
            mutator.changeByte(bytes, 0, random.nextInt(3) == 0 ? bytes.length : 64);
        } else if (random.nextInt(8) == 0) {
            files.remove(name);
        } else {
            files.put(name, mutator.resize(bytes));
        }
    }

    private void splice(final Map<String, byte[]> other) {
        final List<String> names = List.copyOf(random.nextBoolean() ? other.keySet() : files.keySet());
        final List<String> others = List.copyOf(other.keySet());
        final String name = names.get(random.nextInt(names.size()));
        final String from =
                other.containsKey(name) && random.nextInt(4) > 0 ? name : others.get(random.nextInt(others.size()));
        final byte[] its = other.get(from);
        final byte[] mine = files.getOrDefault(name, its);
        if (random.nextInt(3) == 0 && mine.length > 0 && its.length > 0) {
            // The beginning of the one, the end of the other.
            final byte[] both = mine.clone();
            final int at = random.nextInt(mine.length);
            final int n = Math.max(0, Math.min(its.length - at, mine.length - at));
            System.arraycopy(its, Math.min(at, its.length), both, at, n);
            files.put(name, both);
        } else {
            files.put(name, its.clone());
        }
    }

    /**
     * In three of four cases checksums are right; and, if the tables can be read, the lengths that follow from them.
     */
    private void mendChecksums() {
        final byte[] control = files.get(CONTROL);
        final int length = control.length < ControlOffsets.CATALOG ? -1 : catalogLength();
        if (control.length < ControlHeader.HEADER_LENGTH || random.nextInt(4) == 0) {
            return;
        }
        if (length >= 0 && length <= control.length - ControlOffsets.CATALOG) {
            if (kind == Kind.CATALOG) {
                mendLengths(Arrays.copyOfRange(control, ControlOffsets.CATALOG, ControlOffsets.CATALOG + length));
            }
            final CRC32 crc = new CRC32();
            crc.update(files.get(CONTROL), ControlOffsets.CATALOG, length);
            buffer().putInt(CATALOG_CRC_OFFSET, (int) crc.getValue());
        }
        final ControlHeader header = new ControlHeader(new UnsafeBuffer(files.get(CONTROL)));
        header.headerCrc(header.checksum());
        isChecksumRight = true;
    }

    private void mendLengths(final byte[] catalog) {
        final SegmentLayout layout;
        final int length;
        try {
            layout = CatalogCodec.decode(ByteBuffer.wrap(catalog).order(ByteOrder.nativeOrder()));
            length = new ControlLayout(catalog.length, layout).lengthBytes();
        } catch (final RuntimeException | OutOfMemoryError e) {
            return; // as it is: whoever attaches finds the same, and is looked at there
        }
        if (length > LONGEST_FILE) {
            return;
        }
        files.put(CONTROL, Arrays.copyOf(files.get(CONTROL), length));
        buffer().putLong(FILE_LENGTH_OFFSET, length);
        for (final RegionLayout region : layout.regions()) {
            resize("data-" + region.index() + ".dat", region.lengthBytes());
            for (int k = 0; k < region.stateCount(); k++) {
                resize("state-" + k + "-" + region.index() + ".dat", region.fileLengthBytes(1 + k));
            }
        }
        for (final String name : List.copyOf(files.keySet())) {
            if (name.startsWith("undo-")) {
                resize(name, layout.undoLengthBytes());
            }
        }
    }

    private void resize(final String name, final int length) {
        if (length <= LONGEST_FILE) {
            files.put(name, Arrays.copyOf(files.getOrDefault(name, files.get("data-0.dat")), length));
        }
    }

    private static ControlLayout layout(final byte[] control) {
        final int length = new UnsafeBuffer(control).getInt(CATALOG_LENGTH_OFFSET);
        final byte[] catalog = Arrays.copyOfRange(control, ControlOffsets.CATALOG, ControlOffsets.CATALOG + length);
        return new ControlLayout(
                length, CatalogCodec.decode(ByteBuffer.wrap(catalog).order(ByteOrder.nativeOrder())));
    }

    private int catalogLength() {
        return buffer().getInt(CATALOG_LENGTH_OFFSET);
    }

    private ByteBuffer buffer() {
        return ByteBuffer.wrap(files.get(CONTROL)).order(ByteOrder.nativeOrder());
    }
}
