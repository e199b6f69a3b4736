package org.shmarrays.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.json.JsonText;

class PrintableTest {
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
    void shouldEscapeNamesInMessages(@TempDir final Path directory) {
        final String name = "w\u202e";
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        assertThatThrownBy(() -> ArraySpec.of(name, FLOAT32, -1)).hasMessageContaining("name=w\\u202e");
        try (ShmArrays arrays = ShmArrays.create("s", Map.of(name, new float[2]), settings)) {
            assertThatThrownBy(() -> arrays.add(Map.of(name, new float[3]))).hasMessageContaining("name=w\\u202e");
            assertThatThrownBy(() -> arrays.array("x\u202e")).hasMessageContaining("name=x\\u202e");
        }
    }
}
