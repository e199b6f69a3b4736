package org.shmarrays.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.util.List;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

class UndoWindowsTest {
    private static SegmentLayout layOut(final int elements, final int stateCount) {
        return Partitioner.layOut(
                List.of(ArraySpec.of("w", FLOAT32, elements)
                        .withState(stateCount)
                        .inMode(Mode.LOCKED)),
                4,
                0);
    }

    @Test
    void shouldHaveNoMoreWindowsThanTheDataAreLarge() {
        assertGoesRound(layOut(3_000_000, 0), 1, 1); // 12 MB
        assertGoesRound(layOut(4_500_000, 0), 2, 1); // 18 MB
        assertGoesRound(layOut(1_000_000, 2), 1, 3); // 12 MB
        assertGoesRound(layOut(1_500_000, 2), 2, 3); // 18 MB
    }

    /** State arrays of arrays that have no undo don't count. */
    @Test
    void shouldGoRoundAsWithoutArraysThatAreNotLocked() {
        final SegmentLayout layout = Partitioner.layOut(
                List.of(
                        ArraySpec.of("w", FLOAT32, 8_000_000).inMode(Mode.LOCKED),
                        ArraySpec.of("embedding", FLOAT32, 8_000_000)
                                .withState(2)
                                .inMode(Mode.HOGWILD)),
                4,
                0);

        assertGoesRound(layout, 3, 1);
    }

    @Test
    void shouldHaveOneWindowWhereDataAreInSomeCache() {
        final SegmentLayout layout = layOut(1 << 20, 0);

        assertThat(layout.undoWindow(1)).isEqualTo(layout.undoWindow(0)).isZero();
        assertThat(layout.undoLengthBytes()).isEqualTo(UndoSizes.HEADER_LENGTH + layout.undoWindowLength());
    }

    @Test
    void shouldGoRoundInWindowsOfALargeSegment() {
        assertGoesRound(layOut(25_000_000, 0), 3, 1);
        assertGoesRound(layOut(25_000_000, 2), 3, 3);
    }

    /** A window begins where a change of the values alone has ended in the one before. */
    private static void assertGoesRound(final SegmentLayout layout, final int windows, final int files) {
        final int stride = (int) RegionDescriptor.alignUp(layout.undoWindowLength() / files);
        final AtomicBuffer buffer = new UnsafeBuffer(new byte[layout.undoLengthBytes()]);
        final UndoArea area = new UndoArea(buffer, layout);
        int end = 0;
        for (int partition = 0; partition < layout.partitions().size(); partition++) {
            final int first = UndoSizes.HEADER_LENGTH + partition % windows * stride;
            area.entry(layout.undoWindow(partition), 24, partition, 16, 8);
            assertThat(buffer.getInt(first + 24)).isEqualTo(partition);
            end = Math.max(end, first + layout.undoWindowLength());
        }
        assertThat(layout.undoLengthBytes()).isEqualTo(end);
    }

    @Test
    void shouldHaveRoomForAllBlocksOfThePartition() {
        for (int stateCount = 0; stateCount <= ArraySpec.MAX_STATE_COUNT; stateCount++) {
            final SegmentLayout layout = layOut(25_000_000, stateCount);
            final int partitionLength = layout.partitions().get(0).lengthBytes();
            final int block = layout.kernelBlockLength(stateCount);
            final int entries = (partitionLength + block - 1) / block * (1 + stateCount);

            assertThat(layout.undoWindowLength())
                    .isGreaterThanOrEqualTo(entries * UndoSizes.entryLength(block) + UndoSizes.entryLength(Long.BYTES));
        }
    }

    @Test
    void shouldSaveShortBlocksOfWhatIsInNoCache() {
        assertThat(layOut(1 << 20, 0).kernelBlockLength(0)).isEqualTo(4_096);
        assertThat(layOut(25_000_000, 2).kernelBlockLength(0)).isEqualTo(2_048);
        assertThat(layOut(25_000_000, 2).kernelBlockLength(1)).isEqualTo(1_024);
        assertThat(layOut(25_000_000, 2).kernelBlockLength(2)).isEqualTo(1_024);
    }
}
