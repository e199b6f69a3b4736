package org.shmarrays.launch;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.internal.worker.DeadSegments.Condition;
import org.shmarrays.internal.worker.DeadSegments.Entry;

/**
 * What happens when a run begins and a segment with its name exists that no process uses: an earlier run of this name
 * was killed, or kept its segment.
 */
public enum Leftover {
    /** The run does not begin, with an error. */
    REFUSE,
    /** The run continues with the values of the segment. */
    RESUME,
    /** The segment is removed. */
    REPLACE;

    /**
     * Throws if a live run trains the segment of this name. The workers of a second run would train the same values,
     * with the same ranks.
     *
     * @throws IllegalStateException if a run trains it
     */
    public static void checkNoLiveRun(final String name, final Settings settings) {
        LiveRun.of(name, settings).ifPresent(live -> {
            throw new IllegalStateException("a live run has this segment: name=" + live.segment() + ", pids="
                    + live.pids() + "; choose another --name, stop that run by `shmarrays stop " + live.segment()
                    + "`, or change the number of its workers by `shmarrays scale " + live.segment() + " N`");
        });
    }

    /** True if a process uses the segment of this name, or may start workers that do. */
    public static boolean isInUse(final String name, final Settings settings) {
        return segments(List.of(name), new DeadSegments(Doors.ROOT.of(settings)))
                .anyMatch(Leftover::isInUse);
    }

    private static boolean isInUse(final Entry entry) {
        return entry.condition() == Condition.IN_USE || entry.condition() == Condition.SUPERVISED;
    }

    /** True if a process of another pid namespace, which can't be seen from here, may use it or start its workers. */
    private static boolean isUnseen(final Entry entry) {
        return entry.condition() == Condition.UNSEEN;
    }

    /**
     * Throws unless each of these segments is a leftover or does not exist.
     *
     * @throws SegmentExistsException if a process uses one of them, or may start workers that do, or if that can't be
     *     seen from this pid namespace
     */
    public static void checkNotInUse(final List<String> names, final Settings settings) {
        segments(names, new DeadSegments(Doors.ROOT.of(settings)))
                .filter(entry -> isInUse(entry) || isUnseen(entry))
                .forEach(entry -> {
                    throw notLeftOver(entry);
                });
    }

    /**
     * Removes the segments of these names.
     *
     * @throws SegmentExistsException if one is not a leftover, or if that can't be seen from this pid namespace. Those
     *     before it are removed
     */
    public static void remove(final List<String> names, final Settings settings) {
        final DeadSegments dead = new DeadSegments(Doors.ROOT.of(settings));
        segments(names, dead).forEach(entry -> {
            if (isUnseen(entry)) {
                throw notLeftOver(entry);
            }
            final DeadSegments.Outcome outcome = dead.remove(entry, true);
            if (!outcome.removed()) {
                throw notLeftOver(outcome.entry());
            }
        });
    }

    /** The names of all segments that are left over: their creators died, or closed them, and no process uses them. */
    public static List<String> names(final Settings settings) {
        return leftOver(new DeadSegments(Doors.ROOT.of(settings)))
                .map(Entry::name)
                .toList();
    }

    /** Removes the segments that are left over and have such names, except those that a process begins to use now. */
    public static void removeAll(final Predicate<String> names, final Settings settings) {
        final DeadSegments dead = new DeadSegments(Doors.ROOT.of(settings));
        leftOver(dead).filter(entry -> names.test(entry.name())).forEach(entry -> dead.remove(entry, true));
    }

    private static Stream<Entry> leftOver(final DeadSegments dead) {
        return dead.find().stream()
                .filter(entry -> entry.condition() == Condition.ABANDONED || entry.condition() == Condition.KEPT);
    }

    private static Stream<Entry> segments(final List<String> names, final DeadSegments dead) {
        return dead.find().stream()
                .filter(entry -> names.contains(entry.file()) && entry.file().equals(entry.name()));
    }

    private static SegmentExistsException notLeftOver(final Entry entry) {
        return new SegmentExistsException("a segment of this name is there, and it is not known to be left over: name="
                + entry.name() + ", " + Printable.text(entry.reason()) + "; choose another name, or end what uses it;"
                + " if nothing does, save it by `bin/shmarrays checkpoint " + entry.name() + " FILE`, remove it by"
                + " `bin/shmarrays rm " + entry.name() + "`, and continue with --resume FILE");
    }

    /** The exception of a run that does not begin because these segments exist. */
    public static SegmentExistsException refusal(final List<String> names) {
        return new SegmentExistsException("a segment of this name exists: " + String.join(", ", names)
                + "; choose another name or, if no process uses it, continue with its values by --leftover resume, or"
                + " remove it by --leftover replace (`bin/shmarrays checkpoint NAME FILE` saves them)");
    }
}
