package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.access.RemovalAtExit;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

class RemovalAtExitTest {
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", ElementType.FLOAT32, 4));

    @TempDir
    private Path directory;

    @Test
    void shouldRemoveTheDataTooWhichMayBeAllThatIsThere() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        for (final String name : List.of("w", "w-data", "v-data", "u")) {
            ShmArrays.create(name, SPECS, settings).close();
        }

        RemovalAtExit.remove("w", settings.options());
        RemovalAtExit.remove("v", settings.options());

        assertThat(settings.root().names()).containsExactly("u");
    }
}
