package org.shmarrays.examples.dl4j.accuracy;

import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What the study has found, as a table in Markdown: a row for each model and updater, a column for each group. */
record StudyTable(Map<StudyGroup, Map<StudyTraining, StudyResult>> results) {
    /** The results of one cell: those of all seeds. */
    List<StudyResult> cell(final StudyGroup group, final StudyModel model, final StudyUpdater updater) {
        return results.get(group).values().stream()
                .filter(result ->
                        result.training().model() == model && result.training().updater() == updater)
                .toList();
    }

    /** Mean accuracy of a cell, in per cent. */
    double accuracy(final StudyGroup group, final StudyModel model, final StudyUpdater updater) {
        return accuracies(cell(group, model, updater)).getAverage();
    }

    private static DoubleSummaryStatistics accuracies(final Collection<StudyResult> cell) {
        return cell.stream().mapToDouble(StudyResult::accuracy).summaryStatistics();
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("| model | updater | learning rate |");
        results.keySet().forEach(group -> text.append(' ').append(group.title()).append(" |"));
        text.append('\n').append("|---".repeat(3 + results.size())).append("|\n");
        for (final StudyModel model : StudyModel.values()) {
            for (final StudyUpdater updater : StudyUpdater.values()) {
                text.append(row(model, updater)).append('\n');
            }
        }
        return text.toString();
    }

    private String row(final StudyModel model, final StudyUpdater updater) {
        return results.keySet().stream()
                .map(group -> text(cell(group, model, updater)))
                .collect(Collectors.joining(
                        " | ",
                        "| " + model.title() + " | " + updater.title() + " | " + model.learningRate(updater) + " | ",
                        " |"));
    }

    /** {@code 96.12 (95.90 to 96.30), staleness 1.0}. */
    private static String text(final List<StudyResult> cell) {
        final DoubleSummaryStatistics accuracies = accuracies(cell);
        final long pushes = cell.stream().mapToLong(StudyResult::stalenessCount).sum();
        final String range = String.format(
                Locale.ROOT, "%.2f (%.2f to %.2f)", accuracies.getAverage(), accuracies.getMin(), accuracies.getMax());
        return pushes == 0
                ? range
                : range
                        + String.format(
                                Locale.ROOT,
                                ", staleness %.1f",
                                (double) cell.stream()
                                                .mapToLong(StudyResult::stalenessSum)
                                                .sum()
                                        / pushes);
    }
}
