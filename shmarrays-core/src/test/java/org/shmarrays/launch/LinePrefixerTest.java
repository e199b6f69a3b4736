package org.shmarrays.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class LinePrefixerTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(written, true, UTF_8);
    private final LastLines lastLines = new LastLines();
    private final LinePrefixer prefixer = new LinePrefixer(
            3, new WorkerOutput(stream, stream), stream, new StreamRecord("out", lastLines, new LastError(), null));

    @Test
    void shouldPrefixEachLine() throws IOException {
        assertThat(copy("loss 0.5\n\n  loss 0.4\n")).isEqualTo("[3] loss 0.5\n[3] \n[3]   loss 0.4\n");
    }

    @Test
    void shouldEndALastLineThatHasNoEnd() throws IOException {
        assertThat(copy("a\nb")).isEqualTo("[3] a\n[3] b\n");
    }

    @Test
    void shouldTakeCarriageReturnsAsLineEnds() throws IOException {
        assertThat(copy("a\r\nb\rc\r\r\n\rd")).isEqualTo("[3] a\n[3] b\n[3] c\n[3] \n[3] \n[3] d\n");
    }

    @Test
    void shouldBreakALineThatIsTooLong() throws IOException {
        final String longest = "x".repeat(LinePrefixer.MAX_LINE_BYTES);

        assertThat(copy(longest + "\n" + longest + "yz\nnext\n"))
                .isEqualTo("[3] " + longest + "\n[3] " + longest + "\n[3]+ yz\n[3] next\n");
    }

    @Test
    void shouldNotBreakInsideACharacter() throws IOException {
        final String almost = "x".repeat(LinePrefixer.MAX_LINE_BYTES - 2);

        assertThat(copy(almost + "€uro\n")).isEqualTo("[3] " + almost + "\n[3]+ €uro\n");
    }

    @Test
    void shouldLeaveOutTheWarningThatTheLaunchersFlagCauses() throws IOException {
        assertThat(copy("a\nWARNING: Using incubator modules: jdk.incubator.vector\nb\n"))
                .isEqualTo("[3] a\n[3] b\n");
        assertThat(copy("WARNING: Using incubator modules: jdk.incubator.foreign\n"))
                .endsWith("[3] WARNING: Using incubator modules: jdk.incubator.foreign\n");
        assertThat(copy("x WARNING: Using incubator modules: jdk.incubator.vector\n"))
                .endsWith("[3] x WARNING: Using incubator modules: jdk.incubator.vector\n");
    }

    @Test
    void shouldFindTheEndOfWholeCharacters() {
        // 'é' is C3 A9, '€' is E2 82 AC, U+1F600 is F0 9F 98 80.
        assertThat(wholeCharacters("aé", 3)).isEqualTo(3);
        assertThat(wholeCharacters("aé", 2)).isEqualTo(1);
        assertThat(wholeCharacters("a€", 3)).isEqualTo(1);
        assertThat(wholeCharacters("a\uD83D\uDE00", 4)).isEqualTo(1);
        assertThat(wholeCharacters("a\uD83D\uDE00", 5)).isEqualTo(5);
        assertThat(wholeCharacters("ab", 2)).isEqualTo(2);
        final byte[] notUtf8 = {(byte) 0x80, (byte) 0x81, (byte) 0x82, (byte) 0x83, (byte) 0x84};
        assertThat(LinePrefixer.lengthInWholeCharacters(notUtf8, 5)).isEqualTo(5);
    }

    @Test
    void shouldKeepTheLastLines() throws IOException {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < 25; i++) {
            text.append("line ").append(i).append('\n');
        }
        text.append("x".repeat(LastLines.MAX_LINE_LENGTH + 1)).append('\n');

        copy(text.toString());

        // 26 lines, of which the last 20 are the ones from 6 on.
        assertThat(lastLines.lines()).hasSize(20).startsWith("line 6");
        assertThat(lastLines.lines().get(19)).isEqualTo("x".repeat(LastLines.MAX_LINE_LENGTH) + "…");
    }

    private String copy(final String text) throws IOException {
        prefixer.copy(new ByteArrayInputStream(text.getBytes(UTF_8)));
        return written.toString(UTF_8);
    }

    private static int wholeCharacters(final String text, final int length) {
        return LinePrefixer.lengthInWholeCharacters(text.getBytes(UTF_8), length);
    }
}
