package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Rounding;
import org.shmarrays.update.Updates;

/** Names of arrays that turn the direction of writing are escaped in messages. */
class NamesInMessagesTest {
    private static final String NAME = "w\u202e";
    private static final String ROUNDED = "r\u202e";

    @TempDir
    private Path directory;

    private static Map<String, INDArray> given(final INDArray array) {
        return Map.of(NAME, array);
    }

    @Test
    void shouldBeEscaped() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final List<ArraySpec> specs = List.of(
                ArraySpec.of(NAME, ElementType.FLOAT32, 2, 3),
                ArraySpec.of(ROUNDED, ElementType.BFLOAT16, 2).withRounding(Rounding.stochastic(1)));
        final INDArray closed = Nd4j.zeros(DataType.FLOAT, 2, 3);
        closed.close();
        try (ShmArrays created = ShmArrays.create("s", specs, settings);
                Nd4jArrays arrays = Nd4jArrays.of(created);
                Nd4jArrays readOnly = Nd4jArrays.attachReadOnly("s", settings)) {
            final Nd4jArrays elsewhere = new Nd4jArrays(created, Nd4jArrays.transferOf(ExecutionerType.CUDA));
            for (final ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> Nd4jArrays.specs(given(Nd4j.create(DataType.BOOL, 2))),
                    () -> Nd4jArrays.specs(given(Nd4j.empty())),
                    () -> Nd4jArrays.specs(Collections.singletonMap(NAME, null)),
                    () -> arrays.update(Collections.singletonMap(NAME, null), Updates.sgd(0.1)),
                    () -> arrays.add(given(Nd4j.zeros(DataType.FLOAT, 3, 2))),
                    () -> arrays.add(given(Nd4j.zeros(DataType.DOUBLE, 2, 3))),
                    () -> arrays.add(given(closed)),
                    () -> arrays.readInto(given(Nd4j.zeros(DataType.INT32, 2, 3))),
                    () -> arrays.gather(NAME, new long[] {1L << 40}),
                    () -> arrays.view(ROUNDED),
                    () -> elsewhere.view(NAME),
                    () -> readOnly.view(NAME))) {
                assertThatThrownBy(call).message().contains("\\u202e").doesNotContain("\u202e");
            }
        }
    }
}
