package org.shmarrays;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.layout.Partitioner;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.segment.SegmentRoot;

/**
 * What can be chosen about a segment and an attachment to it. Immutable; the {@code with…} methods return changed
 * copies. Each has a system property, which {@link #fromProperties()} reads and which every default comes from.
 */
public final class Settings {
    /** What becomes of a segment that is there while no process that uses it lives. */
    public enum Leftovers {
        /** An error that says what to do. */
        REFUSE,
        /** It is removed, and the segment is made anew. */
        REPLACE,
        /** It is attached to: its values are gone on with. */
        ATTACH
    }

    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(10_000);
    private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d+)([kmg]?)");

    private final SegmentRoot root;
    private final Duration lockTimeout;
    private final Duration attachTimeout;
    private final int slotCount;
    private final int partitionBytes;
    private final Leftovers leftovers;

    private Settings(
            final SegmentRoot root,
            final Duration lockTimeout,
            final Duration attachTimeout,
            final int slotCount,
            final int partitionBytes,
            final Leftovers leftovers) {
        this.root = root;
        this.lockTimeout = lockTimeout;
        this.attachTimeout = attachTimeout;
        this.slotCount = slotCount;
        this.partitionBytes = partitionBytes;
        this.leftovers = leftovers;
    }

    /**
     * The settings of the system properties {@code shmarrays.directory}, {@code shmarrays.lock.timeout} (10s), {@code
     * shmarrays.attach.timeout} (10s), {@code shmarrays.slots} (128), {@code shmarrays.partition.size} (chosen), {@code
     * shmarrays.leftovers} (refuse), {@code shmarrays.foreign.owner} (false).
     *
     * @throws IllegalArgumentException if a property makes no sense
     */
    public static Settings fromProperties() {
        final String directory = System.getProperty("shmarrays.directory");
        return new Settings(
                        directory == null ? SegmentRoot.ofUser() : new SegmentRoot(Path.of(directory)),
                        duration("shmarrays.lock.timeout", "10s"),
                        duration("shmarrays.attach.timeout", "10s"),
                        1,
                        0,
                        Leftovers.REFUSE)
                .withSlots(size("shmarrays.slots", "128"))
                .withPartitionBytes(size("shmarrays.partition.size", "0"))
                .withLeftovers(leftovers("shmarrays.leftovers", "refuse"))
                .withForeignOwner(truth("shmarrays.foreign.owner"));
    }

    /** Where segments stand; by default {@code /dev/shm/shmarrays-USER}. A directory on a disk makes them persistent. */
    public Settings withDirectory(final Path directory) {
        return new Settings(
                new SegmentRoot(directory).withForeignOwner(root.allowsForeignOwner()),
                lockTimeout,
                attachTimeout,
                slotCount,
                partitionBytes,
                leftovers);
    }

    /** The longest wait for a lock, a turn, or a consistent read; by default 10 s. */
    public Settings withLockTimeout(final Duration timeout) {
        return new Settings(
                root, positive("lock timeout", timeout), attachTimeout, slotCount, partitionBytes, leftovers);
    }

    /** The longest wait for a segment that somebody is about to create; by default 10 s. */
    public Settings withAttachTimeout(final Duration timeout) {
        return new Settings(
                root, lockTimeout, positive("attach timeout", timeout), slotCount, partitionBytes, leftovers);
    }

    /** How many workers may be attached to a segment at a time; by default 128, fixed at its creation. */
    public Settings withSlots(final int count) {
        if (count < 1 || count > SegmentLayout.MAX_SLOT_COUNT) {
            throw new IllegalArgumentException(
                    "number of slots out of range: slots=" + count + ", max=" + SegmentLayout.MAX_SLOT_COUNT);
        }
        return new Settings(root, lockTimeout, attachTimeout, count, partitionBytes, leftovers);
    }

    /** The largest partition in bytes of values; by default, and with 0, it is chosen by the size of the segment. */
    public Settings withPartitionBytes(final int bytes) {
        if (bytes < 0 || bytes > Partitioner.MAX_PARTITION_BYTES) {
            throw new IllegalArgumentException(
                    "partition size out of range: bytes=" + bytes + ", max=" + Partitioner.MAX_PARTITION_BYTES);
        }
        return new Settings(root, lockTimeout, attachTimeout, slotCount, bytes, leftovers);
    }

    /** What {@code createOrAttach} does with a segment whose processes are all dead; by default it refuses. */
    public Settings withLeftovers(final Leftovers choice) {
        return new Settings(root, lockTimeout, attachTimeout, slotCount, partitionBytes, choice);
    }

    /**
     * Whether the directory of the segments, and a segment that is attached to, may belong to another user; by default they
     * may not, because who owns the files can change them at will. Files that anybody but the owner may write to, and symbolic
     * links, are refused all the same. So it serves root, and those who map read-only what the owner lets them read. Segments
     * are created in own directories only.
     */
    public Settings withForeignOwner(final boolean allowed) {
        return new Settings(
                root.withForeignOwner(allowed), lockTimeout, attachTimeout, slotCount, partitionBytes, leftovers);
    }

    public SegmentRoot root() {
        return root;
    }

    public Duration lockTimeout() {
        return lockTimeout;
    }

    public Duration attachTimeout() {
        return attachTimeout;
    }

    public int slotCount() {
        return slotCount;
    }

    public int partitionBytes() {
        return partitionBytes;
    }

    public Leftovers leftovers() {
        return leftovers;
    }

    private static Duration positive(final String name, final Duration duration) {
        if (duration.isNegative() || duration.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException(
                    name + " out of range: " + duration + "; from 0 to " + LONGEST_TIMEOUT.toDays() + " days");
        }
        return duration;
    }

    private static Duration duration(final String property, final String otherwise) {
        final String text = System.getProperty(property, otherwise);
        final Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "not a duration: " + property + "=" + text + "; write it like 500ms, 10s, 2m");
        }
        try {
            final long amount = Long.parseLong(matcher.group(1));
            return positive(
                    property,
                    switch (matcher.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        default -> Duration.ofHours(amount);
                    });
        } catch (final ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("too long: " + property + "=" + text, e);
        }
    }

    private static int size(final String property, final String otherwise) {
        final String text = System.getProperty(property, otherwise).toLowerCase(Locale.ROOT);
        final Matcher matcher = SIZE.matcher(text);
        if (matcher.matches()) {
            final int shift = switch (matcher.group(2)) {
                case "k" -> 10;
                case "m" -> 20;
                case "g" -> 30;
                default -> 0;
            };
            try {
                return Math.toIntExact(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift));
            } catch (final ArithmeticException | NumberFormatException e) {
                throw new IllegalArgumentException("too large: " + property + "=" + text, e);
            }
        }
        throw new IllegalArgumentException("not a size: " + property + "=" + text + "; write it like 128, 64k, 1m");
    }

    private static boolean truth(final String property) {
        final String text = System.getProperty(property, "false");
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("neither true nor false: " + property + "=" + text);
        }
        return text.equals("true");
    }

    private static Leftovers leftovers(final String property, final String otherwise) {
        final String text = System.getProperty(property, otherwise);
        try {
            return Leftovers.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a choice: " + property + "=" + text + "; one of refuse, replace, attach", e);
        }
    }
}
