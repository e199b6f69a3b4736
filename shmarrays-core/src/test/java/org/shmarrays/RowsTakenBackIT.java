package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.ArrayValues;
import org.shmarrays.testing.Jvm;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Something is thrown between the saving of rows and their change by a kernel. What was collected of a partition that
 * is taken back is forgotten: resuming updates each row once, and no other array gets what was meant for the first.
 */
@Tag("shared")
class RowsTakenBackIT {
    private static final int ROWS = 400;
    private static final int TWICE = 50;
    private static final int LENGTH = 64;

    @TempDir
    private Path directory;

    /** Throws when it is told to, at the n-th change from then on. */
    public static final class Thrower implements Step.Observer {
        private static int changesLeft = -1;

        @Override
        public void beforeStep(final Step step) {
            if (step == Step.U11 && changesLeft >= 0 && changesLeft-- == 0) {
                throw new IllegalStateException("told so");
            }
        }
    }

    /** In a JVM of its own, because a JVM has one observer. */
    static final class Pusher {
        public static void main(final String... arguments) {
            final Settings settings = Settings.fromProperties().withPartitionBytes(10_000);
            for (final UpdateFunction update : List.of(Updates.sgd(0.5), Updates.adam(0.1), Updates.adaGrad(0.1))) {
                compare(settings, update);
            }
            System.out.println("came to its end");
        }

        private static void compare(final Settings settings, final UpdateFunction update) {
            final List<ArraySpec> specs = List.of(
                    ArraySpec.of("w", FLOAT32, ROWS, LENGTH).withState(2).inMode(Mode.LOCKED),
                    ArraySpec.of("other", FLOAT32, ROWS, LENGTH).withState(2).inMode(Mode.LOCKED));
            for (int changes = 0; changes < 12; changes++) {
                try (ShmArrays arrays = ShmArrays.create("thrown", specs, settings);
                        ShmArrays undisturbed = ShmArrays.create("undisturbed", specs, settings)) {
                    compare(arrays, undisturbed, update, changes);
                } finally {
                    ShmArrays.remove("thrown", settings);
                    ShmArrays.remove("undisturbed", settings);
                }
            }
        }

        private static void compare(
                final ShmArrays arrays, final ShmArrays undisturbed, final UpdateFunction update, final int changes) {
            final int[] rows = new int[ROWS + TWICE];
            final float[] pushed = new float[rows.length * LENGTH];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = i * 7 % ROWS; // the last ones a second time
            }
            for (int i = 0; i < pushed.length; i++) {
                pushed[i] = i % 13 - 6;
            }
            Thrower.changesLeft = changes;
            assertThatThrownBy(() -> arrays.scatterUpdate("w", rows, pushed, update))
                    .isInstanceOfSatisfying(UpdateFailedException.class, failed -> {
                        arrays.scatterUpdate("other", rows, pushed, update);
                        failed.resume();
                    });
            undisturbed.scatterUpdate("other", rows, pushed, update);
            undisturbed.scatterUpdate("w", rows, pushed, update);
            for (final String name : List.of("w", "other")) {
                assertThat(ArrayValues.withTwoStateArrays(arrays, name, ROWS * LENGTH))
                        .as("%s of %s, thrown at change %d", name, update, changes)
                        .isDeepEqualTo(ArrayValues.withTwoStateArrays(undisturbed, name, ROWS * LENGTH));
            }
        }
    }

    @Test
    void shouldUpdateEachRowOnce() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + Thrower.class.getName());
        try (Jvm pusher = Jvm.start(flags, 0, 1, Pusher.class, directory)) {
            assertThat(pusher.awaitExit()).as("exit code:%n%s", pusher.output()).isZero();
            assertThat(pusher.output()).contains("came to its end");
        }
    }
}
