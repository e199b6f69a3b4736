package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void shouldWriteRowsOnLinesOfTheirOwn() {
        final Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", "a \"b\"\\\n");
        row.put("count", 3L);
        row.put("rate", 0.5);
        row.put("none", null);
        row.put("nan", Double.NaN);
        row.put("shape", List.of(2, 3));

        assertThat(Json.write(List.of(row, Map.of())))
                .isEqualTo("[\n  {\"name\": \"a \\\"b\\\"\\\\\\u000a\", \"count\": 3, \"rate\": 0.5, \"none\": null,"
                        + " \"nan\": null, \"shape\": [2, 3]},\n  {}\n]");
    }

    @Test
    void shouldNest() {
        assertThat(Json.write(Map.of("rows", List.of(Map.of("x", true)))))
                .isEqualTo("{\n  \"rows\": [\n    {\"x\": true}\n  ]\n}");
        assertThat(Json.write(List.of())).isEqualTo("[]");
        assertThat(Json.write(Arrays.asList(1, null))).isEqualTo("[1, null]");
    }
}
