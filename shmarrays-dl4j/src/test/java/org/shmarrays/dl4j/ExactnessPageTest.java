package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.variational.ReconstructionDistribution;
import org.deeplearning4j.nn.conf.stepfunctions.StepFunction;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The tables of {@code docs/guide/dl4j.md} are those that {@link ExactnessTest} trains, and name each class of DL4J
 * that a configuration can have. {@code -Dexactness.write=true} writes them into the page.
 */
class ExactnessPageTest {
    private static final Path PAGE = Path.of("..", "docs", "guide", "dl4j.md");
    private static final String BEGIN = "<!-- The tables are written by ExactnessPageTest. -->\n";
    private static final String END = "<!-- End of the tables. -->\n";

    /** What a configuration is made of. */
    private static final List<Class<?>> PARTS = List.of(
            Layer.class,
            GraphVertex.class,
            LayerConstraint.class,
            IDropout.class,
            IWeightNoise.class,
            ReconstructionDistribution.class,
            StepFunction.class,
            IUpdater.class,
            Regularization.class,
            ISchedule.class);

    @TempDir
    private Path directory;

    private List<UntrainableRow> untrainable() {
        return RefusedRows.rows(mode -> Trained.options(directory, mode));
    }

    @Test
    void shouldHaveTheTablesThatAreTested() throws IOException {
        final String page = Files.readString(PAGE);
        final int begin = page.indexOf(BEGIN) + BEGIN.length();
        final int end = page.indexOf(END);
        if (Boolean.getBoolean("exactness.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + tables() + page.substring(end));
            return;
        }

        assertThat(page.substring(begin, end))
                .as("run the test with -Dexactness.write=true")
                .isEqualTo(tables());
    }

    private String tables() {
        final Map<String, StringBuilder> byKind = new LinkedHashMap<>();
        for (final ExactnessRow row : ExactnessTable.rows()) {
            byKind.computeIfAbsent(row.kind(), kind -> heading(kind, "result"))
                    .append(line(row.name(), row.remark().isEmpty() ? "exact" : "exact. " + row.remark()));
        }
        final StringBuilder last = heading("What doesn't train", "why");
        untrainable().forEach(row -> last.append(line(row.name(), row.finding())));
        return String.join("", byKind.values()) + last + "\n";
    }

    private static StringBuilder heading(final String title, final String column) {
        return new StringBuilder("\n### " + title + "\n\n| what | " + column + " |\n|---|---|\n");
    }

    private static String line(final String what, final String result) {
        return "| " + what + " | " + result + " |\n";
    }

    /** A class that stands in backticks in a row must be in the row's model too. */
    @Test
    void shouldNameEachClassOfAConfiguration() throws Exception {
        final Set<String> all = new TreeSet<>();
        for (final Class<?> part : classes()) {
            all.add(part.getSimpleName());
        }
        assertThat(all).hasSizeGreaterThan(100);
        final Set<String> named = new TreeSet<>();

        for (final ExactnessRow row : ExactnessTable.rows()) {
            named.addAll(named(row.name(), row.model().apply(DataType.FLOAT), all));
        }
        for (final UntrainableRow row : untrainable()) {
            if (row.model() != null) {
                named.addAll(named(row.name(), row.model(), all));
            }
        }

        assertThat(named).isEqualTo(all);
    }

    private static Set<String> named(final String name, final Model model, final Set<String> all) throws Exception {
        final Set<String> named = new TreeSet<>();
        for (final String part : name.split("`")) {
            if (all.contains(part)) {
                named.add(part);
            }
        }
        assertThat(ConfiguredClasses.of(model).stream().map(Class::getSimpleName))
                .as(name)
                .containsAll(named);
        return named;
    }

    /** The public classes of DL4J and ND4J that a configuration can have, and those that users can extend. */
    private static List<Class<?>> classes() throws IOException, URISyntaxException, ClassNotFoundException {
        final List<Class<?>> classes = new ArrayList<>();
        for (final Class<?> anchor : List.of(Layer.class, IUpdater.class)) {
            final Path jar = Path.of(
                    anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (JarFile file = new JarFile(jar.toFile())) {
                for (final String name : file.stream().map(Object::toString).toList()) {
                    if (name.matches("org/(deeplearning4j/nn/conf|nd4j/linalg/(learning|schedule))/[^$]*\\.class")) {
                        final Class<?> found = Class.forName(
                                name.replace(".class", "").replace('/', '.'), false, anchor.getClassLoader());
                        if (isPart(found)) {
                            classes.add(found);
                        }
                    }
                }
            }
        }
        return classes;
    }

    private static boolean isPart(final Class<?> found) {
        final boolean isConcrete = !Modifier.isAbstract(found.getModifiers())
                && found != StepFunction.class; // the one base class that isn't
        final boolean isForUsers =
                found.getPackage() == AbstractSameDiffLayer.class.getPackage() && found != AbstractSameDiffLayer.class;
        return Modifier.isPublic(found.getModifiers())
                && (isConcrete || isForUsers)
                && PARTS.stream().anyMatch(part -> part.isAssignableFrom(found));
    }
}
