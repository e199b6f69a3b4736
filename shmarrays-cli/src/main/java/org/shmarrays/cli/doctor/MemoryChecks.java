package org.shmarrays.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.internal.segment.FreeSpace;
import org.shmarrays.internal.segment.MemoryLimits;

/** Looks at the directory of the segments, and at the memory or disk that it stands on. */
public final class MemoryChecks {
    private static final long MEBIBYTE = 1 << 20;
    private static final long DOCKER_DEFAULT = 64 * MEBIBYTE;
    private static final long LITTLE = 16 * MEBIBYTE;
    private static final int ENOUGH_SHARE = 10;
    private static final long FIRST_UID_OF_PEOPLE = 1000;
    private static final long USUAL_OPEN_FILES = 1024;
    private static final Set<String> OF_OTHER_MACHINES =
            Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph", "glusterfs");
    private static final Pattern REMOVE_IPC = Pattern.compile("(?m)^\\s*RemoveIPC\\s*=\\s*(\\S+)\\s*$");
    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +(\\S+)");
    private static final Pattern ADDRESS_SPACE = Pattern.compile("(?m)^Max address space +(\\S+)");

    private final CheckedHost host;
    private final Path directory;
    private final List<Finding> findings = new ArrayList<>();

    /** Of the segments that stand in a directory. */
    public MemoryChecks(final CheckedHost host, final Path directory) {
        this.host = host;
        this.directory = directory;
    }

    /** All of them. */
    public List<Finding> run() {
        owner();
        fileSystem();
        room();
        controlGroup();
        memory();
        removeIpc();
        hugePages();
        swap();
        limits();
        return List.copyOf(findings);
    }

    private void owner() {
        final String check = "directory";
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            findings.add(Finding.ok(check, directory + " does not exist yet; the first segment creates it"));
            return;
        }
        try {
            final PosixFileAttributes attributes =
                    Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            final Set<PosixFilePermission> permissions = attributes.permissions();
            final long owner = ((Integer) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS));
            final String found = directory + ", owner " + attributes.owner().getName() + ", mode "
                    + PosixFilePermissions.toString(permissions);
            if (attributes.isSymbolicLink()) {
                findings.add(Finding.error(check, found, "symbolic links are not followed: use the target's path"));
            } else if (owner != host.uid()) {
                findings.add(Finding.error(
                        check,
                        found + ", user " + host.user(),
                        "it belongs to another user: choose another directory with -Dshmarrays.directory=DIR, or allow"
                                + " this one with -Dshmarrays.foreign.owner=true"));
            } else if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                findings.add(Finding.error(check, found, "others may write to it: chmod go-w " + directory));
            } else {
                findings.add(Finding.ok(check, found));
            }
        } catch (final IOException | UnsupportedOperationException e) {
            findings.add(Finding.warn(check, directory + " can't be checked: " + e, "check it by hand"));
        }
    }

    private void fileSystem() {
        final Optional<CheckedHost.Mount> mount = host.mountOf(directory);
        if (mount.isEmpty()) {
            findings.add(Finding.ok("file system", "unknown"));
            return;
        }
        final String found = mount.get().type() + " at " + mount.get().directory();
        if (OF_OTHER_MACHINES.contains(mount.get().type())) {
            findings.add(Finding.error(
                    "file system",
                    found,
                    "memory is not shared between machines: choose a local directory with -Dshmarrays.directory=DIR"));
        } else if (isInMemory()) {
            findings.add(Finding.ok("file system", found));
        } else {
            findings.add(Finding.ok(
                    "file system", found + ", which may write pages back to a disk", "/dev/shm stays in memory"));
        }
    }

    private boolean isInMemory() {
        return host.mountOf(directory)
                .map(mount -> FreeSpace.isInMemory(mount.type()))
                .orElse(false);
    }

    private boolean isTmpfs() {
        return host.mountOf(directory)
                .map(mount -> mount.type().equals("tmpfs"))
                .orElse(false);
    }

    private void room() {
        final CheckedHost.Space space = host.space().apply(directory);
        final String found = mebibytes(space.freeBytes()) + " free of " + mebibytes(space.totalBytes());
        if (space.totalBytes() == 0) {
            findings.add(Finding.ok("room", "unlimited, or unknown")); // a tmpfs with size=0 has no limit of its own
        } else if (isTmpfs() && space.totalBytes() <= DOCKER_DEFAULT) {
            findings.add(Finding.warn(
                    "room",
                    found + ", Docker's default",
                    "in Docker: docker run --shm-size=2g; in Kubernetes: a larger emptyDir with medium Memory; on a"
                            + " host: mount -o remount,size=8G /dev/shm"));
        } else if (space.freeBytes() < Math.max(LITTLE, space.totalBytes() / ENOUGH_SHARE)) {
            findings.add(Finding.warn(
                    "room",
                    found,
                    "free some with `shmarrays clean` and `shmarrays rm`, or use -Dshmarrays.directory=DIR"));
        } else {
            findings.add(Finding.ok("room", found));
        }
    }

    private void controlGroup() {
        final OptionalLong machine = host.memory("MemTotal");
        final Optional<MemoryLimits.Group> tightest = MemoryLimits.of(host.files()).groups().stream()
                .filter(group -> machine.isEmpty() || group.limitBytes() < machine.getAsLong())
                .min(Comparator.comparingLong(MemoryLimits.Group::leftBytes));
        if (tightest.isEmpty()) {
            findings.add(Finding.ok("memory limit", "not limited by a control group"));
            return;
        }
        final long limit = tightest.get().limitBytes();
        final long left = tightest.get().leftBytes();
        final String found = mebibytes(left) + " left of " + mebibytes(limit);
        findings.add(
                isInMemory() && left < limit / ENOUGH_SHARE
                        ? Finding.warn(
                                "memory limit",
                                found + "; segments in memory count towards it",
                                "raise the container's memory limit; otherwise the kernel "
                                        + (tightest.get().isHard() ? "kills" : "slows down")
                                        + " its processes")
                        : Finding.ok("memory limit", found));
    }

    /** What the machine has for everybody; files of a ramfs, and of a tmpfs without a limit, know no other one. */
    private void memory() {
        final OptionalLong total = host.memory("MemTotal");
        final OptionalLong available = host.memory("MemAvailable");
        if (total.isEmpty() || available.isEmpty()) {
            return;
        }
        final String found = mebibytes(available.getAsLong()) + " available of " + mebibytes(total.getAsLong());
        findings.add(
                isInMemory() && available.getAsLong() < total.getAsLong() / ENOUGH_SHARE
                        ? Finding.warn(
                                "memory",
                                found + "; segments in memory use it",
                                "`shmarrays clean`, fewer processes, or a directory on a disk:"
                                        + " -Dshmarrays.directory=DIR")
                        : Finding.ok("memory", found));
    }

    private void removeIpc() {
        final String check = "RemoveIPC";
        if (!directory.startsWith("/dev/shm") || !Files.isDirectory(host.path("/run/systemd/system"))) {
            findings.add(Finding.ok(check, "not relevant: not in /dev/shm, or systemd does not run"));
        } else if (host.uid() < FIRST_UID_OF_PEOPLE) {
            findings.add(Finding.ok(check, "not relevant for system users: uid " + host.uid()));
        } else if (Files.exists(host.path("/var/lib/systemd/linger/" + host.user()))) {
            findings.add(Finding.ok(check, "not relevant: lingering is enabled for " + host.user()));
        } else if (isTrue(removesIpc())) {
            findings.add(Finding.warn(
                    check,
                    "RemoveIPC=" + removesIpc() + ": when the last session of " + host.user()
                            + " ends, logind removes the segments in /dev/shm",
                    "loginctl enable-linger " + host.user() + ", or RemoveIPC=no in /etc/systemd/logind.conf"));
        } else {
            findings.add(Finding.ok(check, "RemoveIPC=" + removesIpc()));
        }
    }

    /** What the last of systemd's files says; its default is yes (logind.conf(5)). */
    private String removesIpc() {
        final List<Path> files = new ArrayList<>();
        files.add(host.path("/usr/lib/systemd/logind.conf"));
        files.add(host.path("/etc/systemd/logind.conf"));
        for (final String place : List.of("/usr/lib", "/run", "/etc")) {
            files.addAll(host.list(place + "/systemd/logind.conf.d", ".conf"));
        }
        String value = "yes";
        for (final Path file : files) {
            final Matcher line = REMOVE_IPC.matcher(text(file));
            while (line.find()) {
                value = line.group(1);
            }
        }
        return value;
    }

    private static boolean isTrue(final String value) {
        return Set.of("yes", "true", "on", "1").contains(value.toLowerCase(Locale.ROOT));
    }

    private static String text(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            return "";
        }
    }

    /**
     * A mount's own option counts, unless the setting for all is force or deny
     * (Documentation/admin-guide/mm/transhuge.rst).
     */
    private void hugePages() {
        final String all = host.read("/sys/kernel/mm/transparent_hugepage/shmem_enabled")
                .map(text -> text.replaceAll("^.*\\[(\\w+)\\].*$", "$1"))
                .orElse("");
        if (all.isEmpty() || !isTmpfs()) {
            findings.add(Finding.ok("huge pages", "unknown, or not a tmpfs"));
            return;
        }
        final String ofMount =
                host.mountOf(directory).flatMap(mount -> mount.option("huge")).orElse("never");
        final boolean used = all.equals("force") || !all.equals("deny") && !ofMount.equals("never");
        findings.add(Finding.ok(
                "huge pages",
                "huge=" + ofMount + ", shmem_enabled=" + all + ": "
                        + (used ? "segments may use huge pages" : "segments use pages of the normal size"),
                used
                        ? ""
                        : "for arrays of gigabytes, try mount -o remount,huge=within_size on the tmpfs, and measure"));
    }

    private void swap() {
        final long total = host.memory("SwapTotal").orElse(0);
        final long free = host.memory("SwapFree").orElse(0);
        if (total == 0 || !isTmpfs()) {
            findings.add(Finding.ok("swap", total == 0 ? "none" : mebibytes(total) + ", not a tmpfs"));
            return;
        }
        final String found = mebibytes(total - free) + " used of " + mebibytes(total);
        final boolean locked = host.mountOf(directory)
                .map(mount -> mount.options().contains("noswap"))
                .orElse(false);
        findings.add(
                locked || free == total
                        ? Finding.ok("swap", found)
                        : Finding.warn(
                                "swap",
                                found + "; a tmpfs may be swapped out",
                                "if pushes are sometimes slow: make the segments smaller than the memory, turn swap off"
                                        + " (swapoff), or mount the tmpfs with noswap (Linux 6.4)"));
    }

    private void limits() {
        final String limits = host.read("/proc/self/limits").orElse("");
        final Matcher files = OPEN_FILES.matcher(limits);
        final Matcher addresses = ADDRESS_SPACE.matcher(limits);
        final String open = files.find() ? files.group(1) : "unlimited";
        final String space = addresses.find() ? addresses.group(1) : "unlimited";
        final String found = "open files " + open + ", address space " + space;
        if (!space.equals("unlimited")) {
            findings.add(Finding.warn(
                    "limits", found, "ulimit -v unlimited: every mapped segment counts against the address space"));
        } else if (!open.equals("unlimited") && Long.parseLong(open) < USUAL_OPEN_FILES) {
            findings.add(Finding.warn("limits", found, "ulimit -n 4096: each worker keeps a lock file open"));
        } else {
            findings.add(Finding.ok("limits", found));
        }
    }

    private static String mebibytes(final long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", bytes / MEBIBYTE);
    }
}
