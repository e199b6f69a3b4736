package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.update.Updates;

/** The code that follows a push of named arrays, as a checkpoint of the whole segment sees it. */
class PushedTest {
    @TempDir
    private Path directory;

    @AutoClose
    private FourPartitions segment;

    private final List<String> calls = new ArrayList<>();

    @BeforeEach
    void create() {
        segment = new FourPartitions(directory);
    }

    private boolean isInPush() {
        return segment.arrays().segment().slots().inPushAcquire(segment.arrays().slotId());
    }

    private Map<String, float[]> ones(final String name) {
        final float[] ones = new float[segment.arrays().array(name).elementCount()];
        Arrays.fill(ones, 1);
        return Map.of(name, ones);
    }

    private float[] values(final String name) {
        final float[] values = new float[segment.arrays().array(name).elementCount()];
        segment.arrays().array(name).readInto(values);
        return values;
    }

    @ParameterizedTest
    @ValueSource(strings = {"w", "h", "a"})
    void shouldBeCalledOnceInsideTheGateWhenAllIsUpdated(final String name) {
        segment.arrays().update(ones(name), Updates.add(), () -> {
            assertThat(isInPush()).isTrue();
            segment.assertAllFreeAndStable();
            calls.add("pushed");
        });

        assertThat(calls).containsExactly("pushed");
        assertThat(isInPush()).isFalse();
        assertThat(values(name)).containsOnly(1);
    }

    @Test
    void shouldHoldTheGateOverSeveralUpdates() {
        segment.arrays().updateTogether(() -> {
            segment.arrays().update(ones("w"), Updates.add());
            assertThat(isInPush()).isTrue();
            segment.arrays().array("h").scatterAdd(new int[] {0}, new float[] {1});
            assertThat(isInPush()).isTrue();
            segment.assertAllFreeAndStable();
        });

        assertThat(isInPush()).isFalse();
        assertThat(values("w")).containsOnly(1);
        assertThat(values("h")[0]).isEqualTo(1);
    }

    @Test
    void shouldGiveTheGateBackWhenTheCodeOfSeveralUpdatesThrows() {
        assertThatThrownBy(() -> segment.arrays().updateTogether(() -> {
                    segment.arrays().update(ones("w"), Updates.add());
                    throw new IllegalStateException("mine");
                }))
                .hasMessage("mine");

        assertThat(isInPush()).isFalse();
        assertThat(values("w")).containsOnly(1);
        segment.arrays().update(ones("w"), Updates.add());
        assertThat(values("w")).containsOnly(2);
    }

    @Test
    void shouldNotBeCalledByTheNextPush() {
        segment.arrays().update(ones("w"), Updates.add(), () -> calls.add("pushed"));

        segment.arrays().update(ones("w"), Updates.add());

        assertThat(calls).containsExactly("pushed");
    }

    @Test
    void shouldBeCalledWhenTheRestWasResumed() {
        segment.lock(segment.first() + 2, 99);
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> segment.arrays().update(ones("w"), Updates.add(), () -> calls.add("pushed")));
        assertThat(calls).isEmpty();
        segment.lock(segment.first() + 2, 0);

        failed.resume();
        failed.resume();

        assertThat(calls).containsExactly("pushed");
        assertThat(values("w")).containsOnly(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"w", "h", "a"})
    void shouldKeepTheUpdateWhenItThrows(final String name) {
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> segment.arrays().update(ones(name), Updates.add(), () -> {
                    throw new ArithmeticException("no count");
                }));

        assertThat(failed)
                .hasCauseInstanceOf(ArithmeticException.class)
                .hasMessageContainingAll("the code that follows the push failed", "array=" + name, "no count");
        assertThat(failed.updatedPartitions()).hasSize(4);
        assertThatThrownBy(failed::resume).isInstanceOf(IllegalStateException.class);
        assertThat(values(name)).containsOnly(1);
        assertThat(isInPush()).isFalse();
        segment.assertAllFreeAndStable();
    }
}
