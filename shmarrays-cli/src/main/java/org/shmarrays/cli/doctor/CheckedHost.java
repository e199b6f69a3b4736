package org.shmarrays.cli.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.internal.segment.Ownership;
import org.shmarrays.internal.segment.SystemFiles;

/**
 * The machine as its files show it. What can't be read is not there.
 *
 * @param root of the file system in which {@code /proc}, {@code /sys} and {@code /etc} are looked for; a test has its
 *     own
 * @param cores that this process may use, its control group's quota counted
 * @param space of the file system that a directory stands on
 */
public record CheckedHost(Path root, int cores, String user, long uid, Function<Path, Space> space) {

    /** Room in a file system. */
    public record Space(long totalBytes, long freeBytes) {}

    /** A line of {@code /proc/self/mounts}. */
    record Mount(String directory, String type, List<String> options) {
        /** The value of an option like {@code huge=always}. */
        Optional<String> option(final String name) {
            return options.stream()
                    .filter(option -> option.startsWith(name + "="))
                    .map(option -> option.substring(name.length() + 1))
                    .findFirst();
        }
    }

    /** The machine that this runs on. */
    public static CheckedHost here() {
        return new CheckedHost(
                Path.of("/"),
                Runtime.getRuntime().availableProcessors(),
                Ownership.userName(),
                ownUid(),
                CheckedHost::spaceOf);
    }

    private static long ownUid() {
        try {
            return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
        } catch (final IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return -1;
        }
    }

    private static Space spaceOf(final Path directory) {
        try {
            Path existing = directory.toAbsolutePath();
            while (!Files.exists(existing) && existing.getParent() != null) {
                existing = existing.getParent();
            }
            return new Space(
                    Files.getFileStore(existing).getTotalSpace(),
                    Files.getFileStore(existing).getUsableSpace());
        } catch (final IOException e) {
            return new Space(0, 0);
        }
    }

    /** The files in which the machine shows its state. */
    SystemFiles files() {
        return new SystemFiles(root);
    }

    Path path(final String absolute) {
        return files().path(absolute);
    }

    /** The version of Java, such as 17, whose {@code java} a process runs. */
    OptionalInt javaVersion(final long pid) {
        try {
            final Path java = Files.readSymbolicLink(path("/proc/" + pid + "/exe"));
            final Matcher version = Pattern.compile("JAVA_VERSION=\"(\\d+)")
                    .matcher(read(java.resolve("../../release").normalize().toString())
                            .orElse(""));
            return version.find() ? OptionalInt.of(Integer.parseInt(version.group(1))) : OptionalInt.empty();
        } catch (final IOException e) {
            return OptionalInt.empty(); // another user's, or just ended
        }
    }

    /** The text of a file. */
    Optional<String> read(final String absolute) {
        return bytes(absolute).map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
    }

    /** The content of a file. */
    Optional<byte[]> bytes(final String absolute) {
        return files().bytes(absolute);
    }

    /** A file that holds a number and nothing else. */
    OptionalLong readNumber(final String absolute) {
        return files().number(absolute);
    }

    /** Files of a directory whose names end so, in the order of their names. */
    List<Path> list(final String absolute, final String suffix) {
        final List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(absolute), "*" + suffix)) {
            entries.forEach(paths::add);
        } catch (final IOException e) {
            return List.of();
        }
        Collections.sort(paths);
        return paths;
    }

    /** A value of {@code /proc/meminfo}, in bytes. */
    OptionalLong memory(final String key) {
        return files().memory(key);
    }

    /** Where the file system is mounted on which a directory stands. */
    Optional<Mount> mountOf(final Path directory) {
        Mount found = null;
        for (final String line : read("/proc/self/mounts").orElse("").split("\n")) {
            final String[] fields = line.split(" ");
            final String place = fields.length < 4 ? "" : fields[1].replace("\\040", " ");
            if (!place.isEmpty()
                    && directory.startsWith(place)
                    && (found == null || place.length() >= found.directory().length())) {
                found = new Mount(place, fields[2], List.of(fields[3].split(",")));
            }
        }
        return Optional.ofNullable(found);
    }
}
