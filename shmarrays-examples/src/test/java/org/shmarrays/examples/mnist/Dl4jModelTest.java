package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.Settings;
import org.shmarrays.dl4j.SharedModel;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;

class Dl4jModelTest {
    private static final double RATE = 1e-3;

    @ParameterizedTest
    @EnumSource
    void shouldBeginWithTheValuesOfItsSeed(final Dl4jModel model) {
        final Dl4jNetwork first = model.create(RATE, 7);
        final Dl4jNetwork again = model.create(RATE, 7);
        final Dl4jNetwork other = model.create(RATE, 8);

        assertThat(again.values()).usingRecursiveComparison().isEqualTo(first.values());
        assertThat(other.values()).usingRecursiveComparison().isNotEqualTo(first.values());
    }

    @ParameterizedTest
    @EnumSource
    void shouldTakeOverTheParametersOfASnapshot(final Dl4jModel model) {
        final Dl4jNetwork trained = model.create(RATE, 7);
        final Dl4jNetwork evaluated = model.create(RATE, 8);
        final INDArray images = Nd4j.rand(3, LabelledImages.PIXELS);

        evaluated.load(trained.values());

        assertThat(evaluated.output(images)).isEqualTo(trained.output(images));
    }

    /** As the workers compute it: the evaluation would be several times slower, and tell the target late. */
    @Test
    void shouldEvaluateByOneDnnAsTheWorkersTrain(@TempDir final Path directory) {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final TrainingOptions options =
                TrainingOptions.defaults().withName("lenet").withSettings(settings);
        final Dl4jNetwork trained = Dl4jModel.LENET.create(RATE, 7);
        final INDArray images = Nd4j.rand(3, LabelledImages.PIXELS);
        try (SharedTraining training = SharedTraining.join(MnistNetworks.lenet(new Adam(RATE), 8), options);
                SharedModel model = SharedModel.attach("lenet", settings)) {
            final Dl4jNetwork evaluated = Dl4jModel.LENET.attached(model);

            evaluated.load(trained.values());

            assertThat(training.iteration()).isZero();
            assertThat(model.network().getLayer(0).getHelper()).isNotNull();
            assertThat(evaluated
                            .output(images)
                            .sub(trained.output(images))
                            .amaxNumber()
                            .doubleValue())
                    .isLessThan(1e-5);
        }
    }

    @Test
    void shouldHaveAsManyParametersAsItsShapeSays() {
        assertThat(Dl4jModel.DL4J_MLP.parameterCount()).isEqualTo(784 * 128 + 128 + 128 * 10 + 10);
        assertThat(Dl4jModel.SAMEDIFF_MLP.parameterCount()).isEqualTo(784 * 128 + 128 + 128 * 10 + 10);
        assertThat(Dl4jModel.LENET.parameterCount())
                .isEqualTo(20 * 26 + 50 * (20 * 25 + 1) + (50 * 16 + 1) * 500 + 501 * 10);
    }

    @Test
    void shouldBeFoundByItsLabelAmongAllModels() {
        assertThat(Trainable.all())
                .hasSize(7)
                .allSatisfy(model -> assertThat(Trainable.of(model.label())).isSameAs(model));
        assertThat(Trainable.of("LeNet")).isSameAs(Dl4jModel.LENET);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Trainable.of("cn"))
                .withMessage(
                        "expected one of [softmax, mlp, cnn, dl4j-mlp, dl4j-cnn, lenet, samediff-mlp], but was 'cn'");
    }
}
