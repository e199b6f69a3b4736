package org.shmarrays.benchmarks.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.shmarrays.layout.Mode;

/**
 * What is compared.
 *
 * @param models that are trained
 * @param ways to train each of them
 * @param modes of SharedTraining
 */
public record Dl4jCases(List<String> models, List<String> ways, List<String> modes) {
    /** A training of a model; the mode is null of ways that share nothing. */
    record Case(BenchModel model, Way way, Mode mode) {
        /** As the table shows it. */
        String label() {
            return String.format(
                    Locale.ROOT, "%-12s %s", model.label(), mode == null ? way.label() : way.label() + " " + mode);
        }
    }

    /** The names of all models. */
    public static List<String> modelNames() {
        return BenchModel.labels();
    }

    /** The names of all candidates. */
    public static List<String> candidateNames() {
        return Way.labels();
    }

    /** The names of the modes that trainings can have in which workers compute at the same time. */
    public static List<String> modeNames() {
        return List.of("hogwild", "locked");
    }

    /** All of them. */
    List<Case> list() {
        final List<Case> cases = new ArrayList<>();
        for (final BenchModel model : models.stream().map(BenchModel::of).toList()) {
            ways.stream()
                    .map(Way::of)
                    .filter(way -> way.takes(model))
                    .flatMap(way -> modes(way).map(mode -> new Case(model, way, mode)))
                    .forEach(cases::add);
        }
        return cases;
    }

    private Stream<Mode> modes(final Way way) {
        return way.isShared()
                ? modes.stream().map(mode -> Mode.valueOf(mode.toUpperCase(Locale.ROOT)))
                : Stream.of((Mode) null);
    }
}
