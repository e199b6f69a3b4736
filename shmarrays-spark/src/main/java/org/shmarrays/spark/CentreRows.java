package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * A layer of a chunk of the common parameters: the rows that one round changed, or all of them. The layers of a chunk,
 * the later above the earlier, are the chunk; the lowest is whole.
 *
 * @param version of the parameters that the layer made
 * @param momentum of the outer step, of the same rows; null without
 */
@DefaultSerializer(JavaSerializer.class)
record CentreRows(long version, ChunkRows rows, ChunkValues momentum) implements Serializable {
    /** A whole chunk. */
    static CentreRows whole(final long version, final int rowLength, final CentreChunk chunk) {
        return new CentreRows(version, ChunkRows.whole(rowLength, chunk.values()), chunk.momentum());
    }

    /** All layers of a chunk as one. */
    static CentreRows merged(final Iterable<CentreRows> layers) {
        final List<CentreRows> sorted = sorted(layers);
        final CentreRows lowest = sorted.get(0);
        if (sorted.size() == 1) {
            return lowest;
        }
        final ChunkValues before = lowest.rows.values();
        final Object values = before.copy();
        final boolean hasMomentum = sorted.stream().anyMatch(layer -> layer.momentum != null);
        final Object momentum =
                !hasMomentum ? null : lowest.momentum == null ? before.zeros(before.count()) : lowest.momentum.copy();
        for (final CentreRows layer : sorted.subList(1, sorted.size())) {
            layer.rows.copyInto(values, 0);
            if (layer.momentum != null) {
                layer.rows.copyInto(layer.momentum, momentum, 0);
            }
        }
        return new CentreRows(
                sorted.get(sorted.size() - 1).version,
                ChunkRows.whole(lowest.rows.rowLength(), ChunkValues.of(values)),
                momentum == null ? null : ChunkValues.of(momentum));
    }

    private static List<CentreRows> sorted(final Iterable<CentreRows> layers) {
        final List<CentreRows> sorted = StreamSupport.stream(layers.spliterator(), false)
                .sorted(Comparator.comparingLong(CentreRows::version))
                .toList();
        if (sorted.isEmpty() || !sorted.get(0).rows.isWhole()) {
            throw new IllegalStateException("a chunk of the parameters is not whole: layers=" + sorted.size());
        }
        return sorted;
    }

    /** All rows of a whole layer. */
    CentreChunk chunk() {
        return new CentreChunk(rows.values(), momentum);
    }

    /** Length of all values, and of what says which rows they are. */
    long lengthBytes() {
        return rows.lengthBytes() + (momentum == null ? 0 : momentum.lengthBytes());
    }

    /**
     * The layer that a round adds: the rows that hosts have sent. The same hosts' values give the same result to the
     * last bit, in whatever order they arrive. Hosts without samples don't count.
     *
     * @param layers of the chunk so far
     * @param version of these
     * @throws IllegalStateException if a host has trained another version
     */
    static CentreRows next(
            final Combine combine,
            final long version,
            final Iterable<CentreRows> layers,
            final Iterable<HostChunk> hosts) {
        final List<CentreRows> sorted = sorted(layers);
        final List<HostChunk> trained = StreamSupport.stream(hosts.spliterator(), false)
                .filter(host -> host.weight() > 0)
                .sorted(Comparator.comparingInt(HostChunk::host))
                .toList();
        checkVersions(version, sorted, trained);
        final List<int[]> hostRows =
                trained.stream().map(host -> host.rows().rows()).toList();
        final int[] rows = union(hostRows);
        final ChunkRows lowest = sorted.get(0).rows;
        final ChunkValues type = lowest.values();
        final double[] values = mean(trained, hostRows, rows, lowest.rowLength());
        double[] momentum = null;
        if (combine.needsCentre()) {
            final Object centre = type.zeros(values.length);
            final Object outer = type.zeros(values.length);
            for (final CentreRows layer : sorted) {
                layer.rows.select(layer.rows.values(), rows, centre);
                if (layer.momentum != null) {
                    layer.rows.select(layer.momentum, rows, outer);
                }
            }
            momentum = combine.hasMomentum() ? ChunkValues.of(outer).toDoubles() : null;
            combine.step(values, ChunkValues.of(centre).toDoubles(), momentum);
        }
        return new CentreRows(
                version + 1,
                ChunkRows.of(lowest.rowLength(), rows, lowest.rowCount(), type.rounded(values)),
                momentum == null ? null : type.rounded(momentum));
    }

    private static void checkVersions(final long version, final List<CentreRows> layers, final List<HostChunk> hosts) {
        final long newest = layers.get(layers.size() - 1).version;
        if (newest != version || hosts.stream().anyMatch(host -> host.version() != version)) {
            throw new IllegalStateException("versions of the parameters differ: expected=" + version + ", centre="
                    + newest + ", hosts="
                    + hosts.stream().map(HostChunk::version).toList());
        }
    }

    private static int[] union(final List<int[]> rows) {
        if (rows.size() == 1) {
            return rows.get(0);
        }
        return rows.stream().flatMapToInt(Arrays::stream).sorted().distinct().toArray();
    }

    /** Mean of each row over the hosts that have it. */
    private static double[] mean(
            final List<HostChunk> hosts, final List<int[]> hostRows, final int[] rows, final int rowLength) {
        final long[] samples = new long[rows.length];
        final List<int[]> places = new ArrayList<>();
        for (int host = 0; host < hosts.size(); host++) {
            final int[] place = places(hostRows.get(host), rows);
            places.add(place);
            for (final int row : place) {
                samples[row] += hosts.get(host).weight();
            }
        }
        final double[] mean = new double[rows.length * rowLength];
        Arrays.fill(mean, -0.0); // a sum that begins with it keeps the sign of zeros
        for (int host = 0; host < hosts.size(); host++) {
            final long weight = hosts.get(host).weight();
            final ChunkValues values = hosts.get(host).rows().values();
            final int[] place = places.get(host);
            for (int i = 0; i < place.length; i++) {
                final double share = (double) weight / samples[place[i]]; // 1 of a row that only this host has
                values.addTo(mean, place[i] * rowLength, i * rowLength, rowLength, share);
            }
        }
        return mean;
    }

    private static int[] places(final int[] some, final int[] all) {
        final int[] places = new int[some.length];
        int place = 0;
        for (int i = 0; i < some.length; i++) {
            while (all[place] < some[i]) {
                place++;
            }
            places[i] = place;
        }
        return places;
    }
}
