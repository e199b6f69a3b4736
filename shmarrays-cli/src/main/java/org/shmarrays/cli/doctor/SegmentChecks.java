package org.shmarrays.cli.doctor;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.shmarrays.Settings;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.internal.worker.DeadSegments.Condition;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.Liveness;
import org.shmarrays.status.WorkerStatus;

/** Looks at what stands in the directory of the segments: what is dead, half done, foreign to it, or damaged. */
public final class SegmentChecks {
    private static final int MOST_NAMED = 4;

    private final Settings settings;
    private final List<WorkerChecks.Worker> workers = new ArrayList<>();

    /** Of the segments in the settings' directory. */
    public SegmentChecks(final Settings settings) {
        this.settings = settings;
    }

    /** All of them. */
    public List<Finding> run() {
        final Map<Condition, List<Entry>> entries = new DeadSegments(Doors.ROOT.of(settings))
                .find().stream()
                        .collect(Collectors.groupingBy(
                                Entry::condition, () -> new EnumMap<>(Condition.class), Collectors.toList()));
        final List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("segments in use", names(entries.get(Condition.IN_USE))));
        entries.forEach((condition, those) -> addUnusual(condition, those, findings));
        for (final Entry entry : entries.getOrDefault(Condition.IN_USE, List.of())) {
            look(entry.name(), findings);
        }
        for (final Entry entry : entries.getOrDefault(Condition.ABANDONED, List.of())) {
            look(entry.name(), findings);
        }
        for (final Entry entry : entries.getOrDefault(Condition.KEPT, List.of())) {
            look(entry.name(), findings);
        }
        return findings;
    }

    private static void addUnusual(final Condition condition, final List<Entry> those, final List<Finding> findings) {
        final String found = names(those);
        switch (condition) {
            case ABANDONED ->
                findings.add(Finding.warn(
                        "dead segments",
                        found,
                        "to continue with their values: -Dshmarrays.leftovers=attach; to save them: `shmarrays"
                                + " checkpoint NAME FILE`; to remove them: `shmarrays clean`"));
            case KEPT ->
                findings.add(Finding.ok(
                        "unused segments",
                        found,
                        "their creators closed them, or they outlived a restart of the machine; `shmarrays clean"
                                + " --all-dead` removes them"));
            case SUPERVISED ->
                findings.add(Finding.ok(
                        "supervised segments",
                        found,
                        "their workers are gone, but the processes that supervise the runs are alive"));
            case UNSEEN ->
                findings.add(Finding.ok(
                        "unseen segments",
                        found,
                        "their owners are in another pid namespace and can't be seen: run doctor there, for example in"
                                + " the container"));
            case UNFINISHED ->
                findings.add(Finding.warn(
                        "leaked files", found, "left by processes that died; `shmarrays clean` removes them"));
            case INVALID ->
                findings.add(Finding.error(
                        "invalid segments",
                        found + ": " + those.get(0).reason(),
                        "remove them with `shmarrays rm NAME`, or use the version of shmarrays that created them"));
            case UNREADABLE ->
                findings.add(Finding.warn(
                        "unreadable",
                        found + ": " + those.get(0).reason(),
                        "they may be valid: run doctor as their owner, and check ulimit -n and the free space"));
            case STRANGE ->
                findings.add(Finding.warn(
                        "foreign files",
                        found + ": " + those.get(0).reason(),
                        "they are not part of a segment and are never removed; is shmarrays.directory right?"));
            case AT_WORK, IN_USE -> {
                // in order
            }
        }
    }

    private static String names(final List<Entry> entries) {
        if (entries == null) {
            return "none";
        }
        final long bytes = entries.stream().mapToLong(Entry::sizeBytes).sum();
        return entries.stream().limit(MOST_NAMED).map(Entry::file).collect(Collectors.joining(", "))
                + (entries.size() > MOST_NAMED ? " and " + (entries.size() - MOST_NAMED) + " more" : "")
                + String.format(Locale.ROOT, " (%,d KiB)", bytes >> 10);
    }

    /** Damaged partitions, and the workers that can be looked at. */
    private void look(final String name, final List<Finding> findings) {
        try {
            final Segment segment = SegmentOpener.open(Doors.ROOT.of(settings), name, true);
            addWorkers(segment);
            final PartitionReader reader = new PartitionReader(segment);
            for (int partition = 0; partition < segment.layout().partitions().size(); partition++) {
                reader.checkNotDamaged(partition);
            }
        } catch (final DamagedPartitionException e) {
            findings.add(Finding.error(
                    "damaged partitions",
                    e.getMessage(),
                    "restore a checkpoint: `shmarrays restore --replace FILE " + name + "`"));
        } catch (final SegmentNotFoundException | SegmentRemovedException | InvalidSegmentException e) {
            // It was removed since it was found.
        }
    }

    private void addWorkers(final Segment segment) {
        for (final WorkerStatus worker : Doors.STATUS.of(segment).workers()) {
            final int slotId = worker.slotId();
            if (Liveness.isAlive(segment, slotId) && Liveness.isVisible(segment, slotId)) {
                workers.add(new WorkerChecks.Worker(
                        segment.name(),
                        worker.rank(),
                        worker.pid(),
                        worker.counters().updates()));
            }
        }
    }

    /** The live workers that {@link #run} has seen. */
    public List<WorkerChecks.Worker> workers() {
        return List.copyOf(workers);
    }
}
