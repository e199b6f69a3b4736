package org.shmarrays.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.util.List;
import org.apache.spark.serializer.KryoRegistrator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.shmarrays.dl4j.PortableModel;

/**
 * Registers what a training moves with Kryo, for {@code spark.kryo.registrationRequired=true}, and has Kryo write
 * batches of ND4J by Java serialization, because it can't write their arrays. Spark makes one where {@code
 * spark.kryo.registrator} names this class, which {@link HostTraining#prepare} adds.
 */
public final class KryoClasses implements KryoRegistrator {
    private static final List<Class<?>> CLASSES = List.of(
            CentreChunk.class,
            CentreRows.class,
            ChunkRows.class,
            HostChunk.class,
            ChunkValues.Floats.class,
            ChunkValues.Doubles.class,
            DataKey.class,
            EncodedBatch.class,
            EvaluationReport.class,
            HostSummary.class,
            TrainingCheckpoints.Answer.class,
            PortableModel.class,
            DataSet.class,
            MultiDataSet.class);

    /** One for Spark. */
    public KryoClasses() {}

    @Override
    public void registerClasses(final Kryo kryo) {
        kryo.addDefaultSerializer(INDArray.class, JavaSerializer.class);
        CLASSES.forEach(type -> kryo.register(type, new JavaSerializer()));
    }
}
