package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentFileTest {
    private Path file;

    @BeforeEach
    void prepare(@TempDir final Path directory) {
        file = directory.resolve("train.env");
    }

    @Test
    void shouldReadVariables() throws IOException {
        write("# data\n\nDATA=/mnt/a=b c  \r\n  export MODE=fast\nEMPTY=\n"
                + "QUOTED=\" two words \"\nSINGLE='it$HOME#1'\n");

        assertThat(EnvironmentFile.read(file))
                .containsExactly(
                        entry("DATA", "/mnt/a=b c"),
                        entry("MODE", "fast"),
                        entry("EMPTY", ""),
                        entry("QUOTED", " two words "),
                        entry("SINGLE", "it$HOME#1"));
    }

    @Test
    void shouldNameTheLineThatIsWrong() throws IOException {
        assertRefused("A=1\n\nB", "not a line NAME=VALUE", "line=3");
        assertRefused("A=1\n2B=1", "not a line NAME=VALUE", "line=2");
        assertRefused("A =1", "not a line NAME=VALUE", "line=1");
        assertRefused("A=1\nB=2\nA=3", "set twice: name=A", "line=3", "earlier line=1");
        assertRefused("A=1\nSHMARRAYS_RANK=3", "the launcher sets this", "name=SHMARRAYS_RANK", "line=2");
        assertRefused("A=\"x", "quote", "line=1");
        assertRefused("A='x' # text", "quote", "line=1");
        assertRefused("A=\"", "quote", "line=1");
        assertRefused("A=x\0y", "NUL", "line=1");
    }

    @Test
    void shouldRefuseWhatIsNoTextFile() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EnvironmentFile.read(file))
                .withMessage("file of environment variables not found: path=" + file);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EnvironmentFile.read(file.getParent()))
                .withMessageContaining("can't be read: path=" + file.getParent());
        Files.write(file, new byte[] {'A', '=', (byte) 0xFF});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EnvironmentFile.read(file))
                .withMessageContaining("not UTF-8");
    }

    private void assertRefused(final String text, final String... expected) throws IOException {
        write(text);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EnvironmentFile.read(file))
                .withMessageContainingAll(expected)
                .withMessageContaining("file=" + file);
    }

    private void write(final String text) throws IOException {
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
