package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.ShmArrays;
import org.shmarrays.testing.Python;

/** A checkpoint is read by NumPy, and what NumPy writes is restored. */
class NumpyTest {
    private CheckpointPlace place;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        place = new CheckpointPlace(directory);
    }

    @Test
    void shouldBeReadByNumpy() {
        final String script = String.join(
                "\n",
                "import json, sys, numpy as np",
                "z = np.load(sys.argv[1])",
                "m = json.loads(bytes(z['__shmarrays__']))",
                "assert m['segment'] == 'all', m",
                "w = z['dense/W']",
                "assert w.dtype == np.float32 and w.shape == (300, 20) and w[1, 2] == 25, w",
                "f = z['f']",
                "assert f.flags.f_contiguous and f.shape == (7, 11) and abs(f[1, 2] - 18.1) < 1e-9, f",
                "assert list(z['../i']) == [-3, -4, -5, -6, -7]",
                "assert z['größe \"x\\\\'][0, 0, 1] == 2**40 + 4",
                "assert z['half'].dtype == np.float16 and z['half@state0'].shape == (9,)",
                "assert z['brain'].dtype == np.uint16 and z['brain'][0, 0] == 0x4040",
                "assert z['scalar'].shape == () and z['scalar'] == 3",
                "import zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None",
                "np.savez(sys.argv[2], **{k: z[k] for k in z.files})",
                "np.savez_compressed(sys.argv[3], **{k: z[k] for k in z.files})",
                "print('read by numpy')");
        try (ShmArrays arrays = ShmArrays.create("all", AllKinds.specs(), place.settings())) {
            arrays.write(AllKinds.values(3));
            Checkpoint.write(arrays, place.file());
            final Path saved = place.directory().resolve("saved.npz");
            final Path packed = place.directory().resolve("packed.npz");

            assertThat(Python.run("-c", script, place.file().toString(), saved.toString(), packed.toString()))
                    .contains("read by numpy");

            for (final Path written : List.of(saved, packed)) {
                try (ShmArrays restored = Checkpoint.restore(written, ShmArrays.uniqueName(), place.settings())) {
                    AllKinds.assertSameValues(restored, arrays);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "np.asfortranarray(a)",
                "np.ascontiguousarray(a)",
                "a.astype(a.dtype.newbyteorder('>'))",
                "np.asfortranarray(a.astype(a.dtype.newbyteorder('>')))",
                "a.astype('>f8') if a.dtype.kind == 'f' else a",
                "np.asfortranarray(a.astype('f8')) if a.dtype == 'f4' else a",
                "a.astype('f4') if a.dtype == 'f2' else a",
                "(a.astype('u4') << 16).view('f4') if a.dtype == 'u2' else a",
                "np.asfortranarray(a.astype('>i8')) if a.dtype == 'i4' else a",
                "a.astype('i1') if a.dtype == 'i4' else a",
            })
    void shouldRestoreWhatNumpyHasSavedInAnotherWay(final String change) {
        final String script = String.join(
                "\n",
                "import sys, numpy as np",
                "z = np.load(sys.argv[1])",
                "np.savez(sys.argv[2], **{k: z[k] if k.startswith('__') else (lambda a: " + change
                        + ")(z[k]) for k in z.files})",
                "print('saved')");
        final String changed = place.directory().resolve("changed.npz").toString();
        try (ShmArrays arrays = ShmArrays.create("all", AllKinds.specs(), place.settings())) {
            arrays.write(AllKinds.values(3));
            Checkpoint.write(arrays, place.file());

            assertThat(Python.run("-c", script, place.file().toString(), changed))
                    .contains("saved");

            try (ShmArrays restored = Checkpoint.restore(Path.of(changed), "restored", place.settings())) {
                AllKinds.assertSameValues(restored, arrays);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldReadEachVersionOfTheFormat(final int version) {
        final String script = String.join(
                "\n",
                "import io, sys, zipfile, numpy as np",
                "z = np.load(sys.argv[1])",
                "with zipfile.ZipFile(sys.argv[2], 'w') as out:",
                "    for k in z.files:",
                "        b = io.BytesIO()",
                "        np.lib.format.write_array(b, z[k], version=(" + version + ", 0))",
                "        out.writestr(k + '.npy', b.getvalue())",
                "print('saved')");
        final String changed = place.directory().resolve("changed.npz").toString();
        try (ShmArrays arrays = ShmArrays.create("all", AllKinds.specs(), place.settings())) {
            arrays.write(AllKinds.values(3));
            Checkpoint.write(arrays, place.file());

            assertThat(Python.run("-c", script, place.file().toString(), changed))
                    .contains("saved");

            try (ShmArrays restored = Checkpoint.restore(Path.of(changed), "restored", place.settings())) {
                AllKinds.assertSameValues(restored, arrays);
            }
        }
    }

    @Test
    void shouldExportTheValuesOfAReadOnlyHandle() {
        final String script = String.join(
                "\n",
                "import sys, numpy as np",
                "z = np.load(sys.argv[1])",
                "assert sorted(z.files) == sorted(['dense/W', 'f', '../i', 'größe \"x\\\\', 'half', 'brain',"
                        + " 'buckwild', 'scalar', 'turns'])",
                "w = z['dense/W']",
                "assert w.dtype == np.float32 and w.shape == (300, 20) and w[1, 2] == 25, w",
                "assert z['f'].flags.f_contiguous and abs(z['f'][1, 2] - 18.1) < 1e-9",
                "assert z['half'].dtype == np.float16 and z['half'][1] == 4",
                "assert z['brain'].dtype == np.uint16 and z['brain'][0, 0] == 0x4040",
                "assert z['scalar'].shape == () and z['scalar'] == 3",
                "print('read by numpy')");
        // Partitions of 1 KiB: the largest array has 24 pieces.
        try (ShmArrays arrays = ShmArrays.create(
                        "all", AllKinds.specs(), place.settings().withPartitionBytes(1024));
                ShmArrays reader = ShmArrays.attachReadOnly("all", place.settings())) {
            arrays.write(AllKinds.values(3));

            Checkpoint.export(place.file(), reader);

            assertThatThrownBy(() -> Checkpoint.describe(place.file())).isInstanceOf(InvalidCheckpointException.class);
            assertThat(Python.run("-c", script, place.file().toString())).contains("read by numpy");
        }
    }
}
