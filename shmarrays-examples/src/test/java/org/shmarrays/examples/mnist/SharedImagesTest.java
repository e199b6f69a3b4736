package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.Doors;
import org.shmarrays.launch.RemovalAtEnd;

class SharedImagesTest {
    private static final String TRAINING = "training";
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    @TempDir
    private Path directory;

    @Test
    void shouldGiveWorkersTheSameImages() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final LabelledImages images = RandomImages.images(37, 11);
        final LabelledImages attached;
        try (RemovalAtEnd removal = removal(settings);
                SharedImages shared = SharedImages.create(images, removal)) {
            assertThat(shared.count()).isEqualTo(images.count());
            attached = SharedImages.attach(TRAINING, AT_ONCE, settings);
        }

        assertThat(Doors.ROOT.of(settings).names()).isEmpty();
        // Whoever has attached keeps them.
        assertThat(attached.pixels().isDirect()).as("shared memory").isTrue();
        assertThat(attached.labels()).containsExactly(images.labels());
        assertThat(attached.pixels()).isEqualTo(images.pixels());
        assertThat(batch(attached).pixels()).containsExactly(batch(images).pixels());
    }

    @Test
    void shouldSayThatThereAreNone() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);

        assertThatThrownBy(() -> SharedImages.attach(TRAINING, AT_ONCE, settings))
                .isInstanceOf(SegmentNotFoundException.class)
                .hasMessageContaining("training-data");
    }

    private static RemovalAtEnd removal(final Settings settings) {
        return SharedImages.removalAtEnd(TRAINING, settings);
    }

    private static Batch batch(final LabelledImages images) {
        final Batch batch = new Batch(images.count());
        for (int i = images.count() - 1; i >= 0; i--) {
            batch.add(images, i);
        }
        return batch;
    }
}
