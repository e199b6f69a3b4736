package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

/** The arrays of a model: their type and shapes. */
public record ArraySet(String name, ElementType type, List<int[]> shapes) {
    private static final String FLAT = "flat-";
    private static final String EMBEDDING = "embedding";
    private static final int EMBEDDING_ROWS = 2_000_000;
    private static final int EMBEDDING_LENGTH = 64;

    /** Names of the sets, small ones first. */
    public static List<String> names() {
        return List.of("tiny", "cnn", "resnet50", "embedding");
    }

    /**
     * The set of this name; {@code flat-N} is one array of N float32, and {@code embedding-Nk} one of N thousand rows.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ArraySet of(final String name) {
        return switch (name) {
            case "tiny" -> new ArraySet(name, ElementType.FLOAT64, tenSquares());
            case "cnn" -> new ArraySet(name, ElementType.FLOAT32, mnistNetwork());
            case "resnet50" -> new ArraySet(name, ElementType.FLOAT32, ResNet50.shapes());
            case EMBEDDING -> table(name, EMBEDDING_ROWS);
            default -> {
                if (name.startsWith(EMBEDDING + "-") && name.endsWith("k")) {
                    final String thousands = name.substring(EMBEDDING.length() + 1, name.length() - 1);
                    yield table(name, 1000 * Integer.parseInt(thousands));
                }
                if (!name.startsWith(FLAT)) {
                    throw new IllegalArgumentException("no such set: " + name + "; one of " + names());
                }
                yield flat(Integer.parseInt(name.substring(FLAT.length())));
            }
        };
    }

    private static ArraySet table(final String name, final int rows) {
        return new ArraySet(name, ElementType.FLOAT32, List.<int[]>of(new int[] {rows, EMBEDDING_LENGTH}));
    }

    /** One array of so many float32. */
    public static ArraySet flat(final int elements) {
        return new ArraySet(FLAT + elements, ElementType.FLOAT32, List.<int[]>of(new int[] {elements}));
    }

    private static List<int[]> tenSquares() {
        final List<int[]> shapes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            shapes.add(new int[] {10, 10});
        }
        return shapes;
    }

    /** Of the examples' convolutional network: 21,840 parameters. */
    private static List<int[]> mnistNetwork() {
        return List.of(
                new int[] {10, 25},
                new int[] {10},
                new int[] {20, 250},
                new int[] {20},
                new int[] {50, 320},
                new int[] {50},
                new int[] {10, 50},
                new int[] {10});
    }

    /** Number of values of an array. */
    public int elementCount(final int array) {
        int count = 1;
        for (final int length : shapes.get(array)) {
            count *= length;
        }
        return count;
    }

    /** Number of values of all arrays. */
    public int elementCount() {
        int count = 0;
        for (int array = 0; array < shapes.size(); array++) {
            count += elementCount(array);
        }
        return count;
    }

    public long lengthBytes() {
        return (long) elementCount() * type.sizeBytes();
    }

    /** The name of an array, in the order of the arrays. */
    public String arrayName(final int array) {
        return "a" + array;
    }

    /** As a segment needs them. */
    public List<ArraySpec> specs(final Mode mode, final int stateCount) {
        final List<ArraySpec> specs = new ArrayList<>();
        for (int array = 0; array < shapes.size(); array++) {
            specs.add(ArraySpec.of(arrayName(array), type, shapes.get(array))
                    .inMode(mode)
                    .withState(stateCount));
        }
        return specs;
    }
}
