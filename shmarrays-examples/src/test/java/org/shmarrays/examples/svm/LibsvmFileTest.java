package org.shmarrays.examples.svm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.Settings;
import org.shmarrays.launch.RemovalAtEnd;

/** The format as LIBSVM's README describes it, and what is refused with its line. */
class LibsvmFileTest {
    private static final String EXAMPLES =
            "# three examples\n+1 1:0.5 3:-2e1 # the first\r\n\n\t-1\t2:1.\t7:.25 9:0\n-1\n";

    @TempDir
    private Path directory;

    private interface Packing {
        OutputStream of(OutputStream out) throws IOException;
    }

    private static byte[] packed(final Packing packing, final String text) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = packing.of(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private Path file(final byte[] content) throws IOException {
        return Files.write(directory.resolve("examples"), content);
    }

    private static List<String> read(final Path file) {
        final List<String> examples = new ArrayList<>();
        LibsvmFile.read(
                file,
                (label, features, values, count) -> examples.add(label + " "
                        + Arrays.toString(Arrays.copyOf(features, count))
                        + Arrays.toString(Arrays.copyOf(values, count))));
        return examples;
    }

    @Test
    void shouldReadPlainAndPackedFiles() throws IOException {
        final String[] expected = {"1.0 [0, 2][0.5, -20.0]", "-1.0 [1, 6][1.0, 0.25]", "-1.0 [][]"};
        assertThat(read(file(EXAMPLES.getBytes(UTF_8)))).containsExactly(expected);
        assertThat(read(file(packed(GZIPOutputStream::new, EXAMPLES)))).containsExactly(expected);
        assertThat(read(file(packed(BZip2CompressorOutputStream::new, EXAMPLES))))
                .containsExactly(expected);
        assertThat(read(file("+1 1:2".getBytes(UTF_8)))).containsExactly("1.0 [0][2.0]");
        assertThat(read(file(new byte[0]))).isEmpty();
    }

    @Test
    void shouldReadLinesOfManyFeatures() throws IOException {
        final StringBuilder line = new StringBuilder("1");
        for (int i = 1; i <= 1_000; i++) {
            line.append(' ').append(i).append(":1");
        }
        LibsvmFile.read(file(line.toString().getBytes(UTF_8)), (label, features, values, count) -> {
            assertThat(count).isEqualTo(1_000);
            assertThat(features[999]).isEqualTo(999);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "1 0:1, indexes begin at 1: 0:1",
        "1 2:1 2:3, indexes must ascend: 2:3 after index 2",
        "1 2:0 1:3, indexes must ascend: 1:3 after index 2",
        "1 -1:1, expected index:value",
        "1 1, expected index:value",
        "1 :1, expected index:value",
        "1 qid:3 1:1, expected index:value",
        "1 2147483648:1, expected index:value",
        "1 9999999999999:1, expected index:value",
        "1 1:, the value is not a number: ",
        "1 1:x, the value is not a number: x",
        "1 1:NaN, the value is not a number: NaN",
        "1 1:0x1p3, the value is not a number: 0x1p3",
        "1 1:1f, the value is not a number: 1f",
        "1 1:1:2, the value is not a number: 1:2",
        "1 1:1e39, the value doesn't fit into a float: 1:1e39",
        "1 1:1e999, the value is not a number: 1e999",
        "one 1:1, the label is not a number: one",
        "1:1 2:1, the label is not a number: 1:1"
    })
    void shouldNameTheLineThatIsWrong(final String line, final String why) throws IOException {
        final Path file = file(("1 1:1\n# a comment\n" + line + "\n").getBytes(UTF_8));
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(SvmDataException.class)
                .hasMessageContaining("wrong example: file=" + file + ", line=3, " + why.strip());
    }

    @Test
    void shouldRefuseCutFiles() throws IOException {
        for (final Packing packing : List.<Packing>of(GZIPOutputStream::new, BZip2CompressorOutputStream::new)) {
            final byte[] whole = packed(packing, EXAMPLES);
            for (int length = 3; length < whole.length; length++) {
                final Path file = file(Arrays.copyOf(whole, length));
                assertThatThrownBy(() -> read(file)).isInstanceOf(SvmDataException.class);
            }
        }
        assertThatThrownBy(() -> read(directory.resolve("none"))).hasMessageContaining("No such file");
    }

    @ParameterizedTest
    @CsvSource({
        "1 1:1|1 2:1, labels=[1.0]",
        "1 1:1|2 1:1|3 1:1, 'line=3, a support vector machine tells two labels apart: [1.0, 2.0, 3.0]'",
        "1 1:0|2, features=0",
        "'', examples=0",
    })
    void shouldRefuseWhatCantBeTrainedOn(final String lines, final String why) throws IOException {
        final Path file = file(lines.replace('|', '\n').getBytes(UTF_8));
        assertThatThrownBy(() -> SharedExamples.Summary.of(file))
                .isInstanceOf(SvmDataException.class)
                .hasMessageContaining(why);
    }

    @Test
    void shouldBeInSharedMemoryInAnotherOrder() throws IOException {
        final Path file = file("2 1:1\n2 2:2\n1 1:3 3:4\n2 3:5\n1\n".getBytes(UTF_8));
        final SharedExamples.Summary summary = SharedExamples.Summary.of(file);
        System.setProperty("shmarrays.directory", directory.resolve("segments").toString());
        try (RemovalAtEnd removal = SharedExamples.removalAtEnd("svm", Settings.fromProperties())) {
            SharedExamples.load(file, summary, removal);
            final SharedExamples examples = SharedExamples.attach("svm");

            assertThat(examples.count()).isEqualTo(5);
            assertThat(IntStream.range(0, 3).map(examples.occurrences()::get)).containsExactly(2, 1, 2);
            final List<String> read = new ArrayList<>();
            for (int e = 0; e < 5; e++) {
                final StringBuilder example = new StringBuilder().append(examples.label(e));
                for (int position = examples.begin(e); position < examples.end(e); position++) {
                    example.append(' ')
                            .append(examples.feature(position))
                            .append(':')
                            .append(examples.value(position));
                }
                read.add(example.toString());
            }
            assertThat(read)
                    .containsExactlyInAnyOrder("1.0 0:1.0", "1.0 1:2.0", "-1.0 0:3.0 2:4.0", "1.0 2:5.0", "-1.0")
                    .startsWith("1.0 0:1.0", "1.0 2:5.0");
            // The scores 1, 2 and 5 of the label 2 are right, 7 and 0 of the label 1 are wrong.
            assertThat(examples.accuracy(new float[] {1, 1, 1})).isEqualTo(0.6);
            assertThat(SharedExamples.accuracy(file, summary.labels(), new float[] {1, 1}))
                    .isEqualTo(0.6);
            final Path other = Files.writeString(directory.resolve("other"), "1 1:1\n3 1:1\n");
            assertThatThrownBy(() -> SharedExamples.accuracy(other, summary.labels(), new float[3]))
                    .hasMessageContaining("line=2, the label is neither 1.0 nor 2.0: 3.0");
        } finally {
            System.clearProperty("shmarrays.directory");
        }
    }
}
