package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;

/** Which learning rate a training shows while its two workers take one over, each at its next step. */
class LearningRateTest {
    private static final double OWN = 0.01;

    private final Worker fast = Worker.of(0, 2, 1);
    private final Worker slow = Worker.of(1, 2, 1);

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private ShmArrays ofFast;
    private ShmArrays ofSlow;
    private double known = Double.NaN;

    @BeforeEach
    void attach() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        arrays = ShmArrays.create("r", List.of(ArraySpec.of("w", FLOAT32, 4)), settings);
        ofFast = ShmArrays.attach(fast, "r", settings);
        ofSlow = ShmArrays.attach(slow, "r", settings);
    }

    @AfterEach
    void close() {
        ofSlow.close();
        ofFast.close();
        arrays.close();
    }

    /** A step that began when this rate was in force. */
    private void step(final Worker worker, final double rate) {
        worker.reportLearningRate(rate);
        worker.countStep(1, 0);
    }

    private double look() {
        known = SnapshotLoop.learningRate(
                known, arrays.status().workers(), arrays.runControl().learningRateOr(OWN));
        return known;
    }

    @Test
    void shouldNotGoBackToTheRateOfAStepThatBeganBeforeAChange() {
        assertThat(look()).isNaN();
        step(fast, OWN);
        step(slow, OWN);
        assertThat(look()).isEqualTo(OWN);

        arrays.runControl().learningRate(0.005);
        assertThat(look()).as("no step has it yet").isEqualTo(OWN);
        step(fast, 0.005);
        assertThat(look()).isEqualTo(0.005);
        step(slow, OWN); // the latest step, with the rate from before
        assertThat(look()).isEqualTo(0.005);

        arrays.runControl().learningRate(0);
        step(fast, OWN);
        assertThat(look()).isEqualTo(OWN);
        step(slow, 0.005);
        assertThat(look()).isEqualTo(OWN);
    }

    @Test
    void shouldKnowTheRateOfStepsThatEndedBeforeTheFirstLook() {
        step(fast, OWN);
        arrays.runControl().learningRate(0.005);

        assertThat(look()).isEqualTo(OWN);
    }
}
