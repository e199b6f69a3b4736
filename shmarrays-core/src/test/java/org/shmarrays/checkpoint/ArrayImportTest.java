package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.INT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Python;
import org.shmarrays.update.Updates;

/** Files of numpy and of safetensors become values of a segment, or are refused and change nothing. */
class ArrayImportTest {
    /** What safetensors 0.8.0 saves of dense1/W = [[0, 1, 2], [3, 4, 5]], count = [7] and half = [0.5, -2]. */
    private static final String SAVED_BY_SAFETENSORS =
            "2AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCJ9LCJjb3VudCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBl"
                    + "IjpbMV0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJkZW5zZTEvVyI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwi"
                    + "ZGF0YV9vZmZzZXRzIjpbOCwzMl19LCJoYWxmIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRz"
                    + "IjpbMzIsMzZdfX0gICAgICAHAAAAAAAAAAAAAAAAAIA/AAAAQAAAQEAAAIBAAACgQAA4AMA=";

    private CheckpointPlace place;
    private ShmArrays arrays;

    @BeforeEach
    void create(@TempDir final Path directory) {
        place = new CheckpointPlace(directory);
        arrays = ShmArrays.create(
                "s",
                List.of(
                        ArraySpec.of("dense1/W", FLOAT32, 2, 3)
                                .withState(1)
                                .withAlias(new AliasSpec("row", 3, ArrayOrder.C, 3)),
                        ArraySpec.of("columns", FLOAT32, 2, 3).inOrder(ArrayOrder.F),
                        ArraySpec.of("count", INT64, 1).inMode(Mode.ATOMIC),
                        ArraySpec.of("half", FLOAT16, 2),
                        ArraySpec.of("brain", BFLOAT16, 2).inMode(Mode.HOGWILD),
                        ArraySpec.of("ids", INT32, 2),
                        ArraySpec.of("scalar", FLOAT32),
                        ArraySpec.of("w", FLOAT32, 1),
                        ArraySpec.of("w.npy", FLOAT32, 1)),
                place.settings());
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private Path file(final String name, final byte[] content) throws IOException {
        return Files.write(place.directory().resolve(name), content);
    }

    private static byte[] safetensors(final String json, final byte[] data) {
        final byte[] text = json.getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data)
                .array();
    }

    private static byte[] floats(final float... values) {
        final ByteBuffer bytes =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private float[] floatsOf(final String name) {
        final float[] values = new float[arrays.array(name).elementCount()];
        arrays.array(name).readInto(values);
        return values;
    }

    @Test
    void shouldImportWhatSafetensorsHasSaved() throws IOException {
        final Path file = file("model.safetensors", Base64.getDecoder().decode(SAVED_BY_SAFETENSORS));

        assertThat(ArrayImport.of(file).into(arrays)).containsExactly("count", "dense1/W", "half");

        assertThat(floatsOf("dense1/W")).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(floatsOf("half")).containsExactly(0.5f, -2);
        assertThat(arrays.read(Object.class).get("count")).isEqualTo(new long[] {7});
        assertThat(floatsOf("columns")).containsOnly(0);
    }

    @Test
    void shouldKeepStateAndPutRowsIntoColumns() throws IOException {
        arrays.update(Map.of("dense1/W", new float[] {1, 1, 1, 1, 1, 1}), Updates.momentum(1, 0.5));
        final Path file = file("model.safetensors", Base64.getDecoder().decode(SAVED_BY_SAFETENSORS));

        ArrayImport.of(file)
                .withNames(Map.of("columns", "dense1/W", "dense1/W", "dense1/W"))
                .into(arrays);

        assertThat(floatsOf("columns")).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(floatsOf("dense1/W")).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(floatsOf("half")).containsOnly(0);
        final float[] velocity = new float[6];
        arrays.array("dense1/W").readStateInto(0, velocity);
        assertThat(velocity).doesNotContain(0);
    }

    @Test
    void shouldImportIntoAnAlias() throws IOException {
        final byte[] bytes =
                safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", floats(7, 8, 9));

        assertThat(ArrayImport.of(file("a", bytes))
                        .withNames(Map.of("row", "a"))
                        .into(arrays))
                .containsExactly("row");

        assertThat(floatsOf("dense1/W")).containsExactly(0, 0, 0, 7, 8, 9);
    }

    @Test
    void shouldImportWhatNumpyHasSaved() throws IOException {
        final Path npz = place.directory().resolve("values.npz");
        final Path npy = place.directory().resolve("columns.npy");
        final String script = String.join(
                "\n",
                "import sys, numpy as np",
                "w = np.asfortranarray(np.arange(6).reshape(2, 3).astype('>f8'))",
                "np.savez_compressed(sys.argv[1], **{'dense1/W': w, 'brain': np.array([0x3f80, 0x4000], 'u2'),"
                        + " 'ids': np.array([-3, 4], 'i8'), 'half': np.array([1.5, 2], '>f4'),"
                        + " 'scalar': np.float32(3), 'w': np.float32([4]), 'w.npy': np.float32([5])})",
                "np.save(sys.argv[2], w.astype('f4'))",
                "print('saved')");
        assertThat(Python.run("-c", script, npz.toString(), npy.toString())).contains("saved");

        ArrayImport.of(npz).into(arrays);
        ArrayImport.of(npy).into(arrays);

        assertThat(floatsOf("dense1/W")).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(floatsOf("columns")).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(floatsOf("brain")).containsExactly(1, 2);
        assertThat(floatsOf("half")).containsExactly(1.5f, 2);
        assertThat(floatsOf("scalar")).containsExactly(3);
        assertThat(floatsOf("w")).containsExactly(4);
        assertThat(floatsOf("w.npy")).containsExactly(5);
        assertThat(arrays.read(Object.class).get("ids")).isEqualTo(new int[] {-3, 4});
    }

    @Test
    void shouldGoToSafetensorsAndBack() throws IOException {
        final Path file = place.directory().resolve("all.safetensors");
        try (ShmArrays all = ShmArrays.create("all", AllKinds.specs(), place.settings());
                ShmArrays other = ShmArrays.create("other", AllKinds.specs(), place.settings());
                ShmArrays reader = ShmArrays.attachReadOnly("all", place.settings())) {
            all.write(AllKinds.values(3));

            assertThat(Checkpoint.export(file, reader)).isEqualTo(Files.size(file));
            ArrayImport.of(file).into(other);

            AllKinds.assertSameValues(other, all);
        }
        final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        final int headerLength = (int) bytes.getLong();
        final String header =
                UTF_8.decode(bytes.slice(Long.BYTES, headerLength)).toString();
        assertThat(headerLength % Long.BYTES).isZero();
        assertThat(header)
                .startsWith("{")
                .contains("\"f\": {\"dtype\": \"F64\", \"shape\": [7, 11], \"data_offsets\": [0, 616]}");
        // Element [1, 0] of f, of order F and with values 3.1, 4.1 and so on in its order, is the 12th in order C.
        assertThat(bytes.getDouble(Long.BYTES + headerLength + 11 * Double.BYTES))
                .isEqualTo(4.1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{'                                                                          | ends too early",
                "'x'                                                                          | does not begin with {",
                "'[]'                                                                         | does not begin with {",
                "'{\"w\":{}}'                                                                 | expected an object of",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}'                                  | expected an object of",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}'             | not [begin, end]",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}'           | not [begin, end]",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}'          | no list of whole",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}'         | no list of whole",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}'             | no list of whole",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}'           | match the shape",
                "'{\"w\":{\"dtype\":\"F4\",\"shape\":[1],\"data_offsets\":[0,0]}}'            | match the shape",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}' | too large",
                "'{\"w\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}'           | unknown dtype: \"F99\"",
                "'{\"w\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}'                 | unknown dtype: 7",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}'   | expected an object of",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}'           | has another length",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}'          | has another length",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}'           | have a gap",
                "'{\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}'   | overlap: tensor=w",
                "'{\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}'   | duplicate key",
                "'{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}}'          | unexpected character",
                "'{\"__metadata__\":{\"a\":1},\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}'"
                        + " | not an object of strings",
                "'{}'                                                                         | has another length",
            })
    void shouldRefuseAWrongHeader(final String json, final String why) throws IOException {
        assertRefused(ArrayImport.of(file("w", safetensors(json, new byte[8]))), why);
    }

    @Test
    void shouldRefuseAHeaderThatIsTooLong() throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        assertRefused(ArrayImport.of(file("w", bytes.putLong(0, 9).array())), "longer than the file");
        assertRefused(ArrayImport.of(file("w", bytes.putLong(0, 100_000_001).array())), "the header is too long");
        assertRefused(ArrayImport.of(file("w", bytes.putLong(0, -1).array())), "bytes=18446744073709551615");
        assertRefused(ArrayImport.of(file("w", new byte[5])), "the file ends too early");
        assertRefused(ArrayImport.of(file("w", new byte[0])), "the file ends too early");
        final byte[] notUtf8 = safetensors("{\"xx\":1}", new byte[0]);
        notUtf8[10] = (byte) 0xff;
        assertRefused(ArrayImport.of(file("w", notUtf8)), "not UTF-8");
    }

    /** Each length of a file that is cut. */
    @Test
    void shouldRefuseACutFile() throws IOException {
        final byte[] whole = Base64.getDecoder().decode(SAVED_BY_SAFETENSORS);
        for (int length = 0; length < whole.length; length++) {
            assertRefused(ArrayImport.of(file("cut", Arrays.copyOf(whole, length))), "can't import the file");
        }
        try (ShmArrays one = ShmArrays.create("one", List.of(ArraySpec.of("ids", INT32, 2)), place.settings())) {
            Checkpoint.export(place.file(), one);
        }
        final byte[] npz = Files.readAllBytes(place.file());
        for (int length = 0; length < npz.length; length += 7) {
            assertRefused(ArrayImport.of(file("cut", Arrays.copyOf(npz, length))), "can't import the file");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F64, scalar, 8, 3fb999999999999a, a value can't be stored exactly",
        "F64, scalar, 8, 7ff8000000000000, a value is not finite: element=[]",
        "F32, half, 8, 0000000038800001, a value can't be stored exactly",
        "F32, half, 8, 7f80000000000000, 'a value is not finite: element=[1], value=Infinity'",
        "F32, ids, 8, 0000000040200000, a value can't be stored exactly",
        "F32, brain, 8, 000000003f800001, a value can't be stored exactly",
        "BF16, half, 4, 00007f00, a value can't be stored exactly",
        "U16, brain, 4, 00013f80, U16 is not bfloat16",
        "U16, half, 4, 00013c00, found=<u2[2]",
        "F8_E4M3, half, 2, 0000, 'converted: expected=<f2[2], found=F8_E4M3[2]'",
        "BOOL, half, 2, 0001, found=BOOL[2]",
        "C64, scalar, 8, 0000000000000000, found=C64[]",
        "F32, count, 8, 0000000000000000, 'another shape in the file: expected=[1], found=[2]'",
        "F32, columns, 8, 0000000000000000, 'another shape in the file: expected=[2, 3], found=[2]'",
    })
    void shouldRefuseValuesThatTheArrayCantHold(
            final String dtype, final String array, final int lengthBytes, final String bigEndian, final String why)
            throws IOException {
        final byte[] data = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++) {
            final int at = 2 * (lengthBytes - 1 - i);
            data[i] = (byte) Integer.parseInt(bigEndian.substring(at, at + 2), 16);
        }
        final String shape = array.equals("scalar") ? "[]" : "[2]";
        final byte[] bytes = safetensors(
                "{\"x\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[0," + lengthBytes
                        + "]}}",
                data);

        assertRefused(ArrayImport.of(file("x", bytes)).withNames(Map.of(array, "x")), why);
        assertRefused(ArrayImport.of(file("x", bytes)).withNames(Map.of(array, "x")), "name=x, array=" + array);
    }

    @Test
    void shouldImportNonFiniteValuesIfTold() throws IOException {
        final byte[] bytes = safetensors(
                "{\"row\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
                floats(Float.NaN, Float.POSITIVE_INFINITY, 1));

        assertRefused(ArrayImport.of(file("row", bytes)), "name=row: a value is not finite: element=[0], value=NaN");
        ArrayImport.of(file("row", bytes)).withNonFinite().into(arrays);

        assertThat(floatsOf("row")).containsExactly(Float.NaN, Float.POSITIVE_INFINITY, 1);
    }

    @Test
    void shouldRefuseOtherNamesAndOtherFiles() throws IOException {
        final byte[] bytes = safetensors(
                "{\"fc.weight\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", floats(1, 2, 3));
        final ArrayImport same = ArrayImport.of(file("f", bytes));
        assertRefused(same, "the segment has no array of this name: segment=s, name=fc.weight, arrays=[dense1/W, row");
        assertRefused(same.withNames(Map.of("row", "fc")), "the file has no array of this name, name=fc, arrays=[fc.w");
        assertRefused(same.withNames(Map.of("rows", "fc.weight")), "segment=s, name=rows");

        try (ShmArrays one = ShmArrays.create("one", List.of(ArraySpec.of("row", FLOAT32, 3)), place.settings())) {
            Checkpoint.write(one, place.file());
        }
        assertRefused(ArrayImport.of(place.file()), "the file is a checkpoint: restore it");
        final byte[] zip = {'P', 'K', 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertRefused(ArrayImport.of(file("f.pt", zip)), "safetensors.torch.save_file");
        assertRefused(
                ArrayImport.of(file("f", new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1})),
                "it is cut or altered");
        assertThatThrownBy(
                        () -> ArrayImport.of(place.directory().resolve("none")).into(arrays))
                .hasMessageContaining("cannot read the file")
                .hasMessageContaining("No such file or directory");
    }

    private void assertRefused(final ArrayImport wrong, final String why) {
        final Map<String, Object> before = arrays.read(Object.class);
        assertThatThrownBy(() -> wrong.into(arrays))
                .isInstanceOf(InvalidArrayFileException.class)
                .hasMessageContaining("can't import the file: file=")
                .hasMessageContaining(why);
        arrays.read(Object.class)
                .forEach((name, values) -> assertThat(values).as(name).isEqualTo(before.get(name)));
    }
}
