package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

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
