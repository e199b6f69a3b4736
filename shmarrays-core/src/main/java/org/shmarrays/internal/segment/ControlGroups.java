package org.shmarrays.internal.segment;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the control groups of a process stand: in version 2, or for a controller of version 1, from its own group up to
 * the top of what is mounted here (cgroups(7); proc_pid_mountinfo(5)). A container sees a part of the hierarchy alone,
 * whose top may be its own group, and its path may be told as others see it. For any thread.
 */
final class ControlGroups {
    /** The controller of what is no controller's: the hierarchy of version 2. */
    static final String VERSION_2 = "";

    private static final int ROOT_FIELD = 3;
    private static final int MOUNT_POINT_FIELD = 4;

    private final SystemFiles files;
    private final Map<String, Map<String, String>> mounts = new ConcurrentHashMap<>();

    /** As they are mounted when they are first asked for. */
    ControlGroups(final SystemFiles files) {
        this.files = files;
    }

    /**
     * Directories of the groups that a process is in, its own one first; some may not be there.
     *
     * @param process a process id, or {@code self}
     * @param controller of version 1, or {@link #VERSION_2}
     */
    List<String> of(final String process, final String controller) {
        final Path path = path(process, controller);
        final Set<String> directories = new LinkedHashSet<>();
        mounts.computeIfAbsent(controller, this::mounts)
                .forEach((mount, root) -> addGroups(path, mount, root, directories));
        return List.copyOf(directories);
    }

    /** The path of a process's group in its hierarchy, as this process is told it. */
    private Path path(final String process, final String controller) {
        for (final String line : lines("/proc/" + process + "/cgroup")) {
            final String[] fields = line.split(":", 3); // number, controllers, path
            if (fields.length == 3 && List.of(fields[1].split(",")).contains(controller)) {
                return Path.of(fields[2]);
            }
        }
        return Path.of("/");
    }

    /** Where the hierarchy is mounted and where it usually is, with the path of the group that is mounted there. */
    private Map<String, String> mounts(final String controller) {
        final boolean isVersion2 = controller.equals(VERSION_2);
        final Map<String, String> roots = new LinkedHashMap<>();
        for (final String line : lines("/proc/self/mountinfo")) {
            final int separator = line.indexOf(" - ");
            final String[] fields = line.split(" ");
            final String[] types = separator < 0
                    ? new String[0]
                    : line.substring(separator + 3).split(" ");
            if (types.length > 2
                    && fields.length > MOUNT_POINT_FIELD
                    && types[0].equals(isVersion2 ? "cgroup2" : "cgroup")
                    && (isVersion2 || List.of(types[2].split(",")).contains(controller))) {
                // The last mount at a place covers those before it.
                roots.put(fields[MOUNT_POINT_FIELD].replace("\\040", " "), fields[ROOT_FIELD]);
            }
        }
        roots.putIfAbsent(isVersion2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + controller, "/");
        return roots;
    }

    /**
     * Directories of a group and those above it, as far as they can be seen below a mount: if the group is not below
     * the one that is mounted there, that one alone, which is the process's own, or above it.
     */
    private static void addGroups(
            final Path path, final String mount, final String root, final Set<String> directories) {
        final boolean isBelow = path.startsWith(root) && !path.startsWith("/..");
        for (Path group = isBelow ? Path.of(root).relativize(path) : null; group != null; group = group.getParent()) {
            if (!group.toString().isEmpty()) {
                directories.add(mount + "/" + group);
            }
        }
        directories.add(mount);
    }

    private List<String> lines(final String absolute) {
        return files.text(absolute).lines().toList();
    }
}
