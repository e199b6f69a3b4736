package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.ExactnessRow.Continuity;
import org.shmarrays.layout.Mode;

/**
 * Each row of the table in {@code docs/guide/dl4j.md}, in both modes and types: one worker's parameters and updater
 * state are those of a plain fit to the last bit, while it trains, after it was saved and restored, and after it left
 * the training. The plain fit computes by oneDNN in the same layers, which {@link OneDnnLayersTest} compares with
 * DL4J's own way; without helpers the joined models are DL4J's to the last bit too.
 */
class ExactnessTest {
    private static final long SEED = Long.getLong("seed", 20261203);
    /** As many fits for each row, in both types, as this property says; without it, fewer where they are dear. */
    private static final Integer FITS = Integer.getInteger("exactness.fits");

    private static final Map<String, Integer> FITS_BY_KIND = Map.of(
            "Updaters", 25,
            "Schedules", 25,
            "Layers for sequences", 4,
            "Layers for images and volumes", 4,
            "Graphs and vertices", 4,
            "Combinations", 4);
    private static final int OTHER_FITS = 10;

    /** Kinds of rows that differ in what happens outside of the shared update: one type each is enough for a build. */
    private static final Set<String> KINDS_OF_ONE_TYPE = Set.of(
            "Layers",
            "Layers for sequences",
            "Layers for images and volumes",
            "Graphs and vertices",
            "Layers and vertices of users",
            "Noise");

    private static final int FITS_BEFORE = 2;
    private static final int FITS_AFTER = 2;

    /** The least: most partitions begin in the middle of a parameter. */
    private static final PrintStream OUT = System.out;

    @TempDir
    private Path directory;

    /** ND4J prints a line for each op that it differentiates. */
    @BeforeAll
    static void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterAll
    static void restoreOutput() {
        System.setOut(OUT);
    }

    private Settings settings() {
        return Trained.settings(directory.resolve("segments"));
    }

    /** All rows, or those that the property's pattern matches. */
    static Stream<Arguments> rows() {
        final String pattern = System.getProperty("exactness.rows", ".*");
        final List<ExactnessRow> rows = ExactnessTable.rows();
        return IntStream.range(0, rows.size())
                .filter(i -> rows.get(i).toString().matches(pattern))
                .boxed()
                .flatMap(i -> types(rows.get(i), i).map(type -> Arguments.of(rows.get(i), type)));
    }

    private static Stream<DataType> types(final ExactnessRow row, final int number) {
        if (FITS == null && KINDS_OF_ONE_TYPE.contains(row.kind())) {
            return Stream.of(number % 2 == 0 ? DataType.FLOAT : DataType.DOUBLE);
        }
        return Stream.of(DataType.FLOAT, DataType.DOUBLE);
    }

    /** A plain model and one of each mode, all trained before the others join. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("rows")
    void shouldTrainAsPlainFitToTheLastBit(final ExactnessRow row, final DataType type) throws IOException {
        final Model plain = row.model().apply(type);
        final int start = row.continuity() == Continuity.SAME ? 0 : FITS_BEFORE;
        fit(plain, row, type, 0, start);
        final Map<Mode, Model> joined = new EnumMap<>(Mode.class);
        for (final Mode mode : modes(row)) {
            joined.put(mode, TestModels.copy(plain));
        }
        final int end = start + fits(row);
        final OneDnnLayers oneDnn = OneDnnLayers.of(layers(plain));
        oneDnn.begin(layers(plain)); // as the joined models have them
        LeanDenseLayers.discardInputGradients(plain, () -> true);
        fit(plain, row, type, start, end);
        oneDnn.end(layers(plain));
        final Snapshot trained = Snapshot.of(plain);
        fit(plain, row, type, end, end + FITS_AFTER);
        final Snapshot after = Snapshot.of(plain);

        for (final Mode mode : joined.keySet()) {
            final Model model = joined.get(mode);
            final String description = row + ", " + mode + ", " + type + ", seed " + SEED;
            final Path file = directory.resolve("model.zip");
            try (SharedTraining training = TestModels.join(model, options(mode))) {
                fit(model, row, type, start, end);
                trained.check(model, description);
                assertThat(training.arrays().read("params").get("params").toDoubleVector())
                        .as("shared parameters of %s", description)
                        .isEqualTo(trained.parameters());
                assertThat(training.iteration()).as(description).isEqualTo(trained.iteration());
                if (mode == Mode.LOCKED) {
                    training.save(file);
                }
            }
            ShmArrays.remove("training", settings());
            trained.check(model, description + ", left");
            fit(model, row, type, end, end + FITS_AFTER);
            after.check(model, description + ", alone");
            if (mode == Mode.LOCKED && row.continuity() == Continuity.RESTORED) {
                final Model restored = TestModels.restore(model, Files.newInputStream(file));
                trained.check(restored, description + ", restored");
                fit(restored, row, type, end, end + FITS_AFTER);
                after.check(restored, description + ", restored and trained");
            }
        }
    }

    private static Layer[] layers(final Model model) {
        return model instanceof ComputationGraph graph ? graph.getLayers() : ((MultiLayerNetwork) model).getLayers();
    }

    /** Mode ORDERED pushes as LOCKED does, so that it needs fewer rows. */
    private static Set<Mode> modes(final ExactnessRow row) {
        return row.kind().equals("Combinations")
                ? EnumSet.of(Mode.HOGWILD, Mode.LOCKED, Mode.ORDERED)
                : EnumSet.of(Mode.HOGWILD, Mode.LOCKED);
    }

    private static int fits(final ExactnessRow row) {
        return FITS != null ? FITS : FITS_BY_KIND.getOrDefault(row.kind(), OTHER_FITS);
    }

    @TestFactory
    Stream<DynamicTest> shouldNotTrain() {
        return RefusedRows.rows(this::options).stream().map(row -> DynamicTest.dynamicTest(row.name(), row::check));
    }

    TrainingOptions options(final Mode mode) {
        return Trained.options(directory.resolve("segments"), mode);
    }

    /** Fits batches; layers that draw numbers draw the same ones in each model. */
    private static void fit(
            final Model model, final ExactnessRow row, final DataType type, final int from, final int to) {
        for (int i = from; i < to; i++) {
            Nd4j.getRandom().setSeed(SEED + i);
            if (model instanceof ComputationGraph graph) {
                graph.fit(row.batches().of(type, i));
            } else {
                ((MultiLayerNetwork) model).fit(row.batches().of(type, i));
            }
        }
    }

    /** What training has made of a model. */
    private record Snapshot(double[] parameters, double[] state, int iteration) {
        static Snapshot of(final Model model) {
            final INDArray state = Configurations.updater(model).getStateViewArray();
            return new Snapshot(
                    model.params().toDoubleVector(),
                    state == null
                            ? new double[0]
                            : state.reshape(state.length()).toDoubleVector(),
                    TestModels.iteration(model));
        }

        void check(final Model model, final String description) {
            final Snapshot actual = of(model);
            assertThat(actual.parameters).as("parameters of %s", description).isEqualTo(parameters);
            assertThat(actual.state).as("updater state of %s", description).isEqualTo(state);
            assertThat(actual.iteration).as("iterations of %s", description).isEqualTo(iteration);
        }
    }
}
