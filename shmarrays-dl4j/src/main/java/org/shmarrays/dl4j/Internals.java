package org.shmarrays.dl4j;

import java.lang.reflect.Field;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** The members of DL4J that are used though they are not public, each by name. */
final class Internals {
    private Internals() {}

    /** Makes a network's next {@code init} do its work although it was called before. */
    static void forgetInit(final MultiLayerNetwork network) {
        set(field(MultiLayerNetwork.class, "initCalled"), network, false);
    }

    /** Makes a graph's next {@code init} do its work although it was called before. */
    static void forgetInit(final ComputationGraph graph) {
        set(field(ComputationGraph.class, "initCalled"), graph, false);
    }

    private static Field field(final Class<?> owner, final String name) {
        try {
            final Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (final NoSuchFieldException e) {
            throw new IllegalStateException(
                    "this version of DL4J has no such field: class=" + owner.getName() + ", field=" + name
                            + "; shmarrays is for 1.0.0-M2.1",
                    e);
        }
    }

    private static void set(final Field field, final Object of, final boolean value) {
        try {
            field.setBoolean(of, value);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException("DL4J's field can't be set: field=" + field, e);
        }
    }
}
