package org.shmarrays.spark;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;

/** A column of a table whose values become numbers of a batch. */
record NumberColumn(String name, Kind kind) implements Serializable {
    /** Name of the type of Spark ML's vectors, which are of another module. */
    private static final String VECTOR = "vector";

    /** What a value of a column is. */
    enum Kind {
        NUMBER,
        ARRAY,
        VECTOR
    }

    /**
     * A column of a type.
     *
     * @throws IllegalArgumentException if its values are not numbers
     */
    static NumberColumn of(final String name, final DataType type) {
        if (type instanceof NumericType) {
            return new NumberColumn(name, Kind.NUMBER);
        }
        if (type instanceof ArrayType array && array.elementType() instanceof NumericType) {
            return new NumberColumn(name, Kind.ARRAY);
        }
        if (type.typeName().equals(VECTOR)) {
            return new NumberColumn(name, Kind.VECTOR);
        }
        throw new IllegalArgumentException("a column must have numbers, arrays of numbers or vectors: column=" + name
                + ", type=" + type.simpleString());
    }

    /**
     * Appends the numbers of a row.
     *
     * @param index of the column
     * @throws IllegalArgumentException if a number is missing or not finite
     */
    void appendTo(final FloatRows floats, final Row row, final int index) {
        if (row.isNullAt(index)) {
            throw new IllegalArgumentException("a value is missing: column=" + name);
        }
        switch (kind) {
            case NUMBER -> floats.append(finite(row.get(index)));
            case ARRAY -> {
                final List<Object> values = row.getList(index);
                values.forEach(value -> floats.append(finite(value)));
            }
            case VECTOR -> {
                for (final double value : VectorValues.of(row.get(index))) {
                    floats.append(finite(value));
                }
            }
        }
    }

    private float finite(final Object value) {
        if (value == null) {
            throw new IllegalArgumentException("a value of an array is missing: column=" + name);
        }
        final float number = ((Number) value).floatValue();
        if (!Float.isFinite(number)) {
            throw new IllegalArgumentException(
                    "a value is not a finite number of float32: column=" + name + ", value=" + value);
        }
        return number;
    }

    /**
     * The class that a row is of.
     *
     * @param classes how many there are
     * @throws IllegalArgumentException if the value is not one of them
     */
    int classOf(final Row row, final int index, final int classes) {
        final Object value = row.get(index);
        final double number = value instanceof Number given ? given.doubleValue() : Double.NaN;
        if (!(number >= 0 && number < classes && number == Math.rint(number))) {
            throw new IllegalArgumentException(
                    "a label must be a class from 0 to " + (classes - 1) + ": column=" + name + ", value=" + value);
        }
        return (int) number;
    }
}
