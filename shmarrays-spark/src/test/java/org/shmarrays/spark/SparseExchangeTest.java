package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;
import scala.Tuple2;

/** Segments of several hosts and the centre between them, without Spark. */
class SparseExchangeTest {
    private static final int ROUNDS = 60;

    /** More than a chunk of the exchange. */
    private static final int LONG = (1 << 16) + 100;

    private static final List<ArraySpec> SPECS = List.of(
            ArraySpec.of("e", FLOAT32, 20, 3),
            ArraySpec.of("w", FLOAT32, LONG).inMode(Mode.HOGWILD),
            ArraySpec.of("d", FLOAT64, 12, 2),
            ArraySpec.of("h", BFLOAT16, 16, 2),
            ArraySpec.of("dense", FLOAT32, 5));

    private final ChunkTable table = new ChunkTable(SPECS, Set.of("e", "w", "d", "h"));
    private final List<SimulatedHost> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        opened.forEach(host -> host.arrays.close());
    }

    /** A segment, as a host has it. */
    private final class SimulatedHost {
        private final ShmArrays arrays;
        private final HostValues values;

        private SimulatedHost(final String segment) {
            arrays = ShmArrays.create(segment, SPECS, Settings.fromProperties().withDirectory(directory));
            values = new HostValues(table, arrays);
            opened.add(this);
        }

        private void takeOver(final CentreCopy copy, final Iterator<Tuple2<Integer, ChunkRows>> chunks) {
            values.receive(copy, chunks);
            values.takeOver();
        }

        private List<HostChunk> chunks(final int index, final long samples) {
            values.look();
            return IntStream.range(0, table.chunkCount())
                    .mapToObj(chunk -> new HostChunk(index, samples, values.version(), values.rows(chunk)))
                    .toList();
        }

        private Object[] carriers() {
            final Object[] carriers = table.newCarriers();
            for (int array = 0; array < carriers.length; array++) {
                arrays.array(table.name(array)).readInto(carriers[array]);
            }
            return carriers;
        }
    }

    private SimulatedHost host() {
        return new SimulatedHost("host-" + opened.size());
    }

    /** The layers of each chunk. */
    private final class SimulatedCentre {
        private final Combine combine;
        private List<List<CentreRows>> layers = new ArrayList<>();
        private long version;

        private SimulatedCentre(final Combine combine, final Object[] values) {
            this.combine = combine;
            for (int chunk = 0; chunk < table.chunkCount(); chunk++) {
                layers.add(List.of(CentreRows.whole(
                        0, table.rowLength(chunk), new CentreChunk(table.values(values, chunk), null))));
            }
        }

        private CentreCopy copy(final boolean isWhole) {
            return new CentreCopy(version, isWhole || version == 0);
        }

        private Iterator<Tuple2<Integer, ChunkRows>> chunks(final CentreCopy copy) {
            return IntStream.range(0, layers.size())
                    .mapToObj(chunk -> {
                        final List<CentreRows> all = layers.get(chunk);
                        return new Tuple2<>(
                                chunk, (copy.isWhole() ? CentreRows.merged(all) : all.get(all.size() - 1)).rows());
                    })
                    .iterator();
        }

        private void combine(final List<List<HostChunk>> hosts) {
            final List<List<CentreRows>> next = new ArrayList<>();
            for (int chunk = 0; chunk < layers.size(); chunk++) {
                final int index = chunk;
                final List<CentreRows> all = new ArrayList<>(layers.get(chunk));
                all.add(CentreRows.next(
                        combine,
                        version,
                        all,
                        hosts.stream().map(host -> host.get(index)).toList()));
                next.add(all);
            }
            layers = next;
            version++;
        }

        private void mergeLower() {
            layers.replaceAll(all ->
                    List.of(CentreRows.merged(all.subList(0, all.size() - 1)), all.get(all.size() - 1)));
        }

        private Object[] carriers() {
            final Object[] carriers = table.newCarriers();
            chunks(new CentreCopy(version, true))
                    .forEachRemaining(chunk -> table.copyInto(carriers, chunk._1(), chunk._2()));
            return carriers;
        }

        private long lastBytes() {
            return layers.stream()
                    .mapToLong(all -> all.get(all.size() - 1).rows().lengthBytes())
                    .sum();
        }
    }

    /** Combines all values of all hosts, row by row. */
    private final class DenseReference {
        private final Combine combine;
        private final Object[] centre;
        private final Object[] momentum = table.newCarriers();

        private DenseReference(final Combine combine, final Object[] centre) {
            this.combine = combine;
            this.centre = centre;
        }

        private void combine(final List<Object[]> before, final List<Object[]> after, final long[] samples) {
            for (int array = 0; array < centre.length; array++) {
                final boolean isSparse = table.isSparse(array);
                final int rowLength = isSparse ? table.sparseRowLength(array) : 1;
                for (int first = 0; first < table.elementCount(array); first += rowLength) {
                    final List<Integer> hosts = new ArrayList<>();
                    for (int host = 0; host < after.size(); host++) {
                        if (samples[host] > 0
                                && (!isSparse
                                        || differ(before.get(host)[array], after.get(host)[array], first, rowLength))) {
                            hosts.add(host);
                        }
                    }
                    if (!hosts.isEmpty()) {
                        for (int i = first; i < first + rowLength; i++) {
                            step(array, i, hosts, after, samples);
                        }
                    }
                }
            }
        }

        private boolean differ(final Object a, final Object b, final int first, final int count) {
            return IntStream.range(first, first + count).anyMatch(i -> bits(a, i) != bits(b, i));
        }

        private void step(
                final int array,
                final int i,
                final List<Integer> hosts,
                final List<Object[]> after,
                final long[] samples) {
            final long all = hosts.stream().mapToLong(host -> samples[host]).sum();
            double mean = -0.0;
            for (final int host : hosts) {
                mean += (double) samples[host] / all * get(after.get(host)[array], i);
            }
            if (combine.needsCentre()) {
                final double[] value = {mean};
                final double[] outer = {get(momentum[array], i)};
                combine.step(value, new double[] {get(centre[array], i)}, combine.hasMomentum() ? outer : null);
                mean = value[0];
                set(momentum[array], i, outer[0]);
            }
            set(centre[array], i, mean);
        }
    }

    private static long bits(final Object carrier, final int i) {
        return carrier instanceof float[] floats
                ? Float.floatToRawIntBits(floats[i])
                : Double.doubleToRawLongBits(((double[]) carrier)[i]);
    }

    private static double get(final Object carrier, final int i) {
        return carrier instanceof float[] floats ? floats[i] : ((double[]) carrier)[i];
    }

    private static void set(final Object carrier, final int i, final double value) {
        if (carrier instanceof float[] floats) {
            floats[i] = (float) value;
        } else {
            ((double[]) carrier)[i] = value;
        }
    }

    static List<Combine> rules() {
        return List.of(Combine.average(), Combine.delta(0.8, 0), Combine.delta(1, 0.5));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void shouldAgreeWithADenseExchange(final Combine combine) {
        final long seed = new Random().nextLong();
        System.out.println("seed of the sparse exchange, " + combine + ": " + seed);
        final Random random = new Random(seed);
        final Object[] first = table.newCarriers();
        for (int array = 0; array < first.length; array++) {
            for (int i = 0; i < table.elementCount(array); i++) {
                set(first[array], i, random.nextInt(64) - 32);
            }
        }
        final SimulatedCentre centre = new SimulatedCentre(combine, first);
        final DenseReference reference = new DenseReference(combine, centre.carriers());
        final List<SimulatedHost> hosts = new ArrayList<>(List.of(host()));
        boolean isAllUpToDate = false;
        for (int round = 0; round < ROUNDS; round++) {
            final int change = random.nextInt(8);
            if (change == 0 && hosts.size() < 4) {
                hosts.add(random.nextInt(hosts.size() + 1), host());
                isAllUpToDate = false;
            } else if (change == 1 && hosts.size() > 1) {
                hosts.remove(random.nextInt(hosts.size()));
            } else if (change == 2 && centre.version > 0) {
                centre.mergeLower();
            }
            final CentreCopy copy = centre.copy(!isAllUpToDate || random.nextInt(10) == 0);
            final List<Object[]> before = new ArrayList<>();
            for (final SimulatedHost host : hosts) {
                host.takeOver(copy, centre.chunks(copy));
                before.add(host.carriers());
                assertTakenOver(before.get(before.size() - 1), reference.centre);
                train(host.arrays, random);
            }
            final long[] samples =
                    hosts.stream().mapToLong(host -> random.nextInt(4)).toArray();
            final List<List<HostChunk>> sent = IntStream.range(0, hosts.size())
                    .mapToObj(index -> hosts.get(index).chunks(index, samples[index]))
                    .toList();
            isAllUpToDate = true;
            if (random.nextInt(5) == 0 || Arrays.stream(samples).sum() == 0) {
                continue; // the interval is lost, after all hosts have taken over its version
            }
            reference.combine(
                    before, hosts.stream().map(SimulatedHost::carriers).toList(), samples);
            centre.combine(sent);
            assertThat(Arrays.deepEquals(centre.carriers(), reference.centre))
                    .as("round " + round)
                    .isTrue();
        }
    }

    private void assertTakenOver(final Object[] values, final Object[] centre) {
        for (int array = 0; array < values.length; array++) {
            final double tolerance = table.name(array).equals("h") ? 1.0 / 256 : 0; // bfloat16 has 8 bits
            for (int i = 0; i < table.elementCount(array); i++) {
                final double expected = get(centre[array], i);
                if (Math.abs(get(values[array], i) - expected) > tolerance * Math.abs(expected)) {
                    throw new AssertionError("array=" + table.name(array) + ", element=" + i + ", found="
                            + get(values[array], i) + ", expected=" + expected);
                }
            }
        }
    }

    private static void train(final ShmArrays arrays, final Random random) {
        final float[] three = {random.nextFloat(), 0, random.nextFloat()};
        for (int i = 0; i < 3; i++) {
            arrays.array("e").scatterAdd(new int[] {random.nextInt(20)}, three);
            arrays.array("w").scatterAdd(new int[] {random.nextInt(LONG), LONG - 1 - random.nextInt(50)}, new float[] {
                random.nextFloat(), random.nextFloat()
            });
            arrays.array("h")
                    .scatterAdd(new int[] {random.nextInt(16)}, new float[] {random.nextInt(3), random.nextInt(3)});
        }
        arrays.array("d").scatterAdd(new int[] {random.nextInt(12)}, new double[] {random.nextDouble(), 0});
        if (random.nextBoolean()) {
            arrays.add(Map.of("dense", new float[] {1, random.nextFloat(), 0, 0, 0}));
        }
    }

    private CentreCopy takeOver(final SimulatedHost host, final SimulatedCentre centre, final boolean isWhole) {
        final CentreCopy copy = centre.copy(isWhole);
        host.takeOver(copy, centre.chunks(copy));
        return copy;
    }

    /** Two hosts touch elements 3 and 7, and 7 and 9, with 1 and 3 samples: of element 7 it is (1 * 8 + 3 * 4) / 4. */
    @Test
    void shouldExchangeOverlappingRowsOfTwoHosts() {
        final SimulatedCentre centre = new SimulatedCentre(Combine.average(), table.newCarriers());
        final SimulatedHost a = host();
        final SimulatedHost b = host();
        takeOver(a, centre, true);
        takeOver(b, centre, true);
        a.arrays.array("w").scatterAdd(new int[] {3, 7}, new float[] {2, 8});
        b.arrays.array("w").scatterAdd(new int[] {7, 9}, new float[] {4, 6});

        centre.combine(List.of(a.chunks(0, 1), b.chunks(1, 3)));
        takeOver(a, centre, false);
        takeOver(b, centre, false);

        final float[] expected = new float[LONG];
        expected[3] = 2;
        expected[7] = 5;
        expected[9] = 6;
        assertThat(a.carriers()[1]).isEqualTo(expected);
        assertThat(b.carriers()[1]).isEqualTo(expected);
        assertThat(centre.lastBytes()).isEqualTo(3 * (4 + 1) + 5 * 4); // three rows, and the dense array
    }

    /** What a host has trained in an interval that is lost is neither kept nor sent. */
    @Test
    void shouldRepeatALostIntervalFromTheCentre() {
        final SimulatedCentre centre = new SimulatedCentre(Combine.average(), table.newCarriers());
        final SimulatedHost host = host();
        takeOver(host, centre, true);
        host.arrays.array("w").scatterAdd(new int[] {3}, new float[] {2});
        centre.combine(List.of(host.chunks(0, 1)));
        takeOver(host, centre, false);
        host.arrays.array("w").scatterAdd(new int[] {3, 5}, new float[] {2, 2});
        host.chunks(0, 1); // which the centre never gets

        takeOver(host, centre, false);
        host.arrays.array("w").scatterAdd(new int[] {6}, new float[] {1});
        centre.combine(List.of(host.chunks(0, 1)));

        final float[] expected = new float[LONG];
        expected[3] = 2;
        expected[6] = 1;
        assertThat(host.carriers()[1]).isEqualTo(expected);
        assertThat(centre.carriers()[1]).isEqualTo(expected);
    }

    @Test
    void shouldRefuseRowsWithoutTheVersionThatTheyBelongTo() {
        final SimulatedCentre centre = new SimulatedCentre(Combine.average(), table.newCarriers());
        final SimulatedHost host = host();
        final SimulatedHost away = host();
        takeOver(host, centre, true);
        takeOver(away, centre, true);
        for (int round = 0; round < 2; round++) {
            host.arrays.array("w").scatterAdd(new int[] {round}, new float[] {2});
            centre.combine(List.of(host.chunks(0, 1)));
            takeOver(host, centre, false);
        }
        final SimulatedHost fresh = host();

        for (final SimulatedHost stale : List.of(away, fresh)) {
            assertThatThrownBy(() -> takeOver(stale, centre, false))
                    .isInstanceOf(StaleHostException.class)
                    .hasMessageContaining("sent=2");
            takeOver(stale, centre, true);
            assertThat(stale.carriers()[1]).isEqualTo(centre.carriers()[1]);
        }
    }

    /** Its copy may be half of one version, half of the next one. */
    @Test
    void shouldRefuseRowsAfterACopyThatWasBrokenOff() {
        final SimulatedCentre centre = new SimulatedCentre(Combine.average(), table.newCarriers());
        final SimulatedHost host = host();
        takeOver(host, centre, true);
        host.arrays.array("w").scatterAdd(new int[] {3}, new float[] {2});
        centre.combine(List.of(host.chunks(0, 1)));
        final CentreCopy copy = centre.copy(false);
        final Iterator<Tuple2<Integer, ChunkRows>> chunks = centre.chunks(copy);
        assertThatThrownBy(() -> host.takeOver(copy, List.of(chunks.next()).iterator()))
                .hasMessageContaining("received=1, expected=" + table.chunkCount());

        assertThatThrownBy(() -> takeOver(host, centre, false)).isInstanceOf(StaleHostException.class);
    }

    /** The sign of a zero is a change; a value that is not one of bfloat16 is none, although a host rounds it. */
    @Test
    void shouldCompareBitsWithWhatWasTakenOver() {
        final Object[] first = table.newCarriers();
        Arrays.fill((float[]) first[3], 0.1f);
        final SimulatedCentre centre = new SimulatedCentre(Combine.average(), first);
        final SimulatedHost host = host();
        takeOver(host, centre, true);
        host.arrays.array("w").scatterUpdate(new int[] {4}, new float[] {-0.0f}, Updates.assign());

        final List<HostChunk> chunks = host.chunks(0, 1);

        assertThat(chunks.stream().map(chunk -> chunk.rows().rows()))
                .containsExactly(new int[] {}, new int[] {4}, new int[] {}, new int[] {}, new int[] {}, new int[] {0});
        centre.combine(List.of(chunks));
        assertThat(bits(centre.carriers()[1], 4)).isEqualTo(Integer.MIN_VALUE);
    }

    /** Another process may push while the workers rest, as the web page does that sets a value. */
    @Test
    void shouldSendWhatAnotherProcessPushedBeforeTheTakeover() {
        final SimulatedCentre centre = new SimulatedCentre(Combine.average(), table.newCarriers());
        final SimulatedHost host = host();
        takeOver(host, centre, true);
        centre.combine(List.of(host.chunks(0, 1)));
        host.arrays.array("w").scatterAdd(new int[] {4}, new float[] {5});

        takeOver(host, centre, false);
        centre.combine(List.of(host.chunks(0, 1)));

        assertThat(((float[]) host.carriers()[1])[4]).isEqualTo(5);
        assertThat(((float[]) centre.carriers()[1])[4]).isEqualTo(5);
    }
}
