package org.shmarrays.cli.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A control group with a limit of its memory (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
 *
 * @param usedBytes without the pages of files that the kernel drops first when memory is short
 */
record ControlGroup(long limitBytes, long usedBytes) {
    private static final Path V2 = Path.of("/sys/fs/cgroup");
    private static final Path V1 = Path.of("/sys/fs/cgroup/memory");
    private static final Pattern V2_LINE = Pattern.compile("(?m)^0::(/.*)$");
    private static final Pattern V1_LINE = Pattern.compile("(?m)^\\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(/.*)$");

    /** This process's own one and those above it, as far as they have limits. */
    static List<ControlGroup> ofThisProcess(final Host host) {
        final List<ControlGroup> groups = new ArrayList<>();
        final String lines = host.read("/proc/self/cgroup").orElse("");
        add(host, V2, path(V2_LINE, lines), "memory.max", "memory.current", "inactive_file", groups);
        add(
                host,
                V1,
                path(V1_LINE, lines),
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
                groups);
        return groups;
    }

    /** From the root where it is not told, or is seen from another namespace. */
    private static Path path(final Pattern line, final String lines) {
        final Matcher found = line.matcher(lines);
        return Path.of(found.find() ? found.group(1) : "/").normalize();
    }

    private static void add(
            final Host host,
            final Path mount,
            final Path path,
            final String limitFile,
            final String usageFile,
            final String reclaimable,
            final List<ControlGroup> groups) {
        for (Path group = path; group != null; group = group.getParent()) {
            final Path directory = mount.resolve(group.toString().substring(1));
            final OptionalLong limit =
                    host.readNumber(directory.resolve(limitFile).toString());
            final OptionalLong usage =
                    host.readNumber(directory.resolve(usageFile).toString());
            if (limit.isPresent() && usage.isPresent()) {
                final String statistics =
                        host.read(directory.resolve("memory.stat").toString()).orElse("");
                final Matcher files =
                        Pattern.compile("(?m)^" + reclaimable + " (\\d{1,18})$").matcher(statistics);
                final long droppable = files.find() ? Long.parseLong(files.group(1)) : 0;
                groups.add(new ControlGroup(limit.getAsLong(), Math.max(0, usage.getAsLong() - droppable)));
            }
        }
    }

    long leftBytes() {
        return limitBytes - usedBytes;
    }
}
