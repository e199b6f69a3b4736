package org.shmarrays.checkpoint;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Printable;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

/**
 * What a training's segment and its checkpoints keep for a later resumption, such as the batch size and the seed of the
 * shuffles: values that must be the same then, and others that may change. It is text in an array of the segment.
 * Immutable.
 *
 * @param fixed values that a training which resumes must have, too, by name
 * @param free values that may be others then, such as the number of epochs, by name
 */
public record ResumePlan(Map<String, String> fixed, Map<String, String> free) implements Serializable {
    /** Name of the array: one element for each byte of the text, and then zeros. */
    public static final String ARRAY = "plan";

    /** Bytes of the longest text. */
    public static final int MAX_BYTES = 8 * 1024;

    private static final long serialVersionUID = 1;

    /** Begins the lines of values that may change; no name of a value begins so. */
    private static final String FREE = "?";

    /**
     * A plan.
     *
     * @throws IllegalArgumentException if a name is empty, begins with "?" or has "=", if a name or a value has a line
     *     break or NUL, or if all of them have more than {@value #MAX_BYTES} bytes
     */
    public ResumePlan {
        fixed = Collections.unmodifiableMap(new LinkedHashMap<>(fixed));
        free = Collections.unmodifiableMap(new LinkedHashMap<>(free));
        Stream.of(fixed, free).forEach(values -> values.forEach(ResumePlan::check));
        final int length = encoded(fixed, free).length;
        if (length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "the plan is too long to be kept: bytes=" + length + ", at most=" + MAX_BYTES);
        }
    }

    private static void check(final String name, final String value) {
        if (name.isEmpty() || name.startsWith(FREE) || name.contains("=") || !isLine(name) || !isLine(value)) {
            throw new IllegalArgumentException("not a name and a value in one line: name=" + Printable.text(name)
                    + ", value=" + Printable.text(value));
        }
    }

    private static boolean isLine(final String text) {
        return text.chars().noneMatch(c -> c == '\n' || c == '\0');
    }

    private static byte[] encoded(final Map<String, String> fixed, final Map<String, String> free) {
        return Stream.concat(lines("", fixed), lines(FREE, free))
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Stream<String> lines(final String prefix, final Map<String, String> values) {
        return values.entrySet().stream().map(entry -> prefix + entry.getKey() + "=" + entry.getValue() + "\n");
    }

    private static ResumePlan decoded(final int[] elements) {
        final byte[] bytes = new byte[elements.length];
        int length = 0;
        while (length < elements.length && elements[length] != 0) {
            bytes[length] = (byte) elements[length];
            length++;
        }
        final Map<String, String> fixed = new LinkedHashMap<>();
        final Map<String, String> free = new LinkedHashMap<>();
        new String(bytes, 0, length, StandardCharsets.UTF_8).lines().forEach(line -> {
            final int equals = line.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "the array is not the plan of a training: array=" + ARRAY + ", line=" + Printable.text(line));
            }
            final String value = line.substring(equals + 1);
            if (line.startsWith(FREE)) {
                free.put(line.substring(FREE.length(), equals), value);
            } else {
                fixed.put(line.substring(0, equals), value);
            }
        });
        return new ResumePlan(fixed, free);
    }

    /** The array of a segment that keeps a plan. */
    public static ArraySpec spec() {
        return ArraySpec.of(ARRAY, ElementType.INT32, MAX_BYTES).inMode(Mode.HOGWILD);
    }

    /** Stores this plan in the array of a segment, before workers use it. */
    public void store(final ShmArrays arrays) {
        final byte[] bytes = encoded(fixed, free);
        final int[] elements = new int[MAX_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            elements[i] = bytes[i];
        }
        arrays.array(ARRAY).write(elements);
    }

    /** The plan that a segment keeps, if it has one. */
    public static Optional<ResumePlan> of(final ShmArrays arrays) {
        if (arrays.specs().stream().noneMatch(ResumePlan::isPlan)) {
            return Optional.empty();
        }
        final int[] elements = new int[MAX_BYTES];
        arrays.array(ARRAY).readInto(elements);
        return Optional.of(decoded(elements));
    }

    /**
     * The plan that a checkpoint keeps, if it has one.
     *
     * @throws InvalidCheckpointException if the file is no checkpoint, or cut or altered
     */
    public static Optional<ResumePlan> ofCheckpoint(final Path file) {
        try (ArrayCheckpoint checkpoint = ArrayCheckpoint.open(file)) {
            if (checkpoint.specs().stream().noneMatch(ResumePlan::isPlan)) {
                return Optional.empty();
            }
            final int[] elements = new int[MAX_BYTES];
            checkpoint.readInto(ARRAY, elements);
            return Optional.of(decoded(elements));
        }
    }

    private static boolean isPlan(final ArraySpec spec) {
        return spec.name().equals(ARRAY) && spec.elementType() == ElementType.INT32 && spec.elementCount() == MAX_BYTES;
    }

    /** The first fixed value that is another one in a plan that was kept, as {@code name: value, kept=other}. */
    public Optional<String> differenceFrom(final ResumePlan kept) {
        return Stream.concat(fixed.keySet().stream(), kept.fixed.keySet().stream())
                .distinct()
                .filter(name -> !Objects.equals(fixed.get(name), kept.fixed.get(name)))
                .findFirst()
                .map(name -> Printable.text(name) + ": given=" + value(fixed.get(name)) + ", kept="
                        + value(kept.fixed.get(name)));
    }

    private static String value(final String value) {
        return value == null ? "none" : Printable.text(value);
    }

    /**
     * Throws unless a training with this plan may go on with a checkpoint.
     *
     * @throws IllegalArgumentException with the first value that differs, if one does, or if the checkpoint keeps no
     *     plan
     */
    public void checkResumes(final Path file) {
        final ResumePlan kept = ofCheckpoint(file)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the checkpoint keeps no plan to resume by: file=" + file + "; it is not of such a training"));
        differenceFrom(kept).ifPresent(difference -> {
            throw new IllegalArgumentException("the training can't go on with this checkpoint, because it is of another"
                    + " one: file=" + file + ", " + difference
                    + "; give the value that the checkpoint keeps, or begin a training without resuming");
        });
    }
}
