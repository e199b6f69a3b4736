package org.shmarrays.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentNotFoundException;
import org.shmarrays.segment.SegmentOpener;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.segment.SegmentRoot;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.worker.Liveness;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shmarrays ls}: which segments there are. */
@Command(
        name = "ls",
        description = "List the segments of this user: size, age, number of workers that live.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:listed", "2:wrong usage"})
final class ListCommand implements Callable<Integer> {
    private static final String FORMAT = "%-32s  %10s  %8s  %8s  %s%n";

    @Spec
    private CommandSpec spec;

    ListCommand() {}

    @Override
    public Integer call() {
        final SegmentRoot root = Settings.fromProperties().root();
        final PrintWriter out = spec.commandLine().getOut();
        out.printf(FORMAT, "NAME", "SIZE", "AGE", "WORKERS", "");
        for (final String name : root.names()) {
            list(root, name, out);
        }
        out.flush();
        return 0;
    }

    private static void list(final SegmentRoot root, final String name, final PrintWriter out) {
        final String size = mebibytes(sizeBytes(root.segment(name)));
        try {
            final Segment segment = SegmentOpener.open(root, name, true);
            final long live = new SegmentStatus(segment)
                    .workers().stream()
                            .filter(worker -> Liveness.isAlive(segment, worker.slotId()))
                            .count();
            final Duration age = Duration.ofMillis(Math.max(0, System.currentTimeMillis() - segment.createdMs()));
            out.printf(FORMAT, name, size, text(age), live, live == 0 ? "left behind" : "");
        } catch (final InvalidSegmentException e) {
            out.printf(FORMAT, name, size, "", "", e.getMessage());
        } catch (final SegmentNotFoundException | SegmentRemovedException e) {
            // It was removed since the names were listed.
        }
    }

    private static long sizeBytes(final Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            long bytes = 0;
            for (final Path file : (Iterable<Path>) files::iterator) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (final IOException | UncheckedIOException e) {
            return 0; // it is being removed
        }
    }

    private static String mebibytes(final long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024.0));
    }

    private static String text(final Duration age) {
        if (age.toHours() > 0) {
            return age.toHours() + " h";
        }
        return age.toMinutes() > 0 ? age.toMinutes() + " min" : age.toSeconds() + " s";
    }
}
