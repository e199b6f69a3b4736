package org.shmarrays.spark;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.dl4j.PortableModel;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * A model of DL4J or SameDiff, which trains by its own {@code fit}.
 *
 * @param <T> type of the batches: DataSet, MultiDataSet or {@link EncodedBatch}
 */
final class NetworkModel<T> implements HostModel<T> {
    private static final long serialVersionUID = 1L;

    private final Source model;
    private final Mode mode;
    private final ChunkTable table;

    /**
     * A model that travels.
     *
     * @param original on the driver
     */
    NetworkModel(final Object original, final Broadcast<PortableModel> model, final Mode mode) {
        this(model::value, mode, new ChunkTable(List.of(PortableModel.parametersSpec(original))));
    }

    private NetworkModel(final Source model, final Mode mode, final ChunkTable table) {
        this.model = model;
        this.mode = mode;
        this.table = table;
    }

    /** The model: a broadcast of Spark's, or the value itself. */
    @FunctionalInterface
    private interface Source extends Serializable {
        PortableModel value();
    }

    @Override
    public HostModel<T> withoutSpark() {
        final PortableModel value = model.value();
        return new NetworkModel<>(() -> value, mode, table);
    }

    @Override
    public ChunkTable table() {
        return table;
    }

    @Override
    public Object[] initialValues(final Settings settings) {
        return new Object[] {carrier(PortableModel.parameters(model.value().newModel()))};
    }

    private Object carrier(final INDArray parameters) {
        return table.isDouble(0)
                ? parameters.data().asDouble()
                : parameters.data().asFloat();
    }

    @Override
    public Object ofValues(final Object[] values) {
        final Object network = model.value().newModel();
        PortableModel.copyParameters(vector(values[0]), network);
        return network;
    }

    /** An array that Java holds as an INDArray. */
    static INDArray vector(final Object carrier) {
        return carrier instanceof double[] doubles
                ? Nd4j.createFromArray(doubles)
                : Nd4j.createFromArray((float[]) carrier);
    }

    /** Of a host, whose segment is named for its executor or for the one that it has replaced: never 0. */
    private static long randomStream(final String segment) {
        return segment.substring(segment.lastIndexOf('-') + 1).hashCode() | 1L << Integer.SIZE;
    }

    @Override
    public Trainer<T> open(final String name, final Worker worker, final Settings settings) {
        final SharedTraining training = model.value()
                .join(TrainingOptions.defaults()
                        .withName(name)
                        .withWorker(worker)
                        .withSettings(settings)
                        .withRandomStream(randomStream(name))
                        .inMode(mode));
        return new Trainer<>() {
            @Override
            public void step(final T batch) throws Exception {
                final Object decoded = batch instanceof EncodedBatch encoded ? encoded.decoded() : batch;
                if (decoded instanceof DataSet dataSet) {
                    training.fit(dataSet);
                } else {
                    training.fit((MultiDataSet) decoded);
                }
            }

            @Override
            public void close() {
                training.close();
            }
        };
    }
}
