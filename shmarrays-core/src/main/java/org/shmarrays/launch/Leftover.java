package org.shmarrays.launch;

import java.util.List;
import java.util.stream.Stream;
import org.shmarrays.DeadSegments;
import org.shmarrays.DeadSegments.Condition;
import org.shmarrays.DeadSegments.Entry;
import org.shmarrays.Settings;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.internal.Printable;

/**
 * What becomes of a segment that has the name of a run which is about to begin, and that no process uses: a run of this
 * name was killed, or kept it at its end.
 */
public enum Leftover {
    /** The run does not begin. */
    REFUSE,
    /** The run continues with its values. */
    RESUME,
    /** It is removed. */
    REPLACE;

    /**
     * Throws if a run trains the segment of this name: the workers of another one would train the same values, with the
     * same ranks.
     *
     * @throws IllegalStateException if so
     */
    public static void checkNoLiveRun(final String name, final Settings settings) {
        LiveRun.of(name, settings).ifPresent(live -> {
            throw new IllegalStateException("a live run has this segment: name=" + live.segment() + ", pids="
                    + live.pids() + "; choose another --name, stop that run by `shmarrays stop " + live.segment()
                    + "`, or change the number of its workers by `shmarrays scale " + live.segment() + " N`");
        });
    }

    /** Whether a process uses the segment of this name, or may start workers that do. */
    public static boolean isInUse(final String name, final Settings settings) {
        return segments(List.of(name), new DeadSegments(settings)).anyMatch(Leftover::isInUse);
    }

    private static boolean isInUse(final Entry entry) {
        return entry.condition() == Condition.IN_USE || entry.condition() == Condition.SUPERVISED;
    }

    /** Whether a process of another pid namespace, which can't be seen from here, may use it, or start its workers. */
    private static boolean isUnseen(final Entry entry) {
        return entry.condition() == Condition.UNSEEN;
    }

    /**
     * Throws unless the segments of these names are left over, or not there.
     *
     * @throws SegmentExistsException if a process uses one, or may start workers that do, or if that can't be seen from
     *     this pid namespace
     */
    public static void checkNotInUse(final List<String> names, final Settings settings) {
        segments(names, new DeadSegments(settings))
                .filter(entry -> isInUse(entry) || isUnseen(entry))
                .forEach(entry -> {
                    throw notLeftOver(entry);
                });
    }

    /**
     * Removes the segments of these names.
     *
     * @throws SegmentExistsException if one is not left over, or that can't be seen from this pid namespace; those
     *     before it are removed
     */
    public static void remove(final List<String> names, final Settings settings) {
        final DeadSegments dead = new DeadSegments(settings);
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

    /** What a run throws that does not begin, because these segments are there. */
    public static SegmentExistsException refusal(final List<String> names) {
        return new SegmentExistsException("a segment of this name exists: " + String.join(", ", names)
                + "; choose another name or, if no process uses it, continue with its values by --leftover resume, or"
                + " remove it by --leftover replace (`bin/shmarrays checkpoint NAME FILE` saves them)");
    }
}
