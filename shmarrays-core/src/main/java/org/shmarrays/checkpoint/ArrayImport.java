package org.shmarrays.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipException;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.output.IoFailure;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/**
 * Copies the arrays of a file that numpy or PyTorch has written into a segment: {@code .npz}, {@code .npy} or {@code
 * .safetensors}. Each value is stored exactly, or the file is refused. All arrays are one push that assigns, under the
 * locks of their partitions; optimizer state and step counts stay. Immutable.
 */
public final class ArrayImport {
    private static final int MAGIC_LENGTH = 6;
    private static final int MOST_SHOWN = 20;

    private final Path path;
    private final Map<String, String> fileNames;
    private final boolean allowsNonFinite;

    private ArrayImport(final Path path, final Map<String, String> fileNames, final boolean allowsNonFinite) {
        this.path = path;
        this.fileNames = fileNames;
        this.allowsNonFinite = allowsNonFinite;
    }

    /** Every array of a file, into the array or alias of the same name. NaN and infinity are refused. */
    public static ArrayImport of(final Path file) {
        return new ArrayImport(file, Map.of(), false);
    }

    /**
     * Only these arrays of the file, into others.
     *
     * @param names of each array or alias of the segment the name that the file has; for a {@code .npy} that is the
     *     file's name without {@code .npy}
     */
    public ArrayImport withNames(final Map<String, String> names) {
        return new ArrayImport(path, new LinkedHashMap<>(names), allowsNonFinite);
    }

    /** NaN and infinity are imported like other values. */
    public ArrayImport withNonFinite() {
        return new ArrayImport(path, fileNames, true);
    }

    /** What an array or alias of the segment needs. */
    private record Wanted(String name, ElementType type, NpyHeader header) {
        static Wanted of(final String name, final ElementType type, final ArrayOrder order, final int[] shape) {
            return new Wanted(name, type, new NpyHeader(NpyHeader.descr(type), order, shape));
        }

        int elementCount() {
            return Arrays.stream(header.shape()).reduce(1, Math::multiplyExact);
        }

        /** The element of an index in the array's order, as numpy writes it. */
        String place(final int index) {
            final int[] shape = header.shape();
            final int[] place = new int[shape.length];
            int rest = index;
            for (int k = 0; k < shape.length; k++) {
                final int dimension = header.order() == ArrayOrder.F ? k : shape.length - 1 - k;
                place[dimension] = rest % shape[dimension];
                rest /= shape[dimension];
            }
            return Arrays.toString(place);
        }
    }

    /**
     * Imports.
     *
     * @param arrays a handle with a slot
     * @return the names of the arrays and aliases that have values of the file now
     * @throws InvalidArrayFileException if the file is damaged, lacks an array, or has one that the segment lacks or
     *     that has another shape, a value that the array's type lacks, or NaN or infinity; nothing was changed
     * @throws IllegalArgumentException if two of the arrays or aliases overlap in memory; nothing was changed
     * @throws IllegalStateException for arrays of mode ORDERED after the first turn; nothing was changed
     * @throws InsufficientSpaceException if the Java heap has no room for the values; nothing was changed
     * @throws org.shmarrays.errors.UpdateFailedException if a lock is not free in time; it says what was changed
     * @throws UncheckedIOException if the file can't be read; nothing was changed
     */
    public Set<String> into(final ShmArrays arrays) {
        final long startNs = System.nanoTime();
        final Map<String, Object> values = new LinkedHashMap<>();
        try (ArrayFile file = open(path)) {
            final Map<String, Wanted> wanted = wanted(arrays);
            for (final Map.Entry<String, String> entry :
                    names(file, wanted.keySet(), arrays.name()).entrySet()) {
                values.put(entry.getKey(), read(file, entry.getValue(), wanted.get(entry.getKey())));
            }
        } catch (final IllegalArgumentException e) {
            throw invalid(e.getMessage(), e);
        } catch (final ZipException | EOFException e) {
            throw invalid("it is cut or altered: " + IoFailure.describe(e), e);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot read the file: file=" + path + ", " + IoFailure.describe(e), e);
        }
        arrays.write(values);
        FileEvent.tell(arrays, EventKind.IMPORTED, path, values.size(), startNs);
        return values.keySet();
    }

    /** Opens a file of the format that its first bytes show, whatever its name is. */
    private static ArrayFile open(final Path path) throws IOException {
        final byte[] magic;
        try (InputStream in = Files.newInputStream(path)) {
            magic = in.readNBytes(MAGIC_LENGTH);
        }
        if (magic.length >= 2 && magic[0] == 'P' && magic[1] == 'K') {
            return NpzFile.open(path);
        }
        return NpyHeader.isMagic(magic) ? NpyFile.open(path) : SafetensorsFile.open(path);
    }

    private InvalidArrayFileException invalid(final String why, final Exception cause) {
        return new InvalidArrayFileException("can't import the file: file=" + path + ", " + why, cause);
    }

    private static Map<String, Wanted> wanted(final ShmArrays arrays) {
        final Map<String, Wanted> wanted = new LinkedHashMap<>();
        for (final ArraySpec spec : arrays.specs()) {
            wanted.put(spec.name(), Wanted.of(spec.name(), spec.elementType(), spec.order(), spec.shape()));
            spec.aliases()
                    .forEach(alias -> wanted.put(
                            alias.name(), Wanted.of(alias.name(), spec.elementType(), alias.order(), alias.shape())));
        }
        return wanted;
    }

    /** The name in the file of each array that gets values. */
    private Map<String, String> names(final ArrayFile file, final Set<String> wanted, final String segment) {
        if (fileNames.isEmpty()) {
            final Map<String, String> same = new LinkedHashMap<>();
            file.names().forEach(name -> same.put(name, name));
            if (same.isEmpty()) {
                throw new IllegalArgumentException("the file has no arrays");
            }
            if (same.containsKey(Metadata.ENTRY)) {
                throw new IllegalArgumentException(
                        "the file is a checkpoint: restore it, or name the arrays whose values you want");
            }
            checkAll(same.keySet(), wanted, "the segment has no array of this name: segment=" + segment);
            return same;
        }
        checkAll(fileNames.values(), file.names(), "the file has no array of this name");
        checkAll(fileNames.keySet(), wanted, "the segment has no array of this name: segment=" + segment);
        return fileNames;
    }

    private static void checkAll(final Collection<String> names, final Set<String> known, final String what) {
        for (final String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(what + ", name=" + Printable.text(name) + ", arrays="
                        + Printable.list(known.stream().limit(MOST_SHOWN).toList())
                        + (known.size() > MOST_SHOWN ? " and " + (known.size() - MOST_SHOWN) + " more" : ""));
            }
        }
    }

    private Object read(final ArrayFile file, final String fileName, final Wanted wanted) throws IOException {
        final String where = "name=" + Printable.text(fileName)
                + (fileName.equals(wanted.name()) ? "" : ", array=" + Printable.text(wanted.name()));
        final Object values;
        try {
            final int[] shape = file.shape(fileName);
            if (!StoredElements.isOfShape(shape, wanted.header().shape())) {
                throw new IllegalArgumentException("the array has another shape in the file: expected="
                        + Arrays.toString(wanted.header().shape()) + ", found=" + Arrays.toString(shape));
            }
            values = allocate(wanted);
            file.read(
                    fileName,
                    wanted.header(),
                    (index, bytes, offset, length) ->
                            CarrierBytes.copy(ElementAccesses.of(wanted.type()), bytes, offset, length, values, index));
            checkFinite(values, wanted);
            return values;
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        } catch (final IOException e) {
            throw new IllegalArgumentException(where + ": " + IoFailure.describe(e), e);
        }
    }

    private static Object allocate(final Wanted wanted) {
        try {
            return Array.newInstance(wanted.type().carrier().getComponentType(), wanted.elementCount());
        } catch (final OutOfMemoryError e) {
            throw new InsufficientSpaceException(
                    "the values to import don't fit into the Java heap: array=" + Printable.text(wanted.name())
                            + ", heap=" + Runtime.getRuntime().maxMemory() + " bytes; give it more with -Xmx",
                    e);
        }
    }

    private void checkFinite(final Object values, final Wanted wanted) {
        if (allowsNonFinite || !wanted.type().isFloatingPoint()) {
            return;
        }
        for (int i = 0; i < Array.getLength(values); i++) {
            final double value = values instanceof float[] floats ? floats[i] : ((double[]) values)[i];
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(
                        "a value is not finite: element=" + wanted.place(i) + ", value=" + value);
            }
        }
    }
}
