package org.shmarrays.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;

class PartitionerTest {
    private static final long SEED = 271_828;

    static List<ArraySpec> randomSpecs(final Random random) {
        final List<ArraySpec> specs = new ArrayList<>();
        final int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            final ElementType type = ElementType.values()[random.nextInt(ElementType.values().length)];
            final int[] shape = new int[random.nextInt(4)];
            for (int d = 0; d < shape.length; d++) {
                shape[d] = 1 + random.nextInt(1 << random.nextInt(shape.length == 1 ? 20 : 8));
            }
            ArraySpec spec = ArraySpec.of("array" + i, type, shape)
                    .inMode(Mode.values()[random.nextInt(Mode.values().length)])
                    .inOrder(random.nextBoolean() ? ArrayOrder.C : ArrayOrder.F)
                    .withState(random.nextInt(4));
            if (type.sizeBytes() == Short.BYTES && random.nextBoolean()) {
                spec = spec.withRounding(Rounding.stochastic(random.nextLong()));
            }
            for (int a = random.nextInt(3); a > 0; a--) {
                final int first = random.nextInt(spec.elementCount());
                spec = spec.withAlias(new AliasSpec(
                        "alias" + i + "." + a,
                        first,
                        ArrayOrder.F,
                        1 + random.nextInt(spec.elementCount() - first),
                        1));
            }
            specs.add(spec);
        }
        return specs;
    }

    @Test
    void shouldPutEveryElementIntoExactlyOnePartition() {
        System.out.println("PartitionerTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < 500; round++) {
            final List<ArraySpec> specs = randomSpecs(random);
            final int partitionBytes =
                    random.nextBoolean() ? 0 : 64 + random.nextInt(Partitioner.MAX_PARTITION_BYTES - 63);
            final int maxRegionBytes = random.nextBoolean() ? 1 << 20 : Integer.MAX_VALUE - 4096;

            final SegmentLayout layout = Partitioner.layOut(specs, 3, partitionBytes, maxRegionBytes);

            assertThat(layout.specs()).isEqualTo(specs);
            assertThat(Partitioner.layOut(specs, 3, partitionBytes, maxRegionBytes)
                            .partitions())
                    .as("deterministic")
                    .isEqualTo(layout.partitions());
            checkArrays(layout);
            checkPartitions(layout, partitionBytes);
            checkRows(layout, partitionBytes);
        }
    }

    private static void checkArrays(final SegmentLayout layout) {
        final List<ArrayLayout> sorted = new ArrayList<>(layout.arrays());
        sorted.sort(java.util.Comparator.comparingInt(ArrayLayout::region).thenComparingInt(ArrayLayout::offset));
        ArrayLayout before = null;
        for (final ArrayLayout array : sorted) {
            final RegionLayout region = layout.regions().get(array.region());
            assertThat(array.offset()).isGreaterThanOrEqualTo(RegionDescriptor.HEADER_LENGTH);
            assertThat(array.offset() % 64).as("alignment of %s", array).isZero();
            assertThat(array.end()).isLessThanOrEqualTo(region.lengthBytes());
            assertThat(region.stateCount()).isEqualTo(array.spec().stateCount());
            for (int file = 0; file <= region.stateCount(); file++) {
                final ElementType type = array.spec().elementType();
                final int sizeBytes = (file == 0 ? type : type.stateType()).sizeBytes();
                assertThat(region.scale(file)).isEqualTo(sizeBytes / type.sizeBytes());
                assertThat((long) region.lengthBytes() * region.scale(file))
                        .isEqualTo(region.fileLengthBytes(file))
                        .isLessThan(Integer.MAX_VALUE);
            }
            if (before != null && before.region() == array.region()) {
                assertThat(array.offset()).isGreaterThanOrEqualTo(before.end());
            }
            before = array;
            long covered = 0;
            for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
                final PartitionLayout partition = layout.partitions().get(p);
                final int start = SegmentLayout.pieceStart(array, partition);
                final int end = SegmentLayout.pieceEnd(array, partition);
                assertThat(partition.region()).isEqualTo(array.region());
                assertThat(start).isEqualTo(array.offset() + (int) covered).isLessThan(end);
                assertThat((end - start) % array.spec().elementType().sizeBytes())
                        .isZero();
                assertThat(layout.arraysOf(p)).contains(array.index());
                covered += end - start;
            }
            assertThat(covered).isEqualTo(array.spec().lengthBytes());
        }
    }

    private static void checkPartitions(final SegmentLayout layout, final int partitionBytes) {
        final int max = partitionBytes == 0 ? Partitioner.MAX_PARTITION_BYTES : (partitionBytes + 63) / 64 * 64;
        PartitionLayout before = null;
        int pieces = 0;
        for (final PartitionLayout partition : layout.partitions()) {
            assertThat(partition.lengthBytes()).isBetween(1, max);
            if (before != null && before.region() == partition.region()) {
                assertThat(partition.offset()).isGreaterThanOrEqualTo(before.end());
            }
            before = partition;
            final int[] arrays = layout.arraysOf(partition.index());
            assertThat(arrays).isNotEmpty().isSorted();
            for (final int array : arrays) {
                assertThat(layout.arrays().get(array).spec().mode())
                        .as("one mode in %s", partition)
                        .isEqualTo(layout.arrays().get(arrays[0]).spec().mode());
                final int piece = layout.piece(layout.arrays().get(array), partition.index());
                assertThat(piece).isBetween(0, layout.pieceCount() - 1);
                pieces++;
            }
        }
        assertThat(pieces).isEqualTo(layout.pieceCount());
    }

    /** A row that fits into a partition is not cut. */
    private static void checkRows(final SegmentLayout layout, final int partitionBytes) {
        for (final ArrayLayout array : layout.arrays()) {
            final int rowBytes = Partitioner.rowBytes(array.spec());
            if (partitionBytes >= rowBytes) {
                for (int p = array.firstPartition() + 1; p < array.partitionsEnd(); p++) {
                    assertThat((layout.partitions().get(p).offset() - array.offset()) % rowBytes)
                            .as("row boundary in %s", array)
                            .isZero();
                }
            }
        }
    }

    @Test
    void shouldDealTheMlpOfMnistOutOverAboutFourPartitions() {
        final SegmentLayout layout = Partitioner.layOut(
                List.of(
                        ArraySpec.of("W1", FLOAT32, 784, 128),
                        ArraySpec.of("b1", FLOAT32, 128),
                        ArraySpec.of("W2", FLOAT32, 128, 10),
                        ArraySpec.of("b2", FLOAT32, 10)),
                64,
                0);

        assertThat(layout.partitions()).hasSizeBetween(4, 5);
        assertThat(layout.array("W1").partitionCount()).isEqualTo(4);
        for (final PartitionLayout partition : layout.partitions()) {
            assertThat((partition.offset() - 64) % 512).as("row of 128 floats").isZero();
        }
    }

    @Test
    void shouldSplitWhereARowAndACacheLineBegin() {
        // 32 rows of 30 bytes are 15 lines; 16 KiB hold 17 times as much, and 1000 rows are 31.25 times as much.
        final SegmentLayout c = Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT16, 1000, 15)), 1, 16 * 1024);
        assertThat(c.partitions())
                .hasSize(2)
                .allSatisfy(p -> assertThat((p.offset() - 64) % (32 * 30)).isZero());

        final SegmentLayout flat = Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT32, 1_000_003)), 1, 0);
        assertThat(flat.partitions()).hasSize(16).allSatisfy(p -> {
            assertThat(p.offset() % 64).isZero();
            assertThat(p.lengthBytes()).isBetween(249_900, 250_100);
        });
    }

    @Test
    void shouldSplitAtRowsWhereTheyAreNotWithCacheLines() {
        // 1000 rows of 30 bytes in C: 4 KiB hold 136 rows, but only four times 32; ceil(1000 / 136) = 8 pieces of 125.
        final SegmentLayout c = Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT16, 1000, 15)), 1, 4096);
        assertThat(c.partitions())
                .hasSize(8)
                .allSatisfy(p -> assertThat(p.lengthBytes()).isEqualTo(125 * 30));

        // In F the last index is the slowest: 15 columns of 2000 bytes, two to a partition; 4 of them would be 125
        // lines.
        final SegmentLayout f =
                Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT16, 1000, 15).inOrder(ArrayOrder.F)), 1, 4096);
        assertThat(f.partitions())
                .hasSize(8)
                .allSatisfy(p -> assertThat(p.lengthBytes() % 2000).isZero());
    }

    @Test
    void shouldMirrorStateArrays() {
        final SegmentLayout layout = Partitioner.layOut(
                List.of(
                        ArraySpec.of("a", FLOAT32, 100).withState(2),
                        ArraySpec.of("b", FLOAT64, 100),
                        ArraySpec.of("c", FLOAT32, 50).withState(2)),
                1,
                0);

        assertThat(layout.regions()).hasSize(2);
        assertThat(layout.array("a").region()).isEqualTo(layout.array("c").region());
        assertThat(layout.array("a").firstPartition())
                .isEqualTo(layout.array("c").firstPartition());
        // 64 header + 800; and 64 + 400, aligned to 64, + 200, aligned, three times.
        assertThat(layout.dataLengthBytes()).isEqualTo(896 + 3 * (64 + 448 + 256));
    }

    @Test
    void shouldBeginANewRegionWhereOneIsFull() {
        final SegmentLayout layout = Partitioner.layOut(
                List.of(
                        ArraySpec.of("a", FLOAT32, 1 << 28),
                        ArraySpec.of("b", FLOAT32, 1 << 28),
                        ArraySpec.of("c", FLOAT32, 1 << 20)),
                1,
                0);

        assertThat(layout.regions()).hasSize(2);
        assertThat(layout.array("b").region()).isEqualTo(1);
        assertThat(layout.array("c").end()).isEqualTo(layout.regions().get(1).lengthBytes());
        assertThat(layout.dataLengthBytes()).isEqualTo(2 * 64 + (2L << 30) + (4L << 20));
    }

    @Test
    void shouldLayOutTheLargestArray() {
        final int elements = ArraySpec.MAX_ARRAY_BYTES / 2;
        final SegmentLayout layout = Partitioner.layOut(
                List.of(ArraySpec.of("huge", FLOAT16, elements), ArraySpec.of("small", FLOAT16, 1)), 1, 0);

        checkArrays(layout);
        checkPartitions(layout, 0);
        assertThat(layout.regions())
                .allSatisfy(region -> assertThat(region.lengthBytes()).isPositive());
    }

    @Test
    void shouldRefuseSizesOutOfRange() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, 1));
        for (final int bytes : new int[] {1, 63, -1, Partitioner.MAX_PARTITION_BYTES + 1}) {
            assertThatThrownBy(() -> Partitioner.layOut(specs, 1, bytes))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("partition size out of range");
        }
        for (final int slots : new int[] {0, -1, SegmentLayout.MAX_SLOT_COUNT + 1}) {
            assertThatThrownBy(() -> Partitioner.layOut(specs, slots, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("number of slots out of range");
        }
    }

    /** A state file of 16-bit arrays is twice as long as their data file, and no file may have 2 GiB. */
    @Test
    void shouldSplitRegionsSoThatNoStateFileIsTooLong() {
        final int half = (ArraySpec.MAX_ARRAY_BYTES / 2 - 128) / 2 / Short.BYTES;
        final List<ArraySpec> specs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            specs.add(ArraySpec.of("a" + i, ElementType.BFLOAT16, half).withState(1));
        }

        final SegmentLayout layout = Partitioner.layOut(specs, 1, 0);

        assertThat(layout.regions())
                .hasSize(3)
                .allSatisfy(region -> assertThat((long) region.lengthBytes() * region.stateScale())
                        .isLessThan(Integer.MAX_VALUE));
    }

    @Test
    void shouldRefuseStateOfTwoGigabytes() {
        final int count = ArraySpec.MAX_ARRAY_BYTES / Float.BYTES;
        for (final ElementType type : List.of(ElementType.FLOAT16, ElementType.BFLOAT16)) {
            assertThat(ArraySpec.of("a", type, count).withState(1).stateLengthBytes())
                    .isEqualTo(count * Float.BYTES);
            final ArraySpec longer = ArraySpec.of("a", type, count + 1);
            assertThatThrownBy(() -> longer.withState(1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("state in FLOAT32");
        }
    }

    @Test
    void shouldRefuseStochasticRoundingOfTypesThatAreNotRounded() {
        for (final ElementType type : ElementType.values()) {
            final ArraySpec spec = ArraySpec.of("a", type, 2);
            if (type.sizeBytes() == Short.BYTES) {
                assertThat(spec.withRounding(Rounding.stochastic(7)))
                        .isNotEqualTo(spec)
                        .isNotEqualTo(spec.withRounding(Rounding.stochastic(8)))
                        .hasToString("a:" + type + "[2] LOCKED rounding=STOCHASTIC(seed=7)");
            } else {
                assertThatThrownBy(() -> spec.withRounding(Rounding.stochastic(7)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll("name=a", type.name());
            }
        }
    }
}
