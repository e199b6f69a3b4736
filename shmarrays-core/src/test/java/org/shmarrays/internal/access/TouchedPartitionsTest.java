package org.shmarrays.internal.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.CountingList;

/** Which partitions targets touch, and that finding them takes as long as there are parts of targets in partitions. */
class TouchedPartitionsTest {
    private static final long SEED = 6_626;
    private static final int PARTITION_BYTES = 1024; // 256 floats

    private static Target[] targets(final SegmentLayout layout, final List<String> names) {
        return names.stream().map(name -> Target.of(layout, "s", name)).toArray(Target[]::new);
    }

    private static List<String> names(final String prefix, final int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    /** As many arrays, four to a partition. */
    private static SegmentLayout arrays(final int count) {
        return Partitioner.layOut(
                names("a", count).stream()
                        .map(name -> ArraySpec.of(name, FLOAT32, 64))
                        .toList(),
                1,
                PARTITION_BYTES);
    }

    /** One array with as many aliases, four to a partition. */
    private static SegmentLayout aliases(final int count) {
        final ArraySpec array = ArraySpec.of("w", FLOAT32, count * 64);
        return Partitioner.layOut(
                List.of(array.withAliases(IntStream.range(0, count)
                        .mapToObj(i -> new AliasSpec("a" + i, i * 64, ArrayOrder.C, 64))
                        .toList())),
                1,
                PARTITION_BYTES);
    }

    private static long looks(final SegmentLayout layout, final List<String> names) {
        final CountingList<PartitionLayout> partitions = new CountingList<>(layout.partitions());
        TouchedPartitions.of(partitions, targets(layout, names));
        return partitions.count();
    }

    @Test
    void shouldLookAtPartitionsInProportionToTheArrays() {
        assertThat(looks(arrays(4000), names("a", 4000))).isLessThan(10 * 4000);
        assertThat(looks(arrays(16_000), names("a", 16_000))).isLessThan(10 * 16_000);
    }

    @Test
    void shouldLookAtFewPartitionsForOneOfManyArrays() {
        assertThat(looks(arrays(16_000), List.of("a15999"))).isLessThan(20);
    }

    /** The partition of an alias's first byte is found by bisection. */
    @Test
    void shouldLookAtPartitionsInProportionToTheAliases() {
        assertThat(looks(aliases(4000), names("a", 4000))).isLessThan(4000 * (4 + 12));
        assertThat(looks(aliases(16_000), names("a", 16_000))).isLessThan(16_000 * (4 + 14));
    }

    @Test
    void shouldFindEachPartitionOfEachTarget() {
        System.out.println("TouchedPartitionsTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            final List<ArraySpec> specs = new ArrayList<>();
            final List<String> names = new ArrayList<>();
            for (int a = 0; a < 1 + random.nextInt(5); a++) {
                final int length = 1 + random.nextInt(2000);
                final int first = random.nextInt(length);
                final int second = first + random.nextInt(length - first);
                specs.add(ArraySpec.of("a" + a, FLOAT32, length)
                        .withState(random.nextInt(2))
                        .withAlias(new AliasSpec("a" + a + "/head", 0, ArrayOrder.C, first + 1))
                        .withAlias(new AliasSpec("a" + a + "/tail", second, ArrayOrder.C, length - second)));
                switch (random.nextInt(3)) {
                    case 0 -> names.add("a" + a);
                    case 1 -> names.add("a" + a + "/head");
                    default -> names.add("a" + a + "/tail");
                }
            }
            Collections.shuffle(names, random);
            check(Partitioner.layOut(specs, 1, PARTITION_BYTES), names);
        }
    }

    private static void check(final SegmentLayout layout, final List<String> names) {
        final AccessPlan plan = AccessPlan.of(layout, Arrays.asList(targets(layout, names)));
        final List<String> expected = new ArrayList<>();
        for (int p = 0; p < layout.partitions().size(); p++) {
            final PartitionLayout partition = layout.partitions().get(p);
            for (final Target target : plan.targets()) {
                if (target.array().region() == partition.region()
                        && target.start() < partition.end()
                        && target.end() > partition.offset()) {
                    expected.add(p + " " + target.name());
                }
            }
        }
        final List<String> found = new ArrayList<>();
        for (int k = 0; k < plan.partitionCount(); k++) {
            for (final AccessPlan.Piece piece : plan.pieces(k)) {
                found.add(plan.partition(k) + " " + piece.target().name());
            }
        }
        assertThat(found).as("" + names).isEqualTo(expected);
    }
}
