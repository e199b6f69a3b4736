package org.shmarrays.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The records are those that TensorBoard 2.21 (its {@code RecordWriter} and {@code event_pb2}) makes of the same
 * events.
 */
class EventRecordTest {
    private static final long TIME_MS = 1_700_000_000_250L;

    private static byte[] bytes(final String hex) {
        return HexFormat.of().parseHex(hex);
    }

    @Test
    void shouldNameTheVersion() {
        assertThat(EventRecord.version(TIME_MS))
                .isEqualTo(bytes("1800000000000000a37f4b22" + "0900001040fc54d941" + "1a0d627261696e2e4576656e743a32"
                        + "338d2fe9"));
    }

    @Test
    void shouldStartASession() {
        assertThat(EventRecord.start(300, TIME_MS))
                .isEqualTo(
                        bytes("100000000000000095fbfe18" + "0900001040fc54d941" + "10ac02" + "3a020801" + "6b3b88f1"));
    }

    @Test
    void shouldWriteScalars() {
        final Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", 0.5);
        values.put("contention/ü", Double.NaN);

        assertThat(EventRecord.scalars(300, TIME_MS, values))
                .isEqualTo(bytes("31000000000000009d8383e9" + "0900001040fc54d941" + "10ac02" + "2a23"
                        + "0a0b0a046c6f7373150000003f" + "0a140a0d636f6e74656e74696f6e2fc3bc150000c07f"
                        + "135d4917"));
    }
}
