package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.worker.Worker;

/**
 * The files of a segment that is in use are taken away from outside: whoever is attached sees it, and can save the
 * values.
 */
@Timeout(120)
class VanishedSegmentTest {
    private static final List<ArraySpec> SPECS =
            List.of(ArraySpec.of("w", FLOAT32, 4).withState(1));
    private static final Map<String, float[]> ONES = Map.of("w", new float[] {1, 1, 1, 1});

    @TempDir
    private Path directory;

    private Path root;
    private Settings settings;
    private Worker worker;
    private ShmArrays arrays;

    /** What is done to the files. */
    enum Harm {
        DELETE_ALL {
            @Override
            void to(final Path segment) throws IOException {
                deleteTree(segment);
            }
        },
        DELETE_FILES_ALONE {
            @Override
            void to(final Path segment) throws IOException {
                deleteTree(segment);
                Files.createDirectory(segment);
            }
        },
        DELETE_CONTROL {
            @Override
            void to(final Path segment) throws IOException {
                Files.delete(segment.resolve("control.dat"));
            }
        },
        DELETE_DATA {
            @Override
            void to(final Path segment) throws IOException {
                Files.delete(segment.resolve("data-0.dat"));
            }
        },
        DELETE_STATE {
            @Override
            void to(final Path segment) throws IOException {
                Files.delete(segment.resolve("state-0-0.dat"));
            }
        },
        DELETE_LOCK_OF_SLOT {
            @Override
            void to(final Path segment) throws IOException {
                Files.delete(segment.resolve("slot-0.lock"));
            }
        },
        MAKE_LOCK_OF_SLOT_AGAIN {
            @Override
            void to(final Path segment) throws IOException {
                // Made before the other is deleted, so that it can't get the same inode.
                final Path other = Files.createFile(segment.resolve("other"));
                Files.move(other, segment.resolve("slot-0.lock"), StandardCopyOption.REPLACE_EXISTING);
            }
        },
        DELETE_UNDO_AREA {
            @Override
            void to(final Path segment) throws IOException {
                Files.delete(segment.resolve("undo-0.dat"));
            }
        },
        LENGTHEN_DATA {
            @Override
            void to(final Path segment) throws IOException {
                try (RandomAccessFile file =
                        new RandomAccessFile(segment.resolve("data-0.dat").toFile(), "rw")) {
                    file.setLength(file.length() + 64); // to be shorter would kill this process when it reads
                }
            }
        },
        RENAME {
            @Override
            void to(final Path segment) throws IOException {
                Files.move(segment, segment.resolveSibling("other"));
            }
        },
        RENAME_ROOT {
            @Override
            void to(final Path segment) throws IOException {
                Files.move(segment.getParent(), segment.getParent().resolveSibling("other"));
            }
        },
        REPLACE_BY_COPY {
            @Override
            void to(final Path segment) throws IOException {
                final Path kept = segment.resolveSibling("kept");
                Files.move(segment, kept);
                Files.createDirectory(segment);
                try (Stream<Path> files = Files.list(kept)) {
                    for (final Path file : files.toList()) {
                        Files.copy(file, segment.resolve(file.getFileName()));
                    }
                }
            }
        },
        REPLACE_BY_LINK {
            @Override
            void to(final Path segment) throws IOException {
                final Path kept = segment.resolveSibling("kept");
                Files.move(segment, kept);
                Files.createSymbolicLink(segment, kept);
            }
        };

        abstract void to(Path segment) throws IOException;
    }

    private static void deleteTree(final Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @BeforeEach
    void create() {
        root = directory.resolve("root");
        settings = Settings.fromProperties().withDirectory(root).withSlots(4).withAttachTimeout(Duration.ofMillis(20));
        worker = Worker.of(0, 1);
        arrays = ShmArrays.createOrAttach(worker, "s", SPECS, fresh -> fresh.write(ONES), settings);
        arrays.add(ONES);
    }

    @AfterEach
    void close() {
        try {
            arrays.close();
        } catch (final SegmentVanishedException e) {
            // Most tests do just that.
        }
    }

    private Path segment() {
        return root.resolve("s");
    }

    private void harm(final Harm harm) {
        try {
            harm.to(segment());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeSeenAtOnceByAnExplicitLook(final Harm harm) {
        arrays.checkPresent();

        harm(harm);

        assertThatThrownBy(arrays::checkPresent)
                .isInstanceOf(SegmentVanishedException.class)
                .hasMessageContaining("name=s")
                .hasMessageContaining(root.toString())
                .hasMessageContaining("Checkpoint.write");
        assertThatThrownBy(arrays::newHandle).isInstanceOf(SegmentVanishedException.class);
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndUpdatesAndLeaveReadsAndCheckpoints(final Harm harm) {
        harm(harm);

        awaitLoss(() -> arrays.add(ONES));
        assertThatThrownBy(() -> arrays.add(ONES)).isInstanceOf(SegmentVanishedException.class);
        final float[] last = arrays.read().get("w");
        final Path file = directory.resolve("saved.npz");
        Checkpoint.write(arrays, file);

        try (ShmArrays saved = Checkpoint.restore(file, "saved", settings.withDirectory(directory.resolve("new")))) {
            assertThat(saved.read().get("w")).isEqualTo(last);
        }
    }

    /** Pushes by a function that throws the first time. */
    enum FailingPush {
        BY_PARTITION {
            @Override
            void push(final ShmArrays arrays, final Runnable function) {
                arrays.updateElementwise(ONES, (g, gOffset, w, wOffset, n) -> function.run());
            }
        },
        ROWS {
            @Override
            void push(final ShmArrays arrays, final Runnable function) {
                arrays.scatterUpdate(
                        "w",
                        new int[] {1},
                        new float[1],
                        UpdateFunction.of(
                                (final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) ->
                                        function.run(),
                                float[].class));
            }
        },
        WHOLE {
            @Override
            void push(final ShmArrays arrays, final Runnable function) {
                arrays.update(ONES, (g, old) -> {
                    function.run();
                    return old;
                });
            }
        };

        abstract void push(ShmArrays arrays, Runnable function);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotResumeAPushToALostSegment(final FailingPush push) {
        final AtomicInteger calls = new AtomicInteger();
        final UpdateFailedException failure = catchThrowableOfType(
                UpdateFailedException.class,
                () -> push.push(arrays, () -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new ArithmeticException("once");
                    }
                }));
        harm(Harm.DELETE_ALL);
        assertThatThrownBy(arrays::checkPresent).isInstanceOf(SegmentVanishedException.class);

        assertThatThrownBy(failure::resume).isInstanceOf(SegmentVanishedException.class);

        assertThat(calls).hasValue(1);
    }

    @Test
    void shouldEndSteps() {
        harm(Harm.DELETE_ALL);

        awaitLoss(() -> worker.countStep(1, 0));
    }

    @Test
    void shouldEndBarriersThatNoWorkerWaitsAt() {
        harm(Harm.DELETE_ALL);

        awaitLoss(worker::barrier);
    }

    @Test
    void shouldEndBarriersThatNoOtherWorkerReaches() {
        try (ShmArrays second = ShmArrays.attach(Worker.of(1, 3), "s", settings)) {
            final Worker third = Worker.of(2, 3);
            final ShmArrays waiting = ShmArrays.attach(third, "s", settings);
            harm(Harm.DELETE_ALL);

            assertThatThrownBy(third::barrier).isInstanceOf(SegmentVanishedException.class);
            assertThatCode(waiting::close).as("said once").doesNotThrowAnyException();
            awaitLoss(() -> second.add(ONES));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeSaidAtTheLatestByClose(final Harm harm) {
        harm(harm);

        assertThatThrownBy(arrays::close).isInstanceOf(SegmentVanishedException.class);
        assertThatCode(arrays::close).as("said once").doesNotThrowAnyException();
    }

    @Test
    void shouldNotTakeARemovalForALoss() {
        ShmArrays.remove("s", settings);

        assertThatThrownBy(arrays::checkPresent).isInstanceOf(SegmentRemovedException.class);
        assertThatThrownBy(() -> arrays.add(ONES)).isInstanceOf(SegmentRemovedException.class);
        assertThatCode(arrays::close).doesNotThrowAnyException();
    }

    @Test
    void shouldNotTakeAnotherWorkersDepartureForALoss() {
        arrays.newHandle().close();
        final ShmArrays other = arrays.newHandle();
        other.close();
        arrays.checkPresent();
    }

    @Test
    void shouldNotPutBackWhatWasRestoredIntoALostSegment() {
        final Path file = directory.resolve("saved.npz");
        Checkpoint.write(arrays, file);
        harm(Harm.DELETE_ALL);

        assertThatThrownBy(() -> Checkpoint.restoreInto(arrays, file)).isInstanceOf(SegmentVanishedException.class);
    }

    /** Its lock file alone tells that a worker of another pid namespace lives. */
    @Test
    void shouldNotGiveTheSlotOfAnUnseenOwnerAwayWhenItsLockFileIsGone() {
        final ProcessIdentity self = ProcessIdentity.current();
        arrays.segment().slots().process(0, self.pid(), self.start(), self.bootId(), self.pidNamespace() + 1);
        harm(Harm.DELETE_LOCK_OF_SLOT);

        try (ShmArrays newcomer = ShmArrays.attach("s", settings)) {
            assertThat(newcomer.slotId()).isEqualTo(1);
            assertThat(segment().resolve("slot-0.lock")).doesNotExist();
        }
    }

    @Test
    void shouldNeverCreateForAWorkerOfARunUnderWay() {
        harm(Harm.DELETE_ALL);

        assertThatThrownBy(
                        () -> ShmArrays.createOrAttach(Worker.ofRunUnderWay(1, 2), "s", SPECS, fresh -> {}, settings))
                .isInstanceOf(SegmentNotFoundException.class)
                .hasMessageContaining("the segment of a running run is missing: name=s");
        assertThat(segment()).doesNotExist();
    }

    @Test
    void shouldNeverReplaceForAWorkerOfARunUnderWay() {
        arrays.close();

        assertThatThrownBy(() -> ShmArrays.createOrAttach(
                        Worker.ofRunUnderWay(1, 2),
                        "s",
                        SPECS,
                        fresh -> {},
                        settings.withLeftovers(Settings.Leftovers.REPLACE)))
                .isInstanceOf(SegmentExistsException.class);
        try (ShmArrays kept = ShmArrays.attach("s", settings)) {
            assertThat(kept.read().get("w")).containsExactly(2, 2, 2, 2);
        }
    }

    private static void awaitLoss(final Runnable call) {
        Await.until("the loss", () -> {
            try {
                call.run();
                return false;
            } catch (final SegmentVanishedException e) {
                return true;
            }
        });
    }
}
