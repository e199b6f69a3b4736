package org.shmarrays.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void shouldReadWhatItWrites() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("a \" \\ / \u0001 ö <&> \uD83D\uDE00", List.of(1L, -2L, Long.MAX_VALUE, 1.0E-4, -0.5, true, false));
        map.put("empty", List.of(Map.of(), List.of(), ""));

        assertThat(JsonReader.read(JsonText.write(map))).isEqualTo(map);
    }

    @Test
    void shouldReadEscapesAndSpace() {
        assertThat(JsonReader.read(" { \"k\" : [ 1 , \"\\u0041\\n\\/\" ] } "))
                .isEqualTo(Map.of("k", List.of(1L, "A\n/")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "[1 2]",
                "{\"a\":1,}",
                "{\"a\":1,\"a\":2}",
                "01",
                "1.",
                "+1",
                "NaN",
                "nul",
                "null",
                "\"a",
                "\"\\x\"",
                "\"\\u12\"",
                "1 2",
                "99999999999999999999",
                "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
                "\"\t\""
            })
    void shouldRefuseWhatIsNoJson(final String text) {
        assertThatThrownBy(() -> JsonReader.read(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
