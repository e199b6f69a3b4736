package org.shmarrays;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.access.AttachOptions;
import org.shmarrays.internal.access.UnknownSettings;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.internal.layout.RegionDescriptor;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.segment.WaitLimit;

// Over 300 lines: a dozen settings, each with its property, its check, and its method.
/**
 * The settings of a segment and of an attachment to it. Immutable: the {@code with…} methods return changed copies.
 * Each setting has a system property. {@link #fromProperties()} reads the properties, which are the defaults
 * everywhere.
 */
public final class Settings {
    static {
        Doors.ROOT.open(Settings::root);
    }

    /** What happens to a segment that exists while no living process uses it. */
    public enum Leftovers {
        /** Throws an exception that says what to do. */
        REFUSE,
        /** Removes it and creates a new segment. */
        REPLACE,
        /** Attaches to it and continues with its values. */
        ATTACH
    }

    /** What happens when a wait for another process exceeds its timeout. */
    public enum OnTimeout {
        /** The wait ends with an exception. This usually ends the worker. */
        FAIL,
        /** The wait logs a warning once per timeout, and continues. */
        WAIT
    }

    /** The largest number of workers and tools that can be attached to one segment. */
    public static final int MAX_SLOTS = SegmentLayout.MAX_SLOT_COUNT;

    /** The default of {@code shmarrays.on-timeout}. The launcher sets this variable for its workers. */
    public static final String ON_TIMEOUT_VARIABLE = "SHMARRAYS_ON_TIMEOUT";

    /** All properties that {@link #fromProperties()} reads. */
    static final Set<String> PROPERTIES = Set.of(
            "shmarrays.directory",
            "shmarrays.foreign.owner",
            "shmarrays.lock.timeout",
            "shmarrays.attach.timeout",
            "shmarrays.worker.timeout",
            "shmarrays.stopped.timeout",
            "shmarrays.on-timeout",
            "shmarrays.slots",
            "shmarrays.partition.size",
            "shmarrays.leftovers",
            "shmarrays.reject-non-finite");

    private static final Duration LONGEST_TIMEOUT = WaitLimit.ENDLESS;
    private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d+)([kmg]?)");

    private final SegmentRoot root;
    private final Duration lockTimeout;
    private final Duration attachTimeout;
    private final Duration workerTimeout;
    private final Duration stoppedTimeout;
    private final OnTimeout onTimeout;
    private final int slotCount;
    private final int partitionBytes;
    private final Leftovers leftovers;
    private final boolean rejectsNonFinite;

    private Settings(final Draft draft) {
        this.root = draft.root;
        this.lockTimeout = positive("lock timeout", draft.lockTimeout);
        this.attachTimeout = positive("attach timeout", draft.attachTimeout);
        this.workerTimeout = positive("worker timeout", draft.workerTimeout);
        this.stoppedTimeout = positive("stopped timeout", draft.stoppedTimeout);
        this.onTimeout = draft.onTimeout;
        this.slotCount = draft.slotCount;
        this.partitionBytes = draft.partitionBytes;
        this.leftovers = draft.leftovers;
        this.rejectsNonFinite = draft.rejectsNonFinite;
        if (slotCount < 1 || slotCount > SegmentLayout.MAX_SLOT_COUNT) {
            throw new IllegalArgumentException(
                    "number of slots out of range: slots=" + slotCount + ", max=" + SegmentLayout.MAX_SLOT_COUNT);
        }
        if (partitionBytes != 0
                && (partitionBytes < RegionDescriptor.ARRAY_ALIGNMENT
                        || partitionBytes > Partitioner.MAX_PARTITION_BYTES)) {
            throw new IllegalArgumentException("partition size out of range: bytes=" + partitionBytes + ", min="
                    + RegionDescriptor.ARRAY_ALIGNMENT + ", max=" + Partitioner.MAX_PARTITION_BYTES
                    + "; with 0, shmarrays chooses the size");
        }
    }

    /** Mutable settings, for building. */
    private static final class Draft {
        private SegmentRoot root;
        private Duration lockTimeout;
        private Duration attachTimeout;
        private Duration workerTimeout;
        private Duration stoppedTimeout;
        private OnTimeout onTimeout;
        private int slotCount;
        private int partitionBytes;
        private Leftovers leftovers;
        private boolean rejectsNonFinite;
    }

    private Settings with(final Consumer<Draft> change) {
        final Draft draft = new Draft();
        draft.root = root;
        draft.lockTimeout = lockTimeout;
        draft.attachTimeout = attachTimeout;
        draft.workerTimeout = workerTimeout;
        draft.stoppedTimeout = stoppedTimeout;
        draft.onTimeout = onTimeout;
        draft.slotCount = slotCount;
        draft.partitionBytes = partitionBytes;
        draft.leftovers = leftovers;
        draft.rejectsNonFinite = rejectsNonFinite;
        change.accept(draft);
        return new Settings(draft);
    }

    /**
     * The settings from the system properties {@code shmarrays.directory}, {@code shmarrays.lock.timeout} (10s), {@code
     * shmarrays.attach.timeout} (10s), {@code shmarrays.worker.timeout} (10m), {@code shmarrays.stopped.timeout}
     * (10,000 days), {@code shmarrays.on-timeout} (fail; in workers of the launcher wait), {@code shmarrays.slots}
     * (128), {@code shmarrays.partition.size} (chosen), {@code shmarrays.leftovers} (refuse),
     * {@code shmarrays.reject-non-finite} (false), {@code shmarrays.foreign.owner} (false). The first call of a process
     * warns about unknown properties and environment variables of shmarrays.
     *
     * @throws IllegalArgumentException if the value of a property is invalid
     */
    public static Settings fromProperties() {
        UnknownSettings.warnOnce(PROPERTIES, ON_TIMEOUT_VARIABLE);
        final String directory = System.getProperty("shmarrays.directory");
        final Draft draft = new Draft();
        draft.root = (directory == null ? SegmentRoot.ofUser() : new SegmentRoot(Path.of(directory)))
                .withForeignOwner(truth("shmarrays.foreign.owner"));
        draft.lockTimeout = duration("shmarrays.lock.timeout", "10s");
        draft.attachTimeout = duration("shmarrays.attach.timeout", "10s");
        draft.workerTimeout = duration("shmarrays.worker.timeout", "10m");
        draft.stoppedTimeout = duration("shmarrays.stopped.timeout", LONGEST_TIMEOUT.toHours() + "h");
        draft.onTimeout = onTimeout(System.getenv(ON_TIMEOUT_VARIABLE));
        draft.slotCount = size("shmarrays.slots", "128");
        draft.partitionBytes = size("shmarrays.partition.size", "0");
        draft.leftovers = choice(Leftovers.class, "shmarrays.leftovers", "refuse");
        draft.rejectsNonFinite = truth("shmarrays.reject-non-finite");
        return new Settings(draft);
    }

    /**
     * The segment directory; by default {@code /dev/shm/shmarrays-USER}. On a disk, segments survive a reboot.
     */
    public Settings withDirectory(final Path directory) {
        return with(draft -> draft.root = new SegmentRoot(directory).withForeignOwner(root.allowsForeignOwner()));
    }

    /** The longest wait for a lock, or a consistent read; by default 10 s. */
    public Settings withLockTimeout(final Duration timeout) {
        return with(draft -> draft.lockTimeout = timeout);
    }

    /** The longest wait for a segment that does not exist yet; by default 10 s. */
    public Settings withAttachTimeout(final Duration timeout) {
        return with(draft -> draft.attachTimeout = timeout);
    }

    /**
     * The longest wait for other workers: at a barrier, for the bound, or for a turn of ORDERED; by default 10 minutes.
     */
    public Settings withWorkerTimeout(final Duration timeout) {
        return with(draft -> draft.workerTimeout = timeout);
    }

    /**
     * The longest time that each wait may spend on a stopped process (SIGSTOP, a debugger, a frozen control group); by
     * default 10,000 days. This time does not count against the other timeouts. The state of a process in another pid
     * namespace can't be seen.
     */
    public Settings withStoppedTimeout(final Duration timeout) {
        return with(draft -> draft.stoppedTimeout = timeout);
    }

    /**
     * What happens when a wait for a lock, a pause, a push in progress or other workers exceeds its timeout. By default
     * it fails; in workers that the launcher has started, it continues. A wait for a segment that does not exist always
     * fails.
     */
    public Settings withOnTimeout(final OnTimeout choice) {
        return with(draft -> draft.onTimeout = choice);
    }

    /** How many handles may be attached to a segment at a time; by default 128. Fixed when the segment is created. */
    public Settings withSlots(final int count) {
        return with(draft -> draft.slotCount = count);
    }

    /**
     * The largest partition, in bytes of values: 64 to 262,144. With 0, the default, it depends on the size of the
     * segment. Fixed when the segment is created.
     */
    public Settings withPartitionBytes(final int bytes) {
        return with(draft -> draft.partitionBytes = bytes);
    }

    /** What {@code createOrAttach} does with a segment whose processes are all dead; by default it refuses. */
    public Settings withLeftovers(final Leftovers choice) {
        return with(draft -> draft.leftovers = choice);
    }

    /**
     * If true, updates through this attachment that would write NaN or infinity are refused; false by default. Then
     * the partition stays as it was; in the lock-free modes, the block of 8 KiB. Stores through views are not checked.
     */
    public Settings withRejectNonFinite(final boolean reject) {
        return with(draft -> draft.rejectsNonFinite = reject);
    }

    /**
     * If true, the segment directory and the segments in it may belong to another user. False by default, because the
     * owner of the files can change them at will. This is for root, and for readers to whom the owner gives read
     * permission. Symbolic links, and files that others may write to, are always refused. Segments are created only in
     * directories of the own user.
     */
    public Settings withForeignOwner(final boolean allowed) {
        return with(draft -> draft.root = root.withForeignOwner(allowed));
    }

    SegmentRoot root() {
        return root;
    }

    public Duration lockTimeout() {
        return lockTimeout;
    }

    public Duration attachTimeout() {
        return attachTimeout;
    }

    public Duration workerTimeout() {
        return workerTimeout;
    }

    public Duration stoppedTimeout() {
        return stoppedTimeout;
    }

    public OnTimeout onTimeout() {
        return onTimeout;
    }

    /** These settings for the machinery behind a handle. */
    AttachOptions options() {
        final WaitLimit ending = new WaitLimit(attachTimeout.toNanos(), stoppedTimeout.toNanos(), true);
        final WaitLimit limit = onTimeout == OnTimeout.FAIL ? ending : ending.goingOn();
        return new AttachOptions(
                root,
                limit.withTimeout(lockTimeout.toNanos()),
                ending,
                limit.withTimeout(workerTimeout.toNanos()),
                slotCount,
                partitionBytes,
                AttachOptions.Leftover.valueOf(leftovers.name()),
                rejectsNonFinite);
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

    public boolean rejectsNonFinite() {
        return rejectsNonFinite;
    }

    private static Duration positive(final String name, final Duration duration) {
        if (duration.isNegative() || duration.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException(
                    name + " out of range: " + duration + "; give 0 to " + LONGEST_TIMEOUT.toDays() + " days");
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
            throw new IllegalArgumentException("duration too long: " + property + "=" + text, e);
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
                throw new IllegalArgumentException("size too large: " + property + "=" + text, e);
            }
        }
        throw new IllegalArgumentException("not a size: " + property + "=" + text + "; write it like 128, 64k, 1m");
    }

    private static boolean truth(final String property) {
        return switch (System.getProperty(property, "false")) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new IllegalArgumentException("not an allowed value: " + property + "="
                        + System.getProperty(property) + "; give true or false");
        };
    }

    private static OnTimeout onTimeout(final String variable) {
        final String otherwise = variable == null || variable.isEmpty() ? "fail" : variable;
        try {
            return choice(OnTimeout.class, "shmarrays.on-timeout", otherwise);
        } catch (final IllegalArgumentException e) {
            throw System.getProperty("shmarrays.on-timeout") == null
                    ? new IllegalArgumentException(
                            "not an allowed value: environment variable " + ON_TIMEOUT_VARIABLE + "=" + variable
                                    + "; give fail or wait",
                            e)
                    : e;
        }
    }

    private static <E extends Enum<E>> E choice(final Class<E> type, final String property, final String otherwise) {
        final String text = System.getProperty(property, otherwise);
        try {
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not an allowed value: " + property + "=" + text + "; give one of "
                            + Arrays.stream(type.getEnumConstants())
                                    .map(choice -> choice.name().toLowerCase(Locale.ROOT))
                                    .collect(Collectors.joining(", ")),
                    e);
        }
    }
}
