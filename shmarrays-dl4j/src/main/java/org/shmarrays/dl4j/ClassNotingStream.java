package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.function.Consumer;

/** Serializes objects, and passes on the classes of all that is in them: those that a reader must be able to load. */
final class ClassNotingStream extends ObjectOutputStream {
    private final Consumer<Class<?>> classes;

    ClassNotingStream(final OutputStream out, final Consumer<Class<?>> classes) throws IOException {
        super(out);
        this.classes = classes;
    }

    @Override
    protected void annotateClass(final Class<?> type) {
        classes.accept(type);
    }
}
