package org.shmarrays.examples.mnist;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What {@code mnist --model} trains: a constant of {@link Model}, whose workers are this module's own, or of {@link
 * Dl4jModel}, which DL4J trains. Each is one constant there, and nothing else.
 */
sealed interface Trainable permits Model, Dl4jModel {
    /** Name of the constant. */
    String name();

    /** The learning rate where none is given. */
    double learningRate();

    /** The momentum where none is given. */
    double momentum();

    /** Number of parameters, all arrays together. */
    long parameterCount();

    /** As users write it. */
    default String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All of them. */
    static List<Trainable> all() {
        return Stream.concat(Arrays.stream(Model.values()), Arrays.stream(Dl4jModel.values()))
                .map(Trainable.class::cast)
                .toList();
    }

    /**
     * The one of this label.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Trainable of(final String label) {
        return all().stream()
                .filter(model -> model.label().equalsIgnoreCase(label))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("expected one of "
                        + all().stream().map(Trainable::label).toList() + ", but was '" + label + "'"));
    }

    /** For the command line. */
    final class Converter implements ITypeConverter<Trainable> {
        @Override
        public Trainable convert(final String label) {
            try {
                return of(label);
            } catch (final IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
