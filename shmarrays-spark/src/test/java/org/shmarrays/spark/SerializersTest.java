package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.twitter.chill.EmptyScalaKryoInstantiator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.spark.ChunkValues.Doubles;
import org.shmarrays.spark.ChunkValues.Floats;
import scala.reflect.ClassTag$;

/** Whatever Spark moves or keeps passes its data serializer: Java's, or Kryo where the user has chosen it. */
class SerializersTest {
    private static final ChunkRows ROWS =
            ChunkRows.of(1, new int[] {2, 700}, 800, new Floats(new float[] {1.5f, -0.0f}));

    static List<Object> travellers() {
        return List.of(
                ROWS,
                ROWS.values(),
                new Doubles(new double[] {Double.MIN_VALUE}),
                new CentreChunk(ROWS.values(), null),
                new CentreRows(5, ROWS, new Floats(new float[] {3, 4})),
                new HostChunk(3, 17, 5, ROWS),
                new DataKey(7, 8),
                new EncodedBatch(new byte[] {1, 2}, true),
                new EvaluationReport("0", 0.5, null),
                new HostSummary("0", new LinkedHashMap<>(Map.of("waits", List.of(List.of(63L, 2L))))));
    }

    /** Kryo as Spark makes it, without Spark's own classes, which need JVM options. */
    @ParameterizedTest
    @MethodSource("travellers")
    void shouldTravelByKryo(final Object traveller) {
        final Kryo kryo = new EmptyScalaKryoInstantiator().newKryo();
        kryo.setRegistrationRequired(false);
        final Output out = new Output(256, -1);
        kryo.writeClassAndObject(out, traveller);

        final Object arrived = kryo.readClassAndObject(new Input(out.toBytes()));

        assertThat(arrived).usingRecursiveComparison().isEqualTo(traveller);
    }

    @ParameterizedTest
    @MethodSource("travellers")
    void shouldTravelByJavasSerializer(final Object traveller) {
        final SerializerInstance java = new JavaSerializer(new SparkConf(false)).newInstance();

        final Object arrived =
                java.deserialize(java.serialize(traveller, ClassTag$.MODULE$.Object()), ClassTag$.MODULE$.Object());

        assertThat(arrived).usingRecursiveComparison().isEqualTo(traveller);
    }
}
