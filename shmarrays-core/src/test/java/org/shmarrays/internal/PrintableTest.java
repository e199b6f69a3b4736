package org.shmarrays.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ArrayGroup;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Names;
import org.shmarrays.update.Updates;

class PrintableTest {
    private static final String NAME = "w\u202e";

    @Test
    void shouldEscapeWhatATerminalObeysAndWhatTurnsTheDirection() {
        assertThat(Printable.text("a\u001b[2J\n\u009b\u202eb\u2066\u200f\u061c\u2028\ufeff"))
                .isEqualTo("a\\u001b[2J\\u000a\\u009b\\u202eb\\u2066\\u200f\\u061c\\u2028\\ufeff");
        assertThat(Printable.text("\udb40\udc41\ud800")).isEqualTo("\\U000e0041\\ud800");
        assertThat(Printable.text("dense/W été 数 😀 مرحبا")).isEqualTo("dense/W été 数 😀 مرحبا");
        assertThat(Printable.lines("a\n\tb")).isEqualTo("a\n\\u0009b");
    }

    @Test
    void shouldEscapeInJsonWithoutAChangeOfTheValue() {
        assertThat(JsonText.write(Map.of("name", "a\u202eb\u007f"))).contains("a\\u202eb\\u007f");
    }

    @Test
    void shouldListEscapedTexts() {
        assertThat(Printable.list(List.of("a\u202e", "b"))).isEqualTo("[a\\u202e, b]");
    }

    @Test
    void shouldEscapeNamesOfArraysInMessages(@TempDir final Path directory) {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final ArraySpec spec = ArraySpec.of(NAME, FLOAT32, 2);
        final ArraySpec half = ArraySpec.of(NAME, FLOAT16, 2);
        final ArraySpec stateful = ArraySpec.of(NAME, FLOAT32, 2).withState(1);
        final ArraySpec likeState = ArraySpec.of(NAME + "@state0", FLOAT32, 2);
        final Path file = directory.resolve("file.npz");
        try (ShmArrays arrays = ShmArrays.create("s", List.of(spec), settings);
                ShmArrays colliding = ShmArrays.create("c", List.of(stateful, likeState), settings)) {
            final ArrayGroup group = arrays.group(NAME);
            assertThat(group.toString()).isEqualTo("[w\\u202e] of s");
            for (final ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> ArraySpec.of(NAME, FLOAT32, -1),
                    () -> spec.withAlias(new AliasSpec(NAME, 0, ArrayOrder.C, 3)),
                    () -> arrays.add(Map.of(NAME, new float[3])),
                    () -> arrays.array("x\u202e"),
                    () -> arrays.array("x"),
                    () -> group.update(new Object[0], Updates.sgd(0.1)),
                    () -> arrays.updateWhole(List.of(NAME), (name, old) -> {
                        throw new IllegalStateException("refused");
                    }),
                    () -> arrays.status().array("x\u202e"),
                    () -> ShmArrays.createOrAttach("s", List.of(half), fresh -> {}, settings),
                    () -> Checkpoint.write(colliding, file),
                    () -> Checkpoint.export(file, List.of(half), List.of(new float[2])),
                    () -> Checkpoint.export(file, List.of(spec), List.of(new float[3])))) {
                assertThatThrownBy(call).message().contains("\\u202e").doesNotContain("\u202e");
            }
        }
    }

    @Test
    void shouldEscapeNamesThatAreRefused() {
        for (final ThrowingCallable call : List.<ThrowingCallable>of(
                () -> Names.checkSegmentName("s\u001b"),
                () -> Names.checkSegmentName("s\u001b" + "s".repeat(100)),
                () -> Names.checkArrayName("w\u001b"),
                () -> Names.checkArrayName("w\u001b" + "w".repeat(300)))) {
            assertThatThrownBy(call).message().contains("\\u001b").doesNotContain("\u001b");
        }
    }
}
