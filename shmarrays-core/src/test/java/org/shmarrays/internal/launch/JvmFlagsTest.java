package org.shmarrays.internal.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JvmFlagsTest {
    @Test
    void shouldGiveTheFlagsOfTheResource() throws IOException {
        assertThat(String.join("\n", JvmFlags.of(17)) + "\n")
                .isEqualTo(flags("jvm-17.flags") + flags("jvm-vector.flags"));
        assertThat(String.join("\n", JvmFlags.of(24)) + "\n")
                .isEqualTo(flags("jvm-24.flags") + flags("jvm-vector.flags"));
    }

    @Test
    void shouldWantTheVectorApiOfAJvmThatHasIt() {
        assertThat(JvmFlags.ofThisJvm())
                .isEqualTo(JvmFlags.of(Runtime.version().feature()))
                .contains("--add-modules=jdk.incubator.vector");
    }

    @Test
    void shouldSwitchWithJava24() {
        assertThat(JvmFlags.of(23)).isEqualTo(JvmFlags.of(17)).isNotEqualTo(JvmFlags.of(24));
        assertThat(JvmFlags.of(25)).isEqualTo(JvmFlags.of(24));
    }

    @Test
    void shouldMakeOneArgumentOfEachLine() {
        assertThat(JvmFlags.parse("# why\n--add-opens  a.b/c=ALL-UNNAMED\n\n--allow=x\n-Xshare:auto\n"))
                .containsExactly("--add-opens=a.b/c=ALL-UNNAMED", "--allow=x", "-Xshare:auto");
    }

    @Test
    void shouldRefuseOldJava() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JvmFlags.of(11))
                .withMessageContaining("version=11")
                .withMessageContaining("17 or newer");
    }

    private static String flags(final String name) throws IOException {
        return resource(name)
                .replace("--add-opens ", "--add-opens=")
                .replace("--add-modules ", "--add-modules=")
                .replace("--add-exports ", "--add-exports=");
    }

    private static String resource(final String name) throws IOException {
        try (InputStream in = JvmFlags.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldPassTheArchiveOfClassesOn() {
        assertThat(JvmFlags.inherited(List.of(
                        "-Xmx1g",
                        "-XX:SharedArchiveFile=/tmp/a.jsa",
                        "-Xshare:auto",
                        "-Xlog:cds=off",
                        "-Xlog:gc",
                        "-Da=b")))
                .containsExactly("-XX:SharedArchiveFile=/tmp/a.jsa", "-Xshare:auto", "-Xlog:cds=off");
    }
}
