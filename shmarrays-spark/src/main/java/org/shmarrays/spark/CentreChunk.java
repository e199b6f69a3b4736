package org.shmarrays.spark;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;

/**
 * A chunk of the common parameters.
 *
 * @param momentum of the outer step, or null
 */
record CentreChunk(ChunkValues values, ChunkValues momentum) implements Serializable {
    /**
     * The chunk after a round. The same hosts' values give the same result to the last bit, in whatever order they
     * arrive. Without any samples it stays as it is.
     */
    CentreChunk next(final Combine combine, final List<HostChunk> hosts) {
        final List<HostChunk> trained = hosts.stream()
                .filter(host -> host.weight() > 0)
                .sorted(Comparator.comparingInt(HostChunk::host))
                .toList();
        if (trained.isEmpty()) {
            return this;
        }
        final double samples = trained.stream().mapToDouble(HostChunk::weight).sum();
        final double[] mean = new double[values.count()];
        for (final HostChunk host : trained) {
            host.values().addTo(mean, trained.size() == 1 ? 1 : host.weight() / samples);
        }
        final double[] centre = values.toDoubles();
        final double[] outer =
                !combine.hasMomentum() ? null : momentum == null ? new double[centre.length] : momentum.toDoubles();
        combine.step(mean, centre, outer);
        return new CentreChunk(values.rounded(centre), outer == null ? null : values.rounded(outer));
    }
}
