package org.shmarrays.examples.dl4j.accuracy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;

/**
 * A way to make the trainings of the study: several workers in a mode, or plain fits.
 *
 * @param mode its name, or {@link StudyWorker#PLAIN}
 */
record StudyGroup(int workers, String mode) {
    /** Of the plain fits, which two processes share; each model is trained by one of them. */
    static final StudyGroup PLAIN = new StudyGroup(2, StudyWorker.PLAIN);

    private static final String HEAP = "1g"; // which bounds the memory outside of it too
    private static final Duration TIMEOUT = Duration.ofHours(3);

    String title() {
        return mode.equals(StudyWorker.PLAIN) ? "plain fit" : workers + " workers, " + mode;
    }

    /**
     * Makes the trainings in worker processes.
     *
     * @param directory an empty one, for segments and results
     * @throws IllegalStateException if a worker fails
     */
    Map<StudyTraining, StudyResult> run(final List<StudyTraining> trainings, final Path directory)
            throws InterruptedException {
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        final String[] arguments = Stream.concat(
                        Stream.of(directory.toString(), mode),
                        trainings.stream().map(StudyTraining::toString))
                .toArray(String[]::new);
        final GroupResult result;
        try (WorkerGroup group = Launcher.ofMainClass(StudyWorker.class.getName(), arguments)
                .workers(workers)
                .heap(HEAP)
                .jvmArgument("-Dshmarrays.directory=" + directory)
                .output(out, out)
                .launch()) {
            result = group.await(TIMEOUT).orElseThrow();
        }
        if (!result.isSuccess()) {
            throw new IllegalStateException(title() + ": " + printed.toString(StandardCharsets.UTF_8));
        }
        return results(directory);
    }

    private static Map<StudyTraining, StudyResult> results(final Path directory) {
        final Map<StudyTraining, StudyResult> results = new HashMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(file -> file.toString().endsWith(StudyWorker.RESULTS))
                    .map(StudyGroup::lines)
                    .flatMap(Collection::stream)
                    .map(StudyResult::parse)
                    .forEach(part -> results.merge(part.training(), part, StudyResult::plus));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return results;
    }

    private static List<String> lines(final Path file) {
        try {
            return Files.readAllLines(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
