package org.shmarrays.spark.examples;

import org.shmarrays.spark.Combine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code --combine}. */
final class CombineConverter implements ITypeConverter<Combine> {
    private static final String AVERAGE = "average";
    private static final String DELTA = "delta:";

    @Override
    public Combine convert(final String text) {
        if (text.equals(AVERAGE)) {
            return Combine.average();
        }
        final String[] numbers =
                text.startsWith(DELTA) ? text.substring(DELTA.length()).split(",", -1) : new String[0];
        if (numbers.length != 2) {
            throw expected(text);
        }
        try {
            return Combine.delta(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]));
        } catch (final NumberFormatException e) {
            throw expected(text);
        } catch (final IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static TypeConversionException expected(final String text) {
        return new TypeConversionException(
                "expected average or delta:RATE,MOMENTUM, such as delta:1.0,0.5, but was '" + text + "'");
    }
}
