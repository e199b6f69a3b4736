package com.acme;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void keepSegmentsOutOfSharedMemory() {
        System.setProperty("shmarrays.directory", directory.resolve("segments").toString());
    }

    @AfterEach
    void useSharedMemory() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldLearnTheCircle() throws IOException {
        final Path file = directory.resolve("model.zip");

        Train.main(file.toString());

        final double accuracy = Points.ofSeed(3).accuracy(MultiLayerNetwork.load(file.toFile(), false));
        assertTrue(accuracy > 0.95, "accuracy " + accuracy);
    }
}
