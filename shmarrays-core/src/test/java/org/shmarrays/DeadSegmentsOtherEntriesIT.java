package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.internal.worker.DeadSegments.Condition.AT_WORK;
import static org.shmarrays.internal.worker.DeadSegments.Condition.INVALID;
import static org.shmarrays.internal.worker.DeadSegments.Condition.STRANGE;
import static org.shmarrays.internal.worker.DeadSegments.Condition.UNFINISHED;
import static org.shmarrays.internal.worker.DeadSegments.Condition.UNREADABLE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.testing.Jvm;

/**
 * What stands in the directory and is no whole segment, or can't be looked at: only what someone has left half done
 * goes.
 */
class DeadSegmentsOtherEntriesIT {
    private SegmentToClean segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SegmentToClean(directory);
    }

    @Test
    void shouldRemoveWhatACreatorHasBegunOnlyWhenItIsDead() {
        try (Jvm creator = segment.start("initialise")) {
            creator.awaitLine("initialising");

            assertThat(segment.entries()).singleElement().satisfies(entry -> {
                assertThat(entry.condition()).isEqualTo(AT_WORK);
                assertThat(entry.name()).isEqualTo("s");
                assertThat(entry.file()).startsWith(".creating-s-");
            });
            final Entry stale = new Entry("s", segment.found().file(), UNFINISHED, 0, 0, "");
            assertThat(segment.remove(stale, true).removed()).isFalse();
            assertThat(segment.entries()).hasSize(1);
        }
        assertThat(segment.found().condition()).isEqualTo(UNFINISHED);

        assertThat(segment.remove(segment.found(), false).removed()).isTrue();

        assertThat(segment.directory()).isEmptyDirectory();
    }

    @Test
    void shouldFinishARemovalWhoseRemoverDied() throws IOException {
        segment.create().close();
        final Segment opened = SegmentOpener.open(segment.root(), "s", false);
        new ControlHeader(opened.control()).stateRelease(ControlHeader.STATE_REMOVED);
        assertThat(segment.found().condition()).isEqualTo(UNFINISHED);
        assertThat(segment.remove(segment.found(), false).removed()).isTrue();

        segment.create().close();
        Files.move(segment.directory().resolve("s"), segment.directory().resolve(".removed-s-1a2b"));
        assertThat(segment.found().condition()).isEqualTo(UNFINISHED);
        assertThat(segment.remove(segment.found(), false).removed()).isTrue();
        assertThat(segment.directory()).isEmptyDirectory();
    }

    @Test
    void shouldTellWhatIsNoSegmentAndLeaveIt() throws IOException {
        Files.createDirectory(segment.directory().resolve("junk"));
        Files.createDirectory(segment.directory().resolve("not a name"));
        Files.createFile(segment.directory().resolve("notes.txt"));

        assertThat(segment.entries()).extracting(Entry::condition).containsExactly(STRANGE, STRANGE, STRANGE);
        assertThat(segment.entries())
                .extracting(entry -> segment.remove(entry, true).removed())
                .containsOnly(false);
        assertThat(segment.entries()).hasSize(3);
    }

    @Test
    void shouldTellADamagedSegmentFromAForeignDirectory() throws IOException {
        segment.create().close();
        Files.write(segment.directory().resolve("s/control.dat"), new byte[] {'S', 'H'});
        assertThat(segment.found().condition()).isEqualTo(INVALID);

        Files.createFile(segment.directory().resolve("s/notes.txt"));

        segment.assertStays(STRANGE, true);
        assertThat(segment.found().reason()).contains("notes.txt");
    }

    @Test
    void shouldChangeNothingWhenItLooks() throws IOException {
        final Path lock = Files.createFile(segment.directory().resolve(".create-s.lock"));

        assertThat(segment.found().condition()).isEqualTo(UNFINISHED);
        assertThat(segment.found().sizeBytes()).isZero();

        assertThat(lock).isEmptyFile();
        assertThat(segment.remove(segment.found(), false).removed()).isTrue();
        assertThat(lock).doesNotExist();
    }

    /** As with too many open files, or with a lock file of another owner, which root can't be refused. */
    @Test
    void shouldNotTakeForInvalidWhatCannotBeLookedAt() throws IOException {
        segment.create().close();
        segment.pretendOwner(
                ProcessIdentity.current().bootId() + 1,
                ProcessIdentity.current().pidNamespace());
        final Path lock = SegmentOpener.open(segment.root(), "s", true).files().slotLock(0);
        Files.delete(lock);
        Files.createDirectory(lock);

        segment.assertStays(UNREADABLE, true);
        assertThat(segment.found().reason()).contains("cannot lock a slot");
    }
}
