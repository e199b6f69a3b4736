package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.shmarrays.Settings;
import org.shmarrays.layout.Mode;

class SameDiffJoinChecksTest {
    /** A user's own updater. */
    private static final class OwnUpdater extends Sgd {
        private static final long serialVersionUID = 1;
    }

    /** A user's own regularisation. */
    private static final class OwnRegularization extends L2Regularization {
        private static final long serialVersionUID = 1;

        OwnRegularization() {
            super(0.1);
        }
    }

    @TempDir
    private Path directory;

    /** Nothing may have been created. */
    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(final SameDiff graph) {
        final AbstractThrowableAssert<?, ? extends Throwable> refusal = assertThatThrownBy(() -> SharedTraining.join(
                graph,
                TrainingOptions.defaults()
                        .withName("refused")
                        .withSettings(Settings.fromProperties().withDirectory(directory))));
        assertThat(directory).isEmptyDirectory();
        return refusal;
    }

    private static SameDiff graph(final String name, final INDArray array) {
        final SameDiff graph = SameDiffs.perceptron(DataType.FLOAT, new Sgd(0.1));
        graph.var(name, array);
        return graph;
    }

    private static SameDiff graph(final IUpdater updater) {
        return SameDiffs.perceptron(DataType.FLOAT, updater);
    }

    @Test
    void shouldRefuseGraphWithoutTrainingConfig() {
        assertRefused(SameDiffs.perceptron(DataType.FLOAT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the graph has no TrainingConfig; call its setTrainingConfig first");
    }

    @Test
    void shouldRefuseGraphWithoutVariables() {
        final SameDiff graph = graph(new Sgd(0.1));
        for (final String name : List.of("w0", "b0", "w1", "b1")) {
            graph.getVariable(name).convertToConstant();
        }

        assertRefused(graph)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no parameters to share");
    }

    @Test
    void shouldRefuseLossOfConstants() {
        final SameDiff graph = graph("x", Nd4j.zeros(DataType.FLOAT, 2));
        for (final String name : List.of("w0", "b0", "w1", "b1")) {
            graph.getVariable(name).convertToConstant();
        }

        assertRefused(graph)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Cannot differentiate graph"); // DL4J's own sentence
    }

    @Test
    void shouldRefuseVariablesOfDifferentTypes() {
        assertRefused(graph("x", Nd4j.zeros(DataType.DOUBLE, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("variables of different data types can't be trained on shared memory: variable=x,"
                        + " type=DOUBLE, others=FLOAT; use one type, or freeze the others");
    }

    @Test
    void shouldRefuseVariablesOfOtherTypes() {
        assertRefused(graph("a", Nd4j.zeros(DataType.INT32, 2)))
                .hasMessage("variables of this data type can't be trained on shared memory: variable=a, type=INT; use"
                        + " FLOAT or DOUBLE, or freeze it");
        assertRefused(graph("a", Nd4j.zeros(DataType.FLOAT16, 2))).hasMessageContaining("type=HALF");
    }

    @Test
    void shouldRefuseVariableWithoutValues() {
        final SameDiff graph = graph("x", Nd4j.zeros(DataType.FLOAT, 2));
        graph.getVariablesArrays().removeArray("x");

        assertRefused(graph)
                .hasMessage("the variable has no values yet: variable=x, give it an array before the graph joins");
    }

    @Test
    void shouldRefuseFortranOrder() {
        assertRefused(graph("x", Nd4j.ones(DataType.FLOAT, 2, 3).dup('f')))
                .hasMessage("DL4J adds updates to the wrong elements of variables in Fortran order: variable=x,"
                        + " shape=[2, 3]; give it the array's dup('c')");
    }

    @Test
    void shouldRefuseNamesThatCantBeAliases() {
        for (final String name : List.of("params", "configuration", "positions", "stopping")) {
            assertRefused(graph(name, Nd4j.zeros(DataType.FLOAT, 2)))
                    .hasMessageContaining("has the name of another array of a training: variable=" + name);
        }
        assertRefused(graph("n".repeat(300), Nd4j.zeros(DataType.FLOAT, 2)))
                .hasMessageContaining("array name is too long");
    }

    @Test
    void shouldRefuseUnknownClassesByVariable() {
        assertRefused(graph(new OwnUpdater()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("updaters of this class are unknown, and may not be element-wise: variable=b0,"
                        + " updater=" + OwnUpdater.class.getName());
        assertRefused(graph(new AdaBelief(0.1))).hasMessageContaining("AdaBelief fails when it is created");
        final SameDiff graph = SameDiffs.perceptron(DataType.FLOAT);
        graph.setTrainingConfig(SameDiffs.config(new Sgd(0.1))
                .addRegularization(new OwnRegularization())
                .build());
        assertRefused(graph)
                .hasMessageStartingWith("regularisations of this class are unknown, and may not be element-wise:"
                        + " variable=b0, regularization=" + OwnRegularization.class.getName());
    }

    @Test
    void shouldRefuseUpdaterThatDl4jWouldIgnore() {
        final SameDiff graph = graph(new Sgd(0.1));
        graph.fit(SameDiffs.samples(DataType.FLOAT, 0));
        graph.setTrainingConfig(SameDiffs.config(new Adam(0.1)).build());
        assertRefused(graph)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DL4J trains the variable with another updater than its TrainingConfig has")
                .hasMessageContaining("variable=b0, updater=Sgd(");

        final SameDiff grown = graph(new Sgd(0.1));
        grown.fit(SameDiffs.samples(DataType.FLOAT, 0));
        grown.var("late", Nd4j.zeros(DataType.FLOAT, 2));
        assertRefused(grown).hasMessageContaining("variable=late, updater=null");
    }

    @Test
    void shouldRefuseStateAndRegularizationInModeAtomic() {
        assertThatThrownBy(() -> JoinChecks.check(graph(new Adam(0.1)), Mode.ATOMIC))
                .hasMessageContaining("mode ATOMIC can't update values and optimizer state together: variable=b0");
        assertThatCode(() -> JoinChecks.check(graph(new Adam(0.1)), Mode.LOCKED))
                .doesNotThrowAnyException();
    }
}
