package org.shmarrays.spark;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import scala.Function1;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/** A stage whose tasks all run at the same time, or none of them: Spark has no Java API for it. */
final class BarrierStage {
    private BarrierStage() {}

    /** What {@code rdd.barrier().mapPartitions(function)} is in Scala. */
    static <T, U> JavaRDD<U> mapPartitions(final JavaRDD<T> rdd, final FlatMapFunction<Iterator<T>, U> function) {
        final ClassTag<U> tag = anyTag();
        final Function1<scala.collection.Iterator<T>, scala.collection.Iterator<U>> mapping = new Mapping<>(function);
        return new JavaRDD<>(rdd.rdd().barrier().mapPartitions(mapping, false, tag), tag);
    }

    @SuppressWarnings("unchecked") // Scala erases it, too
    private static <U> ClassTag<U> anyTag() {
        return (ClassTag<U>) ClassTag$.MODULE$.AnyRef();
    }

    private static final class Mapping<T, U>
            extends AbstractFunction1<scala.collection.Iterator<T>, scala.collection.Iterator<U>>
            implements Serializable {
        private static final long serialVersionUID = 1L;

        private final FlatMapFunction<Iterator<T>, U> function;

        Mapping(final FlatMapFunction<Iterator<T>, U> function) {
            this.function = function;
        }

        @Override
        public scala.collection.Iterator<U> apply(final scala.collection.Iterator<T> elements) {
            try {
                return CollectionConverters.asScala(function.call(CollectionConverters.asJava(elements)));
            } catch (final RuntimeException | Error e) {
                throw e;
            } catch (final Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
