package org.shmarrays.report;

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
}
