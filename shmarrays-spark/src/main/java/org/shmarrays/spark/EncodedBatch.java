package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * A batch as bytes: Kryo can't write INDArrays, and those that Spark keeps would hold memory outside of the heap.
 *
 * @param bytes as ND4J saves it
 * @param isMulti whether it is a MultiDataSet
 */
@DefaultSerializer(JavaSerializer.class)
record EncodedBatch(byte[] bytes, boolean isMulti) implements Serializable {
    /**
     * Encodes a batch.
     *
     * @throws IllegalArgumentException if it is neither a DataSet nor a MultiDataSet
     */
    static EncodedBatch of(final Object batch) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (batch instanceof DataSet dataSet) {
            dataSet.save(bytes);
            return new EncodedBatch(bytes.toByteArray(), false);
        }
        if (batch instanceof MultiDataSet dataSet) {
            dataSet.save(bytes);
            return new EncodedBatch(bytes.toByteArray(), true);
        }
        throw new IllegalArgumentException("a model trains on DataSets or MultiDataSets, each a batch: class="
                + (batch == null ? null : batch.getClass().getName()));
    }

    /** The batch. */
    Object decoded() throws IOException {
        final ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        if (isMulti) {
            final MultiDataSet batch = new MultiDataSet();
            batch.load(in);
            return batch;
        }
        final DataSet batch = new DataSet();
        batch.load(in);
        return batch;
    }
}
