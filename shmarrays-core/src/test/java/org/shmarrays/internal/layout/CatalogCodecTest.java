package org.shmarrays.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;

class CatalogCodecTest {
    private static final long SEED = 161_803;

    private static SegmentLayout decode(final byte[] catalog) {
        return CatalogCodec.decode(ByteBuffer.wrap(catalog).order(ByteOrder.nativeOrder()));
    }

    private static void assertSame(final SegmentLayout decoded, final SegmentLayout layout) {
        assertThat(decoded.arrays()).isEqualTo(layout.arrays());
        assertThat(decoded.partitions()).isEqualTo(layout.partitions());
        assertThat(decoded.regions()).isEqualTo(layout.regions());
        assertThat(decoded.slotCount()).isEqualTo(layout.slotCount());
        assertThat(decoded.undoLengthBytes()).isEqualTo(layout.undoLengthBytes());
    }

    @Test
    void shouldGiveLayoutsBack() {
        System.out.println("CatalogCodecTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < 300; round++) {
            final SegmentLayout layout = Partitioner.layOut(
                    PartitionerTest.randomSpecs(random), 1 + random.nextInt(200), 1024 << random.nextInt(9), 1 << 22);
            assertSame(decode(CatalogCodec.encode(layout)), layout);
        }
        final SegmentLayout names = Partitioner.layOut(
                List.of(ArraySpec.of("ü".repeat(127) + "x", FLOAT32), ArraySpec.of("日本", FLOAT16, 3)), 4096, 0);
        assertSame(decode(CatalogCodec.encode(names)), names);
        final SegmentLayout largest =
                Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT16, ArraySpec.MAX_ARRAY_BYTES / 2)), 1, 0);
        assertSame(decode(CatalogCodec.encode(largest)), largest);
    }

    /**
     * Whatever the bytes are: a layout that lies inside its regions and does not overlap, or an
     * IllegalArgumentException.
     */
    @Test
    void shouldDecodeMutatedBytesToALayoutOrRefuseThem() {
        final Random random = new Random(SEED);
        int decoded = 0;
        int refused = 0;
        for (int round = 0; round < 40_000; round++) {
            final byte[] catalog = mutated(random, CatalogCodec.encode(smallLayout(random)));
            try {
                check(decode(catalog));
                decoded++;
            } catch (final IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(decoded)
                .as("mutations of names, for example, make another layout")
                .isPositive();
        assertThat(refused).isGreaterThan(20_000);
    }

    private static SegmentLayout smallLayout(final Random random) {
        List<ArraySpec> specs = PartitionerTest.randomSpecs(random);
        specs = specs.subList(0, Math.min(specs.size(), 4));
        return Partitioner.layOut(specs, 3, 64 * 1024);
    }

    private static byte[] mutated(final Random random, final byte[] catalog) {
        final byte[] mutated =
                Arrays.copyOf(catalog, random.nextInt(10) == 0 ? random.nextInt(2 * catalog.length) : catalog.length);
        final int[] interesting = {
            0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 64, 1 << 30, 0x7FFF_FFC0, 255, 256, 65_535
        };
        final ByteBuffer buffer = ByteBuffer.wrap(mutated).order(ByteOrder.nativeOrder());
        for (int i = 1 + random.nextInt(3); i > 0 && mutated.length >= 4; i--) {
            switch (random.nextInt(4)) {
                case 0 -> mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                case 2 ->
                    buffer.putInt(
                            random.nextInt(mutated.length / 4) * 4, interesting[random.nextInt(interesting.length)]);
                default -> {
                    final int at = random.nextInt(mutated.length / 4) * 4;
                    buffer.putInt(at, buffer.getInt(at) + random.nextInt(129) - 64);
                }
            }
        }
        return mutated;
    }

    private static void check(final SegmentLayout layout) {
        for (final ArrayLayout array : layout.arrays()) {
            final RegionLayout region = layout.regions().get(array.region());
            assertThat(region.lengthBytes() % RegionDescriptor.ARRAY_ALIGNMENT)
                    .isZero(); // room for a last whole vector
            assertThat(array.spec().elementCount()).isPositive();
            assertThat((long) array.offset() + array.spec().lengthBytes()).isLessThanOrEqualTo(region.lengthBytes());
            for (final AliasSpec alias : array.spec().aliases()) {
                assertThat(alias.elementCount()).isPositive();
                assertThat((long) alias.elementOffset() + alias.elementCount())
                        .isLessThanOrEqualTo(array.spec().elementCount());
            }
            for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
                assertThat(layout.partitions().get(p).region()).isEqualTo(array.region());
            }
        }
        assertThat(layout.undoLengthBytes()).isGreaterThanOrEqualTo(UndoSizes.HEADER_LENGTH);
    }

    @Test
    void shouldRefuseArraysThatOverlap() {
        final ArraySpec spec = ArraySpec.of("a", FLOAT32, 32);
        final SegmentLayout overlapping = new SegmentLayout(
                List.of(new ArrayLayout(0, spec, 0, 64, 0, 1), new ArrayLayout(1, spec.withName("b"), 0, 128, 0, 1)),
                List.of(new PartitionLayout(0, 0, 64, 192)),
                List.of(new RegionLayout(0, 256, 0, 1)),
                1);
        assertThatThrownBy(() -> decode(CatalogCodec.encode(overlapping)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("arrays overlap");
    }

    @Test
    void shouldRefuseTwoModesInAPartition() {
        final ArraySpec spec = ArraySpec.of("a", FLOAT32, 16);
        final SegmentLayout mixed = new SegmentLayout(
                List.of(
                        new ArrayLayout(0, spec, 0, 64, 0, 1),
                        new ArrayLayout(1, spec.withName("b").inMode(Mode.HOGWILD), 0, 128, 0, 1)),
                List.of(new PartitionLayout(0, 0, 64, 128)),
                List.of(new RegionLayout(0, 192, 0, 1)),
                1);
        assertThatThrownBy(() -> decode(CatalogCodec.encode(mixed)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two modes");
    }

    @Test
    void shouldRefusePartitionsThatOverlap() {
        final ArraySpec spec = ArraySpec.of("a", FLOAT32, 16);
        final SegmentLayout overlapping = new SegmentLayout(
                List.of(new ArrayLayout(0, spec, 0, 64, 0, 1), new ArrayLayout(1, spec.withName("b"), 0, 128, 1, 1)),
                List.of(new PartitionLayout(0, 0, 64, 128), new PartitionLayout(1, 0, 128, 64)),
                List.of(new RegionLayout(0, 192, 0, 1)),
                1);
        assertThatThrownBy(() -> decode(CatalogCodec.encode(overlapping)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("partitions overlap");
    }

    @Test
    void shouldRefusePartitionsBehindTheEndOfTheirArray() {
        final ArraySpec spec = ArraySpec.of("a", FLOAT32, 16);
        final SegmentLayout tooMany = new SegmentLayout(
                List.of(new ArrayLayout(0, spec, 0, 64, 0, 1), new ArrayLayout(1, spec.withName("b"), 0, 128, 1, 1)),
                List.of(new PartitionLayout(0, 0, 64, 64), new PartitionLayout(1, 0, 128, 64)),
                List.of(new RegionLayout(0, 192, 0, 1)),
                1);
        final ByteBuffer catalog = ByteBuffer.wrap(CatalogCodec.encode(tooMany)).order(ByteOrder.nativeOrder());
        final int partitionCountOfA = 24 + 12 + 2 * 12 + 28;
        assertThat(catalog.getInt(partitionCountOfA)).isEqualTo(1);
        catalog.putInt(partitionCountOfA, 2);

        assertThatThrownBy(() -> decode(catalog.array()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not covered by its partitions");
    }

    @Test
    void shouldRefuseStateFilesOfAnotherScaleThanTheirArrays() {
        for (final ElementType type : ElementType.values()) {
            for (final int stateCount : new int[] {0, 1}) {
                final ArraySpec spec = ArraySpec.of("a", type, 16).withState(stateCount);
                for (int scale = 0; scale <= 4; scale++) {
                    final SegmentLayout layout = new SegmentLayout(
                            List.of(new ArrayLayout(0, spec, 0, 64, 0, 1)),
                            List.of(new PartitionLayout(0, 0, 64, spec.lengthBytes())),
                            List.of(new RegionLayout(0, 192, stateCount, scale)),
                            1);
                    if (scale == spec.stateScale()) {
                        assertThat(decode(CatalogCodec.encode(layout)).regions())
                                .isEqualTo(layout.regions());
                    } else {
                        assertThatThrownBy(() -> decode(CatalogCodec.encode(layout)))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("region");
                    }
                }
            }
        }
    }

    @Test
    void shouldKeepSeedsAndRefuseUnknownRoundings() {
        for (final long seed : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x1234_5678_9ABC_DEF0L}) {
            final ArraySpec spec = ArraySpec.of("a", ElementType.FLOAT16, 16).withRounding(Rounding.stochastic(seed));
            final byte[] catalog = CatalogCodec.encode(Partitioner.layOut(List.of(spec), 1, 0));
            assertThat(decode(catalog).specs()).containsExactly(spec);

            final ByteBuffer changed = ByteBuffer.wrap(catalog).order(ByteOrder.nativeOrder());
            final int rounding = 24 + 12 + 12 + 32;
            assertThat(changed.getInt(rounding)).isEqualTo(2);
            for (final int code : new int[] {0, 3, -1}) {
                changed.putInt(rounding, code);
                assertThatThrownBy(() -> decode(catalog))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("unknown rounding");
            }
        }
    }

    @Test
    void shouldRefusePartitionsWithoutArrays() {
        final SegmentLayout empty = new SegmentLayout(
                List.of(new ArrayLayout(0, ArraySpec.of("a", FLOAT32, 16), 0, 64, 0, 1)),
                List.of(new PartitionLayout(0, 0, 64, 64), new PartitionLayout(1, 0, 128, 64)),
                List.of(new RegionLayout(0, 192, 0, 1)),
                1);
        assertThatThrownBy(() -> decode(CatalogCodec.encode(empty)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a partition holds no array");
    }

    @Test
    void shouldRefuseCatalogsThatAreCutShortOrTooLong() {
        final byte[] catalog = CatalogCodec.encode(Partitioner.layOut(List.of(ArraySpec.of("a", FLOAT32, 16)), 1, 0));
        for (int length = 0; length < catalog.length; length++) {
            final byte[] cut = Arrays.copyOf(catalog, length);
            assertThatThrownBy(() -> decode(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> decode(Arrays.copyOf(catalog, catalog.length + 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("left over");
    }
}
