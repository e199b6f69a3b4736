package org.shmarrays.examples.dl4j.accuracy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers that share the samples of a plain fit train a model that is as accurate: five models, three updaters, two and
 * four workers, two modes and five seeds. It takes an hour and a half, so that no build runs it: {@code
 * -Dit.test=AccuracyStudy}.
 */
class AccuracyStudy {
    private static final Path TABLE = Path.of("target", "accuracy.md");
    private static final int SEEDS = 5;

    /** Points that the mean accuracy over the seeds may be below that of the plain fits. */
    private static final double MARGIN = 0.5;

    private static final List<StudyGroup> GROUPS = List.of(
            StudyGroup.PLAIN,
            new StudyGroup(2, "LOCKED"),
            new StudyGroup(2, "HOGWILD"),
            new StudyGroup(4, "LOCKED"),
            new StudyGroup(4, "HOGWILD"));

    @TempDir
    private Path directory;

    @Test
    void shouldTrainAsAccurateAModelAsPlainFit() throws InterruptedException, IOException {
        final StudyTable table = new StudyTable(results());
        System.out.println(table);
        Files.writeString(TABLE, table.toString());

        final SoftAssertions softly = new SoftAssertions();
        for (final StudyModel model : StudyModel.values()) {
            for (final StudyUpdater updater : StudyUpdater.values()) {
                check(table, model, updater, softly);
            }
        }
        softly.assertAll();
    }

    private static void check(
            final StudyTable table, final StudyModel model, final StudyUpdater updater, final SoftAssertions softly) {
        final double plain = table.accuracy(StudyGroup.PLAIN, model, updater);
        for (final StudyGroup group : table.results().keySet()) {
            // Delayed gradients act like more momentum, so that four workers may have too much: docs/guide/dl4j.md.
            final boolean isBarred = updater != StudyUpdater.NESTEROVS || group.workers() < 4;
            if (isBarred) {
                softly.assertThat(table.accuracy(group, model, updater))
                        .as("%s, %s, %s", model.title(), updater.title(), group.title())
                        .isGreaterThan(plain - MARGIN);
            }
        }
    }

    private static List<StudyTraining> trainings() {
        final List<StudyTraining> trainings = new ArrayList<>();
        for (final StudyModel model : StudyModel.values()) {
            for (final StudyUpdater updater : StudyUpdater.values()) {
                for (int seed = 1; seed <= SEEDS; seed++) {
                    trainings.add(new StudyTraining(model, updater, seed));
                }
            }
        }
        return trainings;
    }

    private Map<StudyGroup, Map<StudyTraining, StudyResult>> results() throws InterruptedException, IOException {
        final List<StudyTraining> trainings = trainings();
        final Map<StudyGroup, Map<StudyTraining, StudyResult>> results = new LinkedHashMap<>();
        for (final StudyGroup group : GROUPS) {
            final Path own = Files.createDirectory(directory.resolve(group.mode() + group.workers()));
            results.put(group, group.run(trainings, own));
            assertThat(results.get(group)).as(group.title()).hasSize(trainings.size());
        }
        return results;
    }
}
