package org.shmarrays.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTextTest {
    @Test
    void shouldWriteEachKindOfValue() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", Arrays.asList(1, 2.5, true, null, Double.NaN, Double.POSITIVE_INFINITY));
        map.put("b", Map.of());
        map.put("c", List.of());

        assertThat(JsonText.write(map)).isEqualTo("{\"a\": [1, 2.5, true, null, null, null], \"b\": {}, \"c\": []}");
    }

    @Test
    void shouldEscapeWhatWouldEndAStringOrAScript() {
        assertThat(JsonText.write("a\"\\\n</script>&\u2028é"))
                .isEqualTo("\"a\\\"\\\\\\u000a\\u003c/script\\u003e\\u0026\\u2028é\"");
    }

    @Test
    void shouldWriteRowsOnLinesOfTheirOwn() {
        final Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", "a \"b\"\\\n");
        row.put("count", 3L);
        row.put("rate", 0.5);
        row.put("none", null);
        row.put("nan", Double.NaN);
        row.put("shape", List.of(2, 3));

        assertThat(JsonText.writeLines(List.of(row, Map.of())))
                .isEqualTo("[\n  {\"name\": \"a \\\"b\\\"\\\\\\u000a\", \"count\": 3, \"rate\": 0.5, \"none\": null,"
                        + " \"nan\": null, \"shape\": [2, 3]},\n  {}\n]");
    }

    @Test
    void shouldNest() {
        assertThat(JsonText.writeLines(Map.of("rows", List.of(Map.of("x", true)))))
                .isEqualTo("{\n  \"rows\": [\n    {\"x\": true}\n  ]\n}");
        assertThat(JsonText.writeLines(List.of())).isEqualTo("[]");
        assertThat(JsonText.writeLines(Arrays.asList(1, null))).isEqualTo("[1, null]");
    }
}
