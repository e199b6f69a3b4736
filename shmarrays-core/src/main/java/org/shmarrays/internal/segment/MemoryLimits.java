package org.shmarrays.internal.segment;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * How much memory this process can still have: what each control group above it leaves, and what the machine has
 * (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst). Pages of files that the kernel drops when memory is
 * short count as free; those of a tmpfs, which it can't drop, do not. A look at the moment; for any thread.
 */
public final class MemoryLimits {
    /** More than any machine has: how version 1 writes that there is no limit. */
    private static final long NO_LIMIT = 1L << 60;

    /** In each of them: on the lists of files, where no page of a tmpfs is, and caches of the kernel. */
    private static final List<String> RECLAIMABLE = List.of("inactive_file", "active_file", "slab_reclaimable");

    /** Before the names of what is added up over a group and those below it, in version 1. */
    private static final String TOTAL = "total_";

    private static final List<Counter> COUNTERS = List.of(
            new Counter(ControlGroups.VERSION_2, "memory.max", "memory.current", true),
            new Counter(ControlGroups.VERSION_2, "memory.high", "memory.current", false),
            new Counter("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", true),
            new Counter("memory", "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", true));

    private final List<Group> groups;
    private final long availableBytes;
    private final long freeSwapBytes;

    private MemoryLimits(final List<Group> groups, final long availableBytes, final long freeSwapBytes) {
        this.groups = groups;
        this.availableBytes = availableBytes;
        this.freeSwapBytes = freeSwapBytes;
    }

    /** Two files of a group: one holds a limit, the other one what counts towards it. */
    private record Counter(String controller, String limitFile, String usageFile, boolean isHard) {}

    /**
     * A limit of a control group.
     *
     * @param usedBytes without what the kernel drops when memory is short
     * @param swapBytes that the group may still swap out instead
     * @param isHard false where the kernel only slows down what goes over the limit
     */
    public record Group(String directory, long limitBytes, long usedBytes, long swapBytes, boolean isHard) {
        /** Without swap. */
        public long leftBytes() {
            return limitBytes - usedBytes;
        }
    }

    /** The limits of this process now. */
    public static MemoryLimits now() {
        return of(SystemFiles.HERE);
    }

    /** The limits of the process whose files these are. */
    public static MemoryLimits of(final SystemFiles files) {
        final long freeSwap = files.memory("SwapFree").orElse(0);
        final List<Group> groups = new ArrayList<>();
        for (final Counter counter : COUNTERS) {
            for (final String directory : new ControlGroups(files).of("self", counter.controller())) {
                final String statistics = files.text(directory + "/memory.stat");
                final long limit = limit(files, directory, counter, statistics);
                final OptionalLong usage = files.number(directory + "/" + counter.usageFile());
                if (limit < NO_LIMIT && usage.isPresent()) {
                    groups.add(new Group(
                            directory,
                            limit,
                            Math.max(0, usage.getAsLong() - reclaimable(statistics)),
                            Math.min(freeSwap, swap(files, directory, counter)),
                            counter.isHard()));
                }
            }
        }
        return new MemoryLimits(
                List.copyOf(groups), files.memory("MemAvailable").orElse(Long.MAX_VALUE), freeSwap);
    }

    /** Version 1 tells also the least limit of the groups above, which may not be seen here. */
    private static long limit(
            final SystemFiles files, final String directory, final Counter counter, final String statistics) {
        final long own = files.number(directory + "/" + counter.limitFile()).orElse(NO_LIMIT);
        return counter.limitFile().equals("memory.limit_in_bytes")
                ? Math.min(
                        own,
                        SystemFiles.field(statistics, "hierarchical_memory_limit")
                                .orElse(NO_LIMIT))
                : own;
    }

    private static long reclaimable(final String statistics) {
        return RECLAIMABLE.stream()
                .mapToLong(word -> SystemFiles.field(statistics, TOTAL + word)
                        .orElseGet(() -> SystemFiles.field(statistics, word).orElse(0)))
                .sum();
    }

    /** In version 1 memory and swap together have a limit of their own. */
    private static long swap(final SystemFiles files, final String directory, final Counter counter) {
        if (counter.limitFile().startsWith("memory.memsw")) {
            return 0;
        }
        if (!counter.controller().equals(ControlGroups.VERSION_2)) {
            return Long.MAX_VALUE;
        }
        final OptionalLong used = files.number(directory + "/memory.swap.current");
        return used.isEmpty()
                ? 0
                : files.number(directory + "/memory.swap.max").orElse(Long.MAX_VALUE) - used.getAsLong();
    }

    /** The limits that the groups of this process have. */
    public List<Group> groups() {
        return groups;
    }

    /** What leaves least, as a message goes on about it. */
    public String whoLimits(final boolean isSwappable) {
        final Group tightest = tightest(isSwappable);
        return tightest == null || left(tightest, isSwappable) > leftBytes(isSwappable)
                ? " by the machine"
                : " by the control group " + tightest.directory() + ", limit=" + tightest.limitBytes() + " B";
    }

    /** The hard limit that leaves least, or null if no group has one. */
    private Group tightest(final boolean isSwappable) {
        Group tightest = null;
        for (final Group group : groups) {
            if (group.isHard() && (tightest == null || left(group, isSwappable) < left(tightest, isSwappable))) {
                tightest = group;
            }
        }
        return tightest;
    }

    /**
     * What can be had before the kernel ends processes.
     *
     * @param isSwappable whether it may be swapped out
     */
    public long leftBytes(final boolean isSwappable) {
        final Group tightest = tightest(isSwappable);
        final long machine = isSwappable && availableBytes < NO_LIMIT ? availableBytes + freeSwapBytes : availableBytes;
        return tightest == null ? machine : Math.min(machine, left(tightest, isSwappable));
    }

    private static long left(final Group group, final boolean isSwappable) {
        return group.leftBytes() + (isSwappable ? Math.max(0, group.swapBytes()) : 0);
    }
}
