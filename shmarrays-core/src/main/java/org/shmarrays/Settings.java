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

/**
 * What can be chosen about a segment and an attachment to it. Immutable; the {@code with…} methods return changed
 * copies. Each has a system property, which {@link #fromProperties()} reads and which every default comes from.
 */
public final class Settings {
    static {
        Doors.ROOT.open(Settings::root);
    }

    /** What becomes of a segment that is there while no process that uses it lives. */
    public enum Leftovers {
        /** Throws an exception that says what to do. */
        REFUSE,
        /** Removes it and makes a new segment. */
        REPLACE,
        /** Attaches to it and continues with its values. */
        ATTACH
    }

    /** What becomes of a wait for another process that lasts for longer than its timeout. */
    public enum OnTimeout {
        /** Ends with an exception, and so, as a rule, does the worker. */
        FAIL,
        /** Logs a warning once per timeout and keeps waiting. */
        WAIT
    }

    /** The most workers and tools that can be attached to one segment. */
    public static final int MAX_SLOTS = SegmentLayout.MAX_SLOT_COUNT;

    /** Sets {@code shmarrays.on-timeout} where that is not set; the launcher does for its workers. */
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

    /** Settings on their way to be changed. */
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
     * The settings of the system properties {@code shmarrays.directory}, {@code shmarrays.lock.timeout} (10s), {@code
     * shmarrays.attach.timeout} (10s), {@code shmarrays.worker.timeout} (10m), {@code shmarrays.stopped.timeout}
     * (10,000 days), {@code shmarrays.on-timeout} (fail; in workers of the launcher wait), {@code shmarrays.slots}
     * (128), {@code shmarrays.partition.size} (chosen), {@code shmarrays.leftovers} (refuse),
     * {@code shmarrays.reject-non-finite} (false), {@code shmarrays.foreign.owner} (false). The first call of a process
     * warns of properties and environment variables whose names are near to those of this library and not known.
     *
     * @throws IllegalArgumentException if a property makes no sense
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
     * Where segments stand; by default {@code /dev/shm/shmarrays-USER}. A directory on a disk makes them persistent.
     */
    public Settings withDirectory(final Path directory) {
        return with(draft -> draft.root = new SegmentRoot(directory).withForeignOwner(root.allowsForeignOwner()));
    }

    /** The longest wait for a lock, or a consistent read; by default 10 s. */
    public Settings withLockTimeout(final Duration timeout) {
        return with(draft -> draft.lockTimeout = timeout);
    }

    /** The longest wait for a segment that is about to be created; by default 10 s. */
    public Settings withAttachTimeout(final Duration timeout) {
        return with(draft -> draft.attachTimeout = timeout);
    }

    /**
     * The longest wait for other workers, at a barrier, for the bound, or for a turn of ORDERED; by default 10 minutes.
     */
    public Settings withWorkerTimeout(final Duration timeout) {
        return with(draft -> draft.workerTimeout = timeout);
    }

    /**
     * The longest time, in each wait, for which a process that is stopped (SIGSTOP, a debugger, a frozen control group)
     * is waited for; by default 10,000 days. It does not count in the other timeouts. Of processes of another pid
     * namespace nothing can be seen.
     */
    public Settings withStoppedTimeout(final Duration timeout) {
        return with(draft -> draft.stoppedTimeout = timeout);
    }

    /**
     * What becomes of a wait for a lock, a pause, a push under way or other workers that lasts for longer than its
     * timeout; by default it fails, in workers that the launcher has started it goes on. One for a segment that is not
     * there always fails.
     */
    public Settings withOnTimeout(final OnTimeout choice) {
        return with(draft -> draft.onTimeout = choice);
    }

    /** How many workers may be attached to a segment at a time; by default 128, fixed at its creation. */
    public Settings withSlots(final int count) {
        return with(draft -> draft.slotCount = count);
    }

    /**
     * The largest partition in bytes of values, 64 to 262,144; by default, and with 0, it is chosen by the size of the
     * segment.
     */
    public Settings withPartitionBytes(final int bytes) {
        return with(draft -> draft.partitionBytes = bytes);
    }

    /** What {@code createOrAttach} does with a segment whose processes are all dead; by default it refuses. */
    public Settings withLeftovers(final Leftovers choice) {
        return with(draft -> draft.leftovers = choice);
    }

    /**
     * Whether updates through this attachment that would write NaN or infinity are refused, by default not. In the
     * locked modes that leaves the partition as it was, in the lock-free ones the block of 8 KiB; what views write is
     * not looked at.
     */
    public Settings withRejectNonFinite(final boolean reject) {
        return with(draft -> draft.rejectsNonFinite = reject);
    }

    /**
     * Whether the directory of the segments, and a segment that is attached to, may belong to another user; by default
     * they may not, because who owns the files can change them at will. Files that anybody but the owner may write to,
     * and symbolic links, are refused all the same. So it serves root, and those who map read-only what the owner lets
     * them read. Segments are created in own directories only.
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

    /** What a handle is told of these settings. */
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
