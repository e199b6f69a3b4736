package org.shmarrays.benchmarks.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ParallelWrapperJarTest {
    @Test
    void shouldAskMavenForFixedVersions() throws Exception {
        try (InputStream pom = ParallelWrapperJar.class.getResourceAsStream(ParallelWrapperJar.POM)) {
            assertThat(new String(pom.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("<artifactId>deeplearning4j-parallel-wrapper</artifactId>")
                    .containsPattern("<version>\\d[\\w.-]*</version>")
                    .doesNotContain("${");
        }
    }
}
