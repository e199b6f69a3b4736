package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;

class DeletionTest {
    private static final int ROUNDS = 100;
    private static final int FILES = 100;

    @TempDir
    private Path directory;

    /** As an attacher does whose look at the segment came before the segment lost its name. */
    @Test
    void shouldDeleteWhatIsMadeMeanwhile() throws IOException {
        int lateFiles = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final Path tree = Files.createDirectory(directory.resolve(".removed-s-1"));
            for (int i = 0; i < FILES; i++) {
                Files.createFile(new SegmentFiles(tree).slotLock(i));
            }
            final CompletableFuture<Boolean> late = Background.supply(() -> makeWhenOneIsGone(tree));

            SegmentTree.delete(tree);

            lateFiles += late.join() ? 1 : 0;
            assertThat(tree).doesNotExist();
        }
        assertThat(lateFiles).as("files made in time").isPositive();
    }

    /** True if the file was made, false if the directory had gone before. */
    private static boolean makeWhenOneIsGone(final Path tree) {
        final long began = System.nanoTime();
        while (Files.exists(new SegmentFiles(tree).slotLock(0))
                && System.nanoTime() - began < Await.DEADLINE.toNanos()) {
            Thread.onSpinWait(); // a pause would come too late
        }
        try {
            Files.createFile(new SegmentFiles(tree).slotLock(FILES));
            return true;
        } catch (final NoSuchFileException e) {
            return false;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
