package com.acme;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

class TrainTest {
    @TempDir
    private Path directory;

    @Test
    void shouldHaveTheFlagOfTheJvm() {
        Settings settings = Settings.fromProperties().withDirectory(directory);
        ArraySpec spec = ArraySpec.of("line", ElementType.FLOAT32, 2);
        try (ShmArrays params = ShmArrays.create("test", java.util.List.of(spec), settings)) {
            assertArrayEquals(new float[2], params.read().get("line"));
        }
        ShmArrays.remove("test", settings);
    }
}
