package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;

class HostSummaryTest {
    private static final int TEN_KB = 10_000;

    @TempDir
    private Path directory;

    private static int serializedBytes(final Object object) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return bytes.size();
    }

    @Test
    void shouldTakeTenKilobytesWhateverTheNumberOfArrays() throws IOException {
        final List<ArraySpec> specs = IntStream.range(0, 100)
                .mapToObj(index -> ArraySpec.of("layer_" + index + "_W", ElementType.FLOAT32, 4))
                .toList();
        try (ShmArrays arrays =
                ShmArrays.create("s", specs, Settings.fromProperties().withDirectory(directory))) {
            final SegmentStatus status = arrays.status();
            arrays.add(Map.of("layer_3_W", new float[4]));
            final StatusSnapshot opened = status.snapshot();
            arrays.add(Map.of("layer_3_W", new float[4]));

            final HostSummary summary = HostSummary.of("7", opened, status.snapshot());

            assertThat(serializedBytes(summary)).isLessThan(TEN_KB);
            final JsonNode json = new ObjectMapper().valueToTree(summary.json());
            assertThat(json.get("segment").textValue()).isEqualTo("s");
            assertThat(json.get("omittedArrays").intValue()).isEqualTo(88);
            assertThat(json.get("arrays")).hasSize(12);
            assertThat(json.get("arrays"))
                    .filteredOn(array -> array.get("name").textValue().equals("layer_3_W"))
                    .allMatch(array -> array.get("updates").longValue() == 1);
        }
    }
}
